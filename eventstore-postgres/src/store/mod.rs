//! The store's handles: what a caller can do with them, each call in a span of its own.

mod handle;
mod health;
mod on_connection;
mod operations;
pub(crate) mod shared;

pub use handle::PostgresStore;
pub(crate) use handle::{Inner, limit_of_call};
pub use health::{Health, ListenerHealth};
pub use on_connection::OnConnection;
