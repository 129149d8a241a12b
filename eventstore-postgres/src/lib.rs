#![doc = include_str!("../README.md")]

mod admin;
mod append;
mod config;
mod connection;
mod error;
mod key_vault;
mod notify;
mod read;
mod schema;
mod sql;
mod store;
mod streams;
mod subscriptions;
mod values;
mod verify;

pub use admin::PostgresAdmin;
pub use store::{Health, ListenerHealth, OnConnection, PostgresStore};

pub use config::{Login, PasswordSource, PostgresConfig};
pub use values::{DataType, EventIndex, IndexState, InvalidSchemaName, Layout, SchemaName};

pub use connection::PostgresTransaction;
pub use subscriptions::LockTableFull;

pub use schema::{Creation, LayoutMigration, LayoutProgress, LayoutStage, Migration, Removal, SchemaVersion};
pub use verify::{Finding, FindingKind, Observation, Severity};

/// The crates whose types the signatures of this crate use, in the versions that it takes.
pub use {eventstore_core, sqlx};
