//! Reading: which events, in which order, and what is known about a stream.

mod bytes;
mod concurrent;
mod info;
mod lazy;
mod order;
mod page;
mod range;

pub use bytes::*;
pub use concurrent::*;
pub use info::*;
pub use lazy::*;
pub use order::*;
pub use page::*;
pub use range::*;
