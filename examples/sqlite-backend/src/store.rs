use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use eventstore_core::{
    Append, AppendReceipt, AppendSet, Error, EventNumber, EventReader, EventWriter, Page, PageRequest, Result,
    StreamDirectory, StreamInfo, StreamPage, StreamQuery, StreamSelector, Timestamp,
};
use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::failure::{Failure, storage};
use crate::{append, list, read, streams};

/// An event store in a file of SQLite, which any number of processes may open.
#[derive(Clone)]
pub struct SqliteStore(Arc<Mutex<Connection>>);

impl SqliteStore {
    const LOCK_TIMEOUT: Duration = Duration::from_secs(30);

    /// Opens the file, or creates it.
    ///
    /// # Errors
    ///
    /// Failures of the database.
    pub fn open(path: &Path) -> Result<Self> {
        Ok(connect(path).map(|connection| Self(Arc::new(Mutex::new(connection))))?)
    }

    /// One writer at a time, of all processes: positions are given in commit order, and what is seen is never stale.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T> {
        self.run(TransactionBehavior::Immediate, work).await
    }

    /// One snapshot for all that is read.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T> {
        self.run(TransactionBehavior::Deferred, work).await
    }

    async fn run<T: Send + 'static>(
        &self,
        behaviour: TransactionBehavior,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T> {
        let connection = Arc::clone(&self.0);
        let run = move || {
            let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            let transaction = connection.transaction_with_behavior(behaviour).map_err(Failure::from)?;
            let answer = work(&transaction)?;
            let committed = transaction.commit();
            committed.map_err(|error| Error::OutcomeUnknown { source: error.into() })?;
            Ok(answer)
        };
        let ended = tokio::task::spawn_blocking(run).await;
        ended.map_err(|error| Error::OutcomeUnknown { source: error.into() })?
    }
}

fn connect(path: &Path) -> Result<Connection, Failure> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(SqliteStore::LOCK_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.execute_batch(include_str!("schema.sql"))?;
    Ok(connection)
}

fn now() -> Result<Timestamp> {
    Timestamp::try_from(SystemTime::now()).map_err(|error| storage("the clock is wrong", error))
}

#[async_trait]
impl EventWriter for SqliteStore {
    async fn append(&self, append: Append) -> Result<AppendReceipt> {
        let now = now()?;
        self.write(move |transaction| append::append(transaction, &append, now))
            .await
    }

    async fn append_set(&self, set: AppendSet) -> Result<Vec<AppendReceipt>> {
        let now = now()?;
        self.write(move |transaction| {
            let appends = set.appends().iter();
            appends.map(|each| append::append(transaction, each, now)).collect()
        })
        .await
    }
}

#[async_trait]
impl EventReader for SqliteStore {
    async fn read_page(&self, request: PageRequest) -> Result<Page> {
        self.read(move |transaction| read::page(transaction, &request)).await
    }

    async fn number_at(&self, selector: &StreamSelector, at: Timestamp) -> Result<EventNumber> {
        let selector = selector.clone();
        self.read(move |transaction| read::number_at(transaction, &selector, at))
            .await
    }
}

#[async_trait]
impl StreamDirectory for SqliteStore {
    async fn stream_info(&self, selector: &StreamSelector) -> Result<StreamInfo> {
        let selector = selector.clone();
        self.read(move |transaction| streams::get(transaction, &selector)).await
    }

    async fn list_streams(&self, query: StreamQuery) -> Result<StreamPage> {
        self.read(move |transaction| list::page(transaction, &query)).await
    }
}
