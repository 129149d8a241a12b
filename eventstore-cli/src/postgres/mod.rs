//! Stores on PostgreSQL: how to connect, and the commands that make a store.

mod backend;
mod create;
mod drop;
mod health;
mod index;
mod init;
mod migrate;
mod migrations;
mod reset;
mod settings;
mod verify;

pub(crate) use backend::PostgresBackend;
