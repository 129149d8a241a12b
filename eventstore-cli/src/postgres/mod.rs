//! The program on PostgreSQL: how to connect, and the commands that make a store.

mod commands;
mod connector;
mod create;
mod drop;
mod health;
mod index;
mod init;
mod migrate;
mod migrations;
mod reset;

pub use connector::PostgresConnector;
