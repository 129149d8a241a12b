use std::convert;
use std::future::ready;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use eventstore_backend::{ChangeUnderWay, Closing, StoreLabel};
use eventstore_core::{Error, Result, StoreStatistics};
use sqlx::pool::{PoolConnection, PoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use sqlx::{Connection, Sqlite, SqliteConnection, Transaction};
use tokio::runtime::Handle;

use super::options::options;
use super::{
    Additions, DatabaseFile, EventConnections, OnRuntime, SqliteTransaction, Turns, Writer, in_place, run_on,
    while_busy,
};
use crate::config::SqliteConfig;
use crate::error::{failed, has_timed_out};
use crate::observe::label_of;
use crate::sql;

/// A connection that reads.
pub(crate) type Reader = OnRuntime<PoolConnection<Sqlite>>;

/// A connection whose reads share a snapshot.
type Snapshot = OnRuntime<Transaction<'static, Sqlite>>;

/// How many connections read what is not read in place: subscriptions, leases, snapshots, keys.
const OTHER_READERS: u32 = 2;

/// The connections of one store.
///
/// On some of them, events are read and written [in place](in_place). The others belong to the driver, sqlx (ADR 60).
pub(crate) struct Database {
    config: SqliteConfig,
    label: StoreLabel,
    turns: Arc<Turns>,
    events: Arc<EventConnections>,
    /// A single connection, because a file has one writer at a time.
    writer: SqlitePool,
    readers: SqlitePool,
    file: Arc<DatabaseFile>,
    closing: Closing,
    additions: Additions,
    /// The runtime that opened the store, to which the connections belong.
    runtime: Handle,
}

impl Database {
    /// Opens the connections to a file that holds a store.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub(crate) async fn open(config: SqliteConfig, additions: Additions) -> Result<Self> {
        let writer = connected_pool(&config, 1, options(&config)).await?;
        refuse_without_log(&mut *writer.acquire().await.map_err(failed)?).await?;
        let reading = options(&config).pragma("query_only", "ON");
        let readers = connected_pool(&config, OTHER_READERS, reading).await?;
        let turns = Arc::new(Turns::new(config.busy_timeout()));
        let file = Arc::new(DatabaseFile::new(&config, Arc::clone(&turns)));
        Ok(Self {
            label: label_of(&config),
            turns,
            events: EventConnections::open(&config, &file).await?,
            file,
            writer,
            readers,
            closing: Closing::default(),
            additions,
            runtime: Handle::current(),
            config,
        })
    }

    pub(crate) fn config(&self) -> &SqliteConfig {
        &self.config
    }

    pub(crate) fn has_statuses(&self) -> bool {
        self.additions.has_statuses
    }

    pub(crate) fn has_groups(&self) -> bool {
        self.additions.has_groups
    }

    pub(crate) fn has_projections(&self) -> bool {
        self.additions.has_projections
    }

    pub(crate) fn label(&self) -> &StoreLabel {
        &self.label
    }

    /// A connection for reads that need no snapshot beyond one statement.
    pub(crate) async fn reader(&self) -> Result<Reader> {
        self.refuse_if_closed()?;
        self.reader_while_closing().await
    }

    /// A connection whose reads share a snapshot, which lasts from the first of them until the drop.
    pub(crate) async fn snapshot(&self) -> Result<Snapshot> {
        self.refuse_if_closed()?;
        let begun = run_on(&self.runtime, self.readers.begin()).await;
        Ok(OnRuntime::new(begun.map_err(failed)?, &self.runtime))
    }

    /// A connection for the store's own reads, which go on while the store is being closed.
    pub(crate) async fn reader_while_closing(&self) -> Result<Reader> {
        let reader = self.readers.acquire().await.map_err(failed)?;
        Ok(OnRuntime::new(reader, &self.runtime))
    }

    /// Reads events now, if that takes no longer than changing threads would; `None` if it takes longer, or no connection is free.
    pub(crate) fn read_now<T>(
        &self,
        read: impl FnOnce(&rusqlite::Connection) -> Result<Option<T>>,
    ) -> Result<Option<T>> {
        self.refuse_if_closed()?;
        let Some(reader) = self.events.free_reader() else {
            return Ok(None);
        };
        match read(&reader) {
            Err(error) if has_timed_out(&error) => Ok(None),
            ended => ended,
        }
    }

    /// Reads events; `read` may block.
    ///
    /// If the future is dropped, what has begun is read to its end.
    pub(crate) async fn read_in_place<T: Send + 'static>(
        &self,
        read: impl Fn(&rusqlite::Connection) -> Result<T> + Send + Sync + 'static,
    ) -> Result<T> {
        self.refuse_if_closed()?;
        let (events, patience) = (Arc::clone(&self.events), self.config.busy_timeout());
        let reading = async move {
            let reader = Mutex::new(events.reader(patience).await?);
            // Nothing else locks it.
            let work = move || read(&reader.lock().unwrap_or_else(PoisonError::into_inner));
            in_place::run(patience, work).await
        };
        in_place::in_task(&self.runtime, reading, convert::identity).await
    }

    /// Makes a change in place: `change` may block, and begins once the changes before it have ended.
    ///
    /// If the future is dropped, what has begun is carried out.
    pub(crate) async fn change_in_place<T: Send + 'static>(
        &self,
        change: impl Fn(&mut Writer) -> Result<T> + Send + Sync + 'static,
    ) -> Result<T> {
        // Counted before the check: so the closing waits for every change that the check lets through.
        let under_way = self.closing.change();
        self.refuse_if_closed()?;
        self.change_entered(under_way, change).await
    }

    /// Does the same even while the store is being closed.
    pub(crate) async fn change_while_closing<T: Send + 'static>(
        &self,
        change: impl Fn(&mut Writer) -> Result<T> + Send + Sync + 'static,
    ) -> Result<T> {
        self.change_entered(self.closing.change(), change).await
    }

    async fn change_entered<T: Send + 'static>(
        &self,
        under_way: ChangeUnderWay,
        change: impl Fn(&mut Writer) -> Result<T> + Send + Sync + 'static,
    ) -> Result<T> {
        let (turns, events, patience) = self.for_a_change();
        let has_begun = Arc::new(AtomicBool::new(false));
        let begins = Arc::clone(&has_begun);
        let changing = async move {
            let until_the_end = (under_way, turns.next().await?);
            let work = move || {
                let _held = &until_the_end;
                begins.store(true, Ordering::SeqCst);
                change(&mut events.writer())
            };
            in_place::run(patience, work).await
        };
        // What has begun in a thread of its own goes on without the runtime.
        let lost = move |error: Error| {
            if has_begun.load(Ordering::SeqCst) {
                Error::OutcomeUnknown { source: error.into() }
            } else {
                error
            }
        };
        in_place::in_task(&self.runtime, changing, lost).await
    }

    /// Does the same in the current task, even while the store is being closed.
    pub(crate) async fn change_in_task<T: Send + 'static>(
        &self,
        change: impl Fn(&mut Writer) -> Result<T> + Send + Sync + 'static,
    ) -> Result<T> {
        let (turns, events, patience) = self.for_a_change();
        let turn = turns.next().await?;
        let work = move || {
            let _held = &turn;
            change(&mut events.writer())
        };
        in_place::run(patience, work).await
    }

    fn for_a_change(&self) -> (Arc<Turns>, Arc<EventConnections>, Duration) {
        (
            Arc::clone(&self.turns),
            Arc::clone(&self.events),
            self.config.busy_timeout(),
        )
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
        let (turns, writer) = (Arc::clone(&self.turns), self.writer.clone());
        let opened = async move {
            let turn = turns.next().await?;
            let begun = writer.begin_with("BEGIN IMMEDIATE").await.map_err(failed)?;
            Ok::<_, Error>((begun, turn))
        };
        let (begun, turn) = run_on(&self.runtime, opened).await?;
        let transaction = OnRuntime::new(begun, &self.runtime);
        Ok(SqliteTransaction::new(
            transaction,
            turn,
            Arc::clone(&self.file),
            change,
        ))
    }

    /// Begins the step of a projection: it stays open for as long as its caller likes, and all other changes wait.
    pub(crate) async fn begin_step(&self) -> Result<SqliteTransaction> {
        let mut transaction = self.begin().await?.counted_in(self.turns.open_steps());
        transaction.mark().await?;
        Ok(transaction)
    }

    /// Whether a step of a projection of this store has the writer.
    pub(crate) fn has_open_step(&self) -> bool {
        self.turns.has_open_step()
    }

    /// What the file tells of itself: no server counts what is done with it.
    pub(crate) fn statistics(&self) -> Result<StoreStatistics> {
        self.refuse_if_closed()?;
        let mut statistics = StoreStatistics::default();
        statistics.bytes_on_disk = Some(self.file.bytes()?);
        Ok(statistics)
    }

    /// Refuses to go on with a file that is no longer at its path.
    pub(crate) fn refuse_if_gone(&self) -> Result<()> {
        self.file.refuse_if_gone()
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

impl Drop for Database {
    /// Closes the connections one after the other: of two that are closed at the same time, each may take the other for one that goes on,
    /// and leave the log beside the file.
    fn drop(&mut self) {
        let (events, readers, writer) = (Arc::clone(&self.events), self.readers.clone(), self.writer.clone());
        self.runtime.spawn(async move {
            drop(events);
            readers.close().await;
            writer.close().await;
        });
    }
}

async fn connected_pool(config: &SqliteConfig, connections: u32, options: SqliteConnectOptions) -> Result<SqlitePool> {
    let connect = || pool(config, connections).connect_with(options.clone());
    while_busy(config.busy_timeout(), connect).await.map_err(failed)
}

fn pool(config: &SqliteConfig, connections: u32) -> PoolOptions<Sqlite> {
    PoolOptions::new()
        .max_connections(connections)
        // One that is opened later would have another file, if the file has been replaced meanwhile.
        .min_connections(connections)
        .acquire_timeout(config.busy_timeout())
        .idle_timeout(None)
        .max_lifetime(None)
        // A connection to a file does not break while it is idle.
        .test_before_acquire(false)
        // When SQLite has undone a transaction by itself, as for lack of room, the connection still counts it as open, and can begin no
        // other. It is replaced.
        .before_acquire(|connection: &mut SqliteConnection, _| Box::pin(ready(Ok(!connection.is_in_transaction()))))
}

/// Where the system has no memory that processes share, SQLite goes on without a write-ahead log, in which readers hinder the writer.
async fn refuse_without_log(connection: &mut SqliteConnection) -> Result<()> {
    let mode: String = sqlx::query_scalar(sql::JOURNAL_MODE)
        .fetch_one(connection)
        .await
        .map_err(failed)?;
    if mode == "wal" {
        return Ok(());
    }
    Err(Error::NotInitialized {
        message: format!(
            "the file has the journal mode `{mode}`, and an event store needs a write-ahead log: put it on a local disk"
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_database_without_a_write_ahead_log_is_refused() {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let refused = refuse_without_log(&mut connection).await;
        assert!(
            matches!(&refused, Err(Error::NotInitialized { message }) if message.contains("`memory`")),
            "{refused:?}"
        );
    }
}
