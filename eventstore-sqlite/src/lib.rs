#![doc = include_str!("../README.md")]

mod admin;
mod append;
mod changes;
mod config;
mod connection;
mod error;
mod key_vault;
mod notify;
mod observe;
mod read;
mod schema;
mod sql;
mod store;
mod streams;
mod subscriptions;
mod values;

pub use admin::SqliteAdmin;
pub use config::{SqliteConfig, Synchronous};
pub use connection::SqliteTransaction;
pub use schema::{Creation, Removal};
pub use store::SqliteStore;

/// The crates whose types the signatures of this crate use, in the versions that it takes.
pub use {eventstore_core, sqlx};
