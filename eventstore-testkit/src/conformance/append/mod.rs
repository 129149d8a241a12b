//! Appending: what is expected, what is written, what is refused.

mod atomicity;
mod concurrency;
mod duplicates;
mod expected_version;
mod fields;
mod names;
mod sizes;

pub use atomicity::*;
pub use concurrency::*;
pub use duplicates::*;
pub use expected_version::*;
pub use fields::*;
pub use names::*;
pub use sizes::*;
