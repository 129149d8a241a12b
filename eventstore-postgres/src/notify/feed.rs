use std::sync::Arc;
use std::time::Duration;

use eventstore_backend::{Found, StorageEpoch, StoreLabel, Topics};
use eventstore_core::EventNumber;
use sqlx::{Executor, Postgres};

use crate::connection::SessionContext;
use crate::notify::Payload;
use crate::sql::Statements;

/// One store's share of the connection for notifications.
pub(super) struct Feed {
    channel: String,
    label: StoreLabel,
    statements: Arc<Statements>,
    pub(super) topics: Arc<Topics>,
    pub(super) poll_interval: Duration,
}

impl Feed {
    pub(super) fn new(context: &SessionContext, storage_epoch: StorageEpoch) -> Self {
        let config = &context.config;
        Self {
            channel: config.schema().channel(),
            label: context.label.clone(),
            statements: Arc::clone(&context.statements),
            topics: Arc::new(Topics::new(storage_epoch)),
            poll_interval: config.poll_interval(),
        }
    }

    pub(super) fn channel(&self) -> &str {
        &self.channel
    }

    /// The store listens to its channel from now on.
    pub(super) fn connected(&self) {
        self.label.listening();
        self.topics.connected();
    }

    pub(super) fn disconnected(&self) {
        if self.topics.disconnected() {
            self.label.not_listening();
        }
    }

    /// Nothing will come any more.
    pub(super) fn close(&self) {
        self.disconnected();
        self.topics.close();
    }

    pub(super) fn pass_on(&self, payload: &str) {
        if let Some(payload) = Payload::parse(payload) {
            self.topics.notified(payload.stream, payload.stream_id, payload.last);
        }
    }

    /// Reads the state of all streams that have listeners: this finds what no notification announced, and a connection that was lost
    /// silently.
    pub(super) async fn poll<'c>(&self, connection: impl Executor<'c, Database = Postgres>) -> Result<(), sqlx::Error> {
        // Taken before the query is sent: what this process commits meanwhile may be missing from the answer, and must
        // not look like a rolled-back log (ADR 42).
        let before = self.topics.known();
        let streams: Vec<_> = before.streams().map(str::to_owned).collect();
        let query = self.statements.find_states.query_as::<(String, i64, i64, bool)>();
        for (stream, stream_id, version, is_deleted) in query.bind(streams).fetch_all(connection).await? {
            let found = Found {
                stream: &stream,
                stream_id,
                number: EventNumber::try_from(version).map_err(|error| sqlx::Error::Decode(error.into()))?,
                is_deleted,
            };
            self.topics.found(found, &before);
        }
        Ok(())
    }
}
