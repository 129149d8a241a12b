#![doc = include_str!("../README.md")]

mod acquire;
mod driver;
mod error;
mod request;
mod subscription;
mod subscriptions;
mod timers;

pub use error::{AckError, SubscriptionEnded};
pub use request::{StartFrom, Subscribe};
pub use subscription::Subscription;
pub use subscriptions::Subscriptions;
