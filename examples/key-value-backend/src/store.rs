use std::num::NonZeroU32;
use std::sync::Arc;

use async_trait::async_trait;
use eventstore_core::backend::{Page, PageRequest};
use eventstore_core::{
    Append, AppendReceipt, AppendSet, Error, EventNumber, EventReader, EventWriter, Result, StreamDirectory,
    StreamInfo, StreamName, StreamPage, StreamQuery, StreamSelector, Timestamp,
};
use redb::{Database, ReadableDatabase, WriteTransaction};
use tokio::task::spawn_blocking;

use crate::tables::STREAMS;
use crate::{append, read, streams};

/// An event store in a database of redb, in which the application may have tables of its own.
#[derive(Clone)]
pub struct KeyValueStore(Arc<Database>);

impl KeyValueStore {
    /// Keeps the events in this database, in tables that are created if they are missing.
    ///
    /// # Errors
    ///
    /// Failures of the storage.
    pub fn new(database: Arc<Database>) -> Result<Self> {
        write(&database, append::create_tables).map_err(error_of)?;
        Ok(Self(database))
    }

    /// What has begun on the thread for it is finished, whether or not the caller goes away.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Database) -> anyhow::Result<T> + Send + 'static,
    ) -> Result<T> {
        let database = Arc::clone(&self.0);
        let ended = spawn_blocking(move || work(&database)).await;
        ended.unwrap_or_else(|panic| Err(panic.into())).map_err(error_of)
    }
}

/// One writer at a time is let in: what it sees is never stale, and positions are given in commit order. A transaction
/// that is dropped leaves nothing.
fn write<T>(database: &Database, work: impl FnOnce(&WriteTransaction) -> anyhow::Result<T>) -> anyhow::Result<T> {
    let transaction = database.begin_write()?;
    let answer = work(&transaction)?;
    let committed = transaction.commit();
    committed.map_err(|error| Error::OutcomeUnknown { source: error.into() })?;
    Ok(answer)
}

/// What was refused by the contract is told as it is.
fn error_of(error: anyhow::Error) -> Error {
    let told = error.downcast();
    told.unwrap_or_else(|error| Error::storage(error.to_string(), error))
}

#[async_trait]
impl EventWriter for KeyValueStore {
    async fn append(&self, append: Append) -> Result<AppendReceipt> {
        self.run(move |db| write(db, |db| append::append(db, &append))).await
    }

    async fn append_set(&self, set: AppendSet) -> Result<Vec<AppendReceipt>> {
        self.run(move |db| write(db, |db| append::append_all(db, &set))).await
    }
}

#[async_trait]
impl EventReader for KeyValueStore {
    async fn read_page(&self, request: PageRequest) -> Result<Page> {
        self.run(move |db| read::page(&db.begin_read()?, &request)).await
    }

    async fn number_at(&self, selector: &StreamSelector, at: Timestamp) -> Result<EventNumber> {
        let of = selector.clone();
        self.run(move |db| read::number_at(&db.begin_read()?, &of, at)).await
    }
}

#[async_trait]
impl StreamDirectory for KeyValueStore {
    async fn stream_info(&self, selector: &StreamSelector) -> Result<StreamInfo> {
        let of = selector.clone();
        self.run(move |db| streams::get(&db.begin_read()?.open_table(STREAMS)?, &of))
            .await
    }

    async fn list_streams(&self, query: StreamQuery) -> Result<StreamPage> {
        self.run(move |db| streams::page(&db.begin_read()?.open_table(STREAMS)?, &query))
            .await
    }

    async fn streams_by_name(
        &self,
        prefix: &str,
        after: Option<&StreamName>,
        limit: NonZeroU32,
    ) -> Result<Vec<StreamInfo>> {
        let (prefix, after) = (prefix.to_owned(), after.cloned());
        self.run(move |db| streams::by_name(&db.begin_read()?.open_table(STREAMS)?, &prefix, after.as_ref(), limit))
            .await
    }

    async fn newest_streams(&self, before: Option<u64>, limit: NonZeroU32) -> Result<Vec<StreamInfo>> {
        self.run(move |db| streams::newest(&db.begin_read()?.open_table(STREAMS)?, before, limit))
            .await
    }
}
