#![doc = include_str!("../README.md")]

#[cfg(feature = "suite")]
pub mod conformance;
#[cfg(feature = "suite")]
mod database;
#[cfg(feature = "suite")]
pub mod history;
#[cfg(feature = "suite")]
pub mod key_vault;
#[cfg(feature = "suite")]
mod memory;
#[cfg(feature = "suite")]
mod model;
#[cfg(feature = "suite")]
pub mod proxy;
pub mod server;

#[cfg(feature = "suite")]
pub use database::TestDatabase;
#[cfg(feature = "suite")]
pub use memory::{MemoryStore, MemoryTransaction, PausedNotifications};
#[cfg(feature = "suite")]
pub use model::agrees_with_the_reference;
