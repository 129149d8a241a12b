use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use eventstore_backend::{ChangeUnderWay, Closing};
use eventstore_core::{Error, Result};
use sqlx::pool::{PoolConnection, PoolOptions};
use sqlx::sqlite::SqlitePool;
use sqlx::{Sqlite, Transaction};

use super::options::options;
use super::{DatabaseFile, SqliteTransaction};
use crate::config::SqliteConfig;
use crate::error::{failed, timed_out};
use crate::observe::{Label, label_of};

/// A connection that reads.
pub(crate) type Reader = PoolConnection<Sqlite>;

/// The connections of one store.
pub(crate) struct Database {
    config: SqliteConfig,
    label: Label,
    /// A single connection, because a file has one writer at a time: in a queue of the store's own, callers are served in order, which
    /// SQLite's busy handler does not promise.
    writer: SqlitePool,
    readers: SqlitePool,
    file: Arc<DatabaseFile>,
    closing: Closing,
    open_steps: Arc<AtomicUsize>,
}

impl Database {
    /// Opens the connections to a file that holds a store.
    pub(crate) async fn open(config: SqliteConfig) -> Result<Self> {
        let writer = pool(&config, 1).connect_with(options(&config)).await;
        let readers = pool(&config, config.read_connections().get())
            .connect_with(options(&config).pragma("query_only", "ON"))
            .await;
        let writer = writer.map_err(failed)?;
        Ok(Self {
            label: label_of(&config),
            file: Arc::new(DatabaseFile::new(&config, writer.clone())),
            writer,
            readers: readers.map_err(failed)?,
            closing: Closing::default(),
            open_steps: Arc::default(),
            config,
        })
    }

    pub(crate) fn config(&self) -> &SqliteConfig {
        &self.config
    }

    pub(crate) fn label(&self) -> &Label {
        &self.label
    }

    /// A connection for reads that need no snapshot beyond one statement.
    pub(crate) async fn reader(&self) -> Result<Reader> {
        self.refuse_if_closed()?;
        self.readers.acquire().await.map_err(failed)
    }

    /// A connection whose reads share a snapshot, which lasts from the first of them until the drop.
    pub(crate) async fn snapshot(&self) -> Result<Transaction<'static, Sqlite>> {
        self.refuse_if_closed()?;
        self.readers.begin().await.map_err(failed)
    }

    /// A connection for the store's own reads, which go on while the store is being closed.
    pub(crate) async fn reader_while_closing(&self) -> Result<Reader> {
        self.readers.acquire().await.map_err(failed)
    }

    /// Begins a change. Until it ends, no other writer changes the file, in any process.
    pub(crate) async fn begin(&self) -> Result<SqliteTransaction> {
        // Counted before the check: so the closing waits for every change that the check lets through.
        let change = self.closing.change();
        self.refuse_if_closed()?;
        self.begin_entered(change).await
    }

    /// Begins a change that is carried out even while the store is being closed.
    pub(crate) async fn begin_while_closing(&self) -> Result<SqliteTransaction> {
        self.begin_entered(self.closing.change()).await
    }

    async fn begin_entered(&self, change: ChangeUnderWay) -> Result<SqliteTransaction> {
        let begun = self.writer.begin_with("BEGIN IMMEDIATE").await;
        let transaction = begun.map_err(|error| self.not_begun(error))?;
        Ok(SqliteTransaction::new(transaction, Arc::clone(&self.file), change))
    }

    /// Begins the step of a projection: it stays open for as long as its caller likes, and all other changes wait.
    pub(crate) async fn begin_step(&self) -> Result<SqliteTransaction> {
        let transaction = self.begin().await?;
        Ok(transaction.counted_in(&self.open_steps))
    }

    fn not_begun(&self, error: sqlx::Error) -> Error {
        if matches!(error, sqlx::Error::PoolTimedOut) && self.open_steps.load(Ordering::SeqCst) > 0 {
            // Perhaps the change is made through the store from within that step, and would wait for itself forever.
            return timed_out(
                "a step of a projection has the only writer of the file; what the step itself changes belongs in its transaction",
                Some(error),
            );
        }
        failed(error)
    }

    pub(crate) fn refuse_if_closed(&self) -> Result<()> {
        self.closing.refuse_if_closed()
    }

    /// Refuses further calls.
    pub(crate) fn begin_to_close(&self) {
        self.closing.begin();
    }

    /// Waits for the changes under way, but no longer than calls wait.
    pub(crate) async fn wait_for_changes(&self) {
        self.closing.wait_for_changes(self.config.busy_timeout()).await;
    }
}

fn pool(config: &SqliteConfig, connections: u32) -> PoolOptions<Sqlite> {
    PoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(config.busy_timeout())
        .idle_timeout(None)
        .max_lifetime(None)
        // A connection to a file does not break while it is idle.
        .test_before_acquire(false)
}
