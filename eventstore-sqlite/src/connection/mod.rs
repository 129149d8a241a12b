//! Connections to the file: those of the driver, and those on which events are read and written in place.

mod additions;
mod columns;
mod database;
mod database_file;
mod event_connections;
mod files;
mod in_place;
mod log;
mod on_runtime;
mod options;
mod transaction;
mod turns;
mod while_busy;
mod writer;

pub use transaction::SqliteTransaction;

pub(crate) use additions::Additions;
pub(crate) use columns::{column, integer};
pub(crate) use database::Database;
pub(crate) use files::beside;
pub(crate) use in_place::may_block;
pub(crate) use on_runtime::OnRuntime;
pub(crate) use options::{connect_to_change, connect_to_create, connect_to_inspect, connect_to_read};
pub(crate) use writer::{Change, Writer};

use database_file::DatabaseFile;
use event_connections::EventConnections;
use log::Log;
use on_runtime::run_on;
use turns::{Turn, Turns};
use while_busy::while_busy;
