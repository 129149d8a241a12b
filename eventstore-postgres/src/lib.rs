#![doc = include_str!("../README.md")]

mod admin;
mod append;
mod append_set;
mod checkpoint_group;
mod columns;
mod config;
mod connection;
mod database;
mod delete;
mod error;
mod group_commit;
mod health;
mod import;
mod key_vault;
mod lease;
mod link;
mod lookup;
mod notifier;
mod number_at;
mod observe;
mod on_connection;
mod operations;
mod page_events;
mod page_payloads;
mod page_rows;
mod page_size;
mod parking;
mod payload;
mod payload_size;
#[cfg(test)]
mod plans;
mod projections;
mod read;
mod read_ahead;
mod recent;
mod refused_payload;
mod scan;
mod schema;
mod shared;
mod snapshots;
mod statements;
mod store;
mod stored_timestamp;
mod streams;
mod subscription_admin;
mod subscriptions;
mod verify;

pub use admin::PostgresAdmin;
pub use config::{Login, PasswordSource, PostgresConfig};
pub use connection::PostgresTransaction;
pub use health::{Health, ListenerHealth};
pub use lease::LockTableFull;
pub use on_connection::OnConnection;
pub use schema::{
    CorrelationIndex, Creation, DataType, InvalidSchemaName, Layout, LayoutMigration, LayoutProgress, LayoutStage,
    Migration, Removal, SchemaName, SchemaVersion,
};
pub use store::PostgresStore;
pub use verify::{Finding, FindingKind, Observation, Severity};

/// The driver whose connections and pools this crate takes and gives, in the version that it takes them in.
pub use sqlx;
