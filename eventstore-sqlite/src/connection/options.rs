use std::time::Duration;

use eventstore_core::{Error, Result};
use rusqlite::{Connection, OpenFlags};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{ConnectOptions, SqliteConnection};

use super::while_busy;
use crate::config::SqliteConfig;
use crate::error::failed;

/// By how many rows the thread of a connection may be ahead of their consumer: the more, the fewer changes between threads.
const ROWS_ON_THEIR_WAY: usize = 256;

/// More than there are statements in this crate: each is prepared once on a connection.
const STATEMENTS: usize = 128;

/// A log that is longer than this is cut once it has been copied into the file.
pub(super) const LOG_BYTES: u64 = 64 * 1024 * 1024;

/// The size of a page of the file, which `max_page_count` counts.
const PAGE_BYTES: u64 = 4_096;

/// How a connection of a store is opened.
pub(crate) fn options(config: &SqliteConfig) -> SqliteConnectOptions {
    let options = bare_options(config)
        .journal_mode(SqliteJournalMode::Wal)
        .row_buffer_size(ROWS_ON_THEIR_WAY);
    let pragmas = pragmas(config).into_iter();
    pragmas.fold(options, |options, (name, value)| options.pragma(name, value))
}

/// Opens a connection on which statements run in the thread of their caller, and fail rather than wait for other processes (ADR 60).
pub(super) fn open_in_place(config: &SqliteConfig) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(config.path(), flags)?;
    connection.busy_timeout(Duration::ZERO)?;
    for (name, value) in pragmas(config) {
        connection.pragma_update(None, name, value)?;
    }
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

/// What each connection of a store has to be told.
fn pragmas(config: &SqliteConfig) -> Vec<(&'static str, String)> {
    let mut pragmas = vec![
        ("synchronous", config.synchronous().to_string()),
        // On macOS, only these make the disk itself write what it was given.
        ("fullfsync", "ON".to_owned()),
        ("checkpoint_fullfsync", "ON".to_owned()),
        ("journal_size_limit", LOG_BYTES.to_string()),
    ];
    if let Some(bytes) = config.max_bytes() {
        pragmas.push(("max_page_count", (bytes.get() / PAGE_BYTES).max(1).to_string()));
    }
    pragmas
}

/// Opens a connection that leaves the file as it is: the file may hold no store, or belong to another program.
pub(crate) async fn connect_to_inspect(config: &SqliteConfig) -> Result<SqliteConnection> {
    connect(config, &bare_options(config)).await
}

/// Opens a connection beside those of a store, and creates the file if it is missing.
pub(crate) async fn connect_to_create(config: &SqliteConfig) -> Result<SqliteConnection> {
    connect(config, &options(config).create_if_missing(true)).await
}

/// Opens a connection beside those of a store.
pub(crate) async fn connect_to_change(config: &SqliteConfig) -> Result<SqliteConnection> {
    connect(config, &options(config)).await
}

/// Opens a connection beside those of a store; it cannot change anything.
pub(crate) async fn connect_to_read(config: &SqliteConfig) -> Result<SqliteConnection> {
    connect(config, &options(config).pragma("query_only", "ON")).await
}

async fn connect(config: &SqliteConfig, options: &SqliteConnectOptions) -> Result<SqliteConnection> {
    config.refuse_bad_busy_timeout()?;
    let connected = while_busy(config.busy_timeout(), || options.connect()).await;
    connected.map_err(|error| cannot_open(config, error))
}

fn bare_options(config: &SqliteConfig) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(config.path())
        .busy_timeout(config.busy_timeout())
        .thread_name(|id| format!("eventstore-sqlite-{id}"))
        .disable_statement_logging()
}

/// SQLite itself does not say what is missing.
fn cannot_open(config: &SqliteConfig, error: sqlx::Error) -> Error {
    let path = config.path();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|folder| !folder.exists()) {
        return Error::NotInitialized {
            message: format!("there is no folder {}", folder.display()),
        };
    }
    if !path.exists() {
        return Error::NotInitialized {
            message: format!("there is no file {}", path.display()),
        };
    }
    failed(error)
}
