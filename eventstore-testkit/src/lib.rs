#![doc = include_str!("../README.md")]

#[cfg(feature = "suite")]
pub mod conformance;
#[cfg(feature = "postgres")]
mod database;
#[cfg(feature = "faults")]
#[doc(hidden)]
pub mod group_trial;
#[cfg(feature = "faults")]
pub mod history;
#[cfg(feature = "suite")]
pub mod key_vault;
#[cfg(feature = "memory")]
mod memory;
#[cfg(feature = "model")]
mod model;
#[cfg(feature = "memory")]
mod payloads;
#[cfg(feature = "faults")]
pub mod proxy;
#[cfg(feature = "postgres")]
pub mod server;

#[cfg(feature = "postgres")]
pub use database::TestDatabase;
#[cfg(feature = "memory")]
pub use memory::{MemoryStore, MemoryTransaction, PausedNotifications};
#[cfg(feature = "memory")]
pub use payloads::Payloads;

#[cfg(feature = "model")]
pub use model::agrees_with_the_reference;

/// The crate whose types the signatures of this crate use, in the version that it takes.
#[cfg(feature = "memory")]
pub use eventstore_core;
