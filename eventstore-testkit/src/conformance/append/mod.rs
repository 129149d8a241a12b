//! Appending: what is expected, what is written, what is refused.

mod atomicity;
mod concurrency;
mod created_at;
mod duplicates;
mod expected_version;
mod fields;
mod idempotent;
mod names;
mod payloads;
mod sizes;

pub use atomicity::*;
pub use concurrency::*;
pub use created_at::*;
pub use duplicates::*;
pub use expected_version::*;
pub use fields::*;
pub use idempotent::*;
pub use names::*;
pub use payloads::*;
pub use sizes::*;
