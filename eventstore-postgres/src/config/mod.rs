//! The settings of a store: from a URL, the environment or calls.

mod builder;
mod checks;
mod connection;
mod event_types;
mod libpq;
mod passwords;
mod postgres_config;
mod sessions;
mod setting;
mod text;

pub use passwords::{Login, PasswordSource};
pub use postgres_config::PostgresConfig;
