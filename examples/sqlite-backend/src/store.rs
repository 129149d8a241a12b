use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use eventstore_core::backend::{Page, PageRequest};
use eventstore_core::{
    Append, AppendReceipt, AppendSet, Error, EventNumber, EventReader, EventWriter, Result, StreamDirectory,
    StreamInfo, StreamPage, StreamQuery, StreamSelector, Timestamp,
};
use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked};
use rusqlite::TransactionBehavior::{self, Deferred, Immediate};
use rusqlite::{Connection, Transaction};
use tokio::task::spawn_blocking;

use crate::{append, read, streams};

/// An event store in a file of SQLite, which any number of processes may open.
#[derive(Clone)]
pub struct SqliteStore(Arc<Mutex<Connection>>);

impl SqliteStore {
    /// Opens the file, or creates it.
    ///
    /// # Errors
    ///
    /// Failures of the database.
    pub fn open(path: &Path) -> Result<Self> {
        let connection = connect(path).map_err(|error| error_of(error.into()))?;
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    /// Writers begin with `Immediate`, which lets one in at a time, of all processes: what it sees is never stale, and
    /// positions are given in commit order. Readers begin with `Deferred`: one snapshot for all that is read.
    async fn run<T: Send + 'static>(
        &self,
        behavior: TransactionBehavior,
        work: impl FnOnce(&Transaction<'_>) -> anyhow::Result<T> + Send + 'static,
    ) -> Result<T> {
        let connection = Arc::clone(&self.0);
        let run = move || {
            let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            let transaction = connection.transaction_with_behavior(behavior)?;
            let answer = work(&transaction)?;
            if matches!(behavior, Immediate) {
                transaction.commit().map_err(unknown)?;
            }
            Ok(answer)
        };
        let ended = spawn_blocking(run).await;
        ended.unwrap_or_else(|panic| Err(panic.into())).map_err(error_of)
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(30))?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.execute_batch(include_str!("schema.sql"))?;
    Ok(connection)
}

fn unknown(error: rusqlite::Error) -> Error {
    Error::OutcomeUnknown { source: error.into() }
}

/// What was refused by the contract is told as it is; who had to wait too long may try again.
fn error_of(error: anyhow::Error) -> Error {
    let code = error.downcast_ref().and_then(rusqlite::Error::sqlite_error_code);
    error.downcast().unwrap_or_else(|error| {
        let (message, source) = (error.to_string(), error.into());
        match code {
            Some(DatabaseBusy | DatabaseLocked) => Error::Unavailable {
                message,
                source: Some(source),
            },
            _ => Error::storage(message, source),
        }
    })
}

#[async_trait]
impl EventWriter for SqliteStore {
    async fn append(&self, append: Append) -> Result<AppendReceipt> {
        self.run(Immediate, move |db| append::append(db, &append)).await
    }

    async fn append_set(&self, set: AppendSet) -> Result<Vec<AppendReceipt>> {
        self.run(Immediate, move |db| append::append_all(db, &set)).await
    }
}

#[async_trait]
impl EventReader for SqliteStore {
    async fn read_page(&self, request: PageRequest) -> Result<Page> {
        self.run(Deferred, move |db| read::page(db, &request)).await
    }

    async fn number_at(&self, selector: &StreamSelector, at: Timestamp) -> Result<EventNumber> {
        let of = selector.clone();
        self.run(Deferred, move |db| read::number_at(db, &of, at)).await
    }
}

#[async_trait]
impl StreamDirectory for SqliteStore {
    async fn stream_info(&self, selector: &StreamSelector) -> Result<StreamInfo> {
        let of = selector.clone();
        self.run(Deferred, move |db| streams::get(db, &of)).await
    }

    async fn list_streams(&self, query: StreamQuery) -> Result<StreamPage> {
        self.run(Deferred, move |db| streams::page(db, &query)).await
    }
}
