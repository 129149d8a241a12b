#![doc = include_str!("../README.md")]

mod append;
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
mod verify;

pub use store::{Health, ListenerHealth, OnConnection, PostgresStore};

pub use config::{Login, PasswordSource, PostgresConfig};
pub use values::{DataType, InvalidSchemaName, Layout, SchemaName};

pub use connection::PostgresTransaction;
pub use subscriptions::LockTableFull;

pub use key_vault::create_key_vault;
pub use schema::{
    CorrelationIndex, Creation, LayoutMigration, LayoutProgress, LayoutStage, Migration, Removal, SchemaVersion,
    abandon_migration_to_compact, correlation_index, create_correlation_index, create_database, drop_correlation_index,
    drop_database, drop_original_tables, drop_store, initialize, migrate, migrate_to_compact, migrations, reset_store,
};
pub use verify::{Finding, FindingKind, Observation, Severity};
