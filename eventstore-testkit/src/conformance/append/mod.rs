//! Appending: what is expected, what is written, what is refused.

mod atomicity;
mod closing;
mod concurrency;
mod created_at;
mod dropped;
mod duplicates;
mod expected_version;
mod fields;
mod idempotent;
mod names;
mod payloads;
mod reopening;
mod sizes;

pub use atomicity::*;
pub use closing::*;
pub use concurrency::*;
pub use created_at::*;
pub use dropped::*;
pub use duplicates::*;
pub use expected_version::*;
pub use fields::*;
pub use idempotent::*;
pub use names::*;
pub use payloads::*;
pub use reopening::*;
pub use sizes::*;
