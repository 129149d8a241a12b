use eventstore_core::{Error, Result};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{ConnectOptions, SqliteConnection};

use super::while_busy;
use crate::config::SqliteConfig;
use crate::error::failed;

/// By how many rows the thread of a connection may be ahead of their consumer: the more, the fewer changes between threads.
const ROWS_ON_THEIR_WAY: usize = 256;

/// A log that is longer than this is cut once it has been copied into the file.
pub(super) const LOG_BYTES: u64 = 64 * 1024 * 1024;

/// The size of a page of the file, which `max_page_count` counts.
const PAGE_BYTES: u64 = 4_096;

/// How a connection of a store is opened.
pub(crate) fn options(config: &SqliteConfig) -> SqliteConnectOptions {
    let options = bare_options(config)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(config.synchronous().into())
        .row_buffer_size(ROWS_ON_THEIR_WAY)
        // On macOS, only these make the disk itself write what it was given.
        .pragma("fullfsync", "ON")
        .pragma("checkpoint_fullfsync", "ON")
        .pragma("journal_size_limit", LOG_BYTES.to_string());
    match config.max_bytes() {
        Some(bytes) => options.pragma("max_page_count", (bytes.get() / PAGE_BYTES).max(1).to_string()),
        None => options,
    }
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
