//! Connections to the file: one that writes, and some that read.

mod database;
mod database_file;
mod files;
mod log;
mod on_runtime;
mod options;
mod transaction;
mod while_busy;

pub use transaction::SqliteTransaction;

pub(crate) use database::Database;
pub(crate) use files::beside;
pub(crate) use on_runtime::OnRuntime;
pub(crate) use options::{connect_to_change, connect_to_create, connect_to_inspect, connect_to_read};

use database_file::DatabaseFile;
use log::Log;
use on_runtime::run_on;
use while_busy::while_busy;
