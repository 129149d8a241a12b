//! The store's handles: each call runs in a span of its own, on a session of its own, and is one call into a room below.

mod handle;
mod on_connection;
mod sessions;
mod shared;

mod appending;
mod catalog;
mod delivery;
mod groups;
mod health;
mod key_vault;
mod parking;
mod reading;
mod snapshots;
mod statistics;
mod statuses;
mod streams;
mod subscription_admin;
mod subscriptions;
mod trace;
mod verify;

pub use handle::PostgresStore;
pub use health::{Health, ListenerHealth};
pub use on_connection::OnConnection;
