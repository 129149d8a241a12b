use std::sync::Arc;

use eventstore_backend::{Found, StorageEpoch, Topics};
use eventstore_core::{Error, EventNumber, Result};
use sqlx::SqliteConnection;
use tokio::sync::Notify;

use crate::connection::Database;
use crate::error::failed;
use crate::sql;
use crate::values::json_of_texts;

/// What is told to the listeners of one store.
pub(super) struct Feed {
    pub(super) database: Arc<Database>,
    pub(super) topics: Arc<Topics>,
    /// Rings when this process has made a change that it does not know the numbers of.
    pub(super) changed: Notify,
    /// Rings when a test cuts the watch.
    pub(super) cut: Notify,
}

impl Feed {
    pub(super) fn new(database: Arc<Database>, storage_epoch: StorageEpoch) -> Self {
        Self {
            database,
            topics: Arc::new(Topics::new(storage_epoch)),
            changed: Notify::new(),
            cut: Notify::new(),
        }
    }

    /// The file is watched from now on.
    pub(super) fn connected(&self) {
        self.database.label().listening();
        self.topics.connected();
    }

    pub(super) fn disconnected(&self) {
        if self.topics.disconnected() {
            self.database.label().not_listening();
        }
    }

    /// Nothing will come any more.
    pub(super) fn close(&self) {
        self.disconnected();
        self.topics.close();
    }

    /// Reads the state of all streams that have listeners.
    pub(super) async fn poll(&self, connection: &mut SqliteConnection) -> Result<()> {
        // Taken before the query is sent: what this process commits meanwhile may be missing from the answer, and must not look
        // like a rolled-back log (ADR 42).
        let before = self.topics.known();
        let streams = json_of_texts(before.streams());
        let query = sqlx::query_as::<_, (String, i64, i64, bool)>(sql::FIND_STREAMS).bind(streams);
        for (stream, stream_id, version, is_deleted) in query.fetch_all(connection).await.map_err(failed)? {
            let found = Found {
                stream: &stream,
                stream_id,
                number: EventNumber::try_from(version).map_err(Error::corrupt)?,
                is_deleted,
            };
            self.topics.found(found, &before);
        }
        Ok(())
    }

    /// Whether anyone listens.
    pub(super) fn is_heard(&self) -> bool {
        self.topics.known().streams().next().is_some()
    }
}
