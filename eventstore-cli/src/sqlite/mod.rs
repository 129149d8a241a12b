//! Stores in a SQLite file: how to open one, and the commands that make and remove it.

mod backend;
mod backup;
mod create;
mod drop;
mod health;
mod index;
mod init;
mod migrate;
mod migrations;
mod only_postgres;
mod open_file;
mod remedy;
mod reset;
mod settings;
mod verify;

pub(crate) use backend::SqliteBackend;
