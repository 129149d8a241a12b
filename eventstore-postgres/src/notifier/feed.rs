use std::sync::Arc;
use std::time::Duration;

use eventstore_core::EventNumber;
use sqlx::{Executor, Postgres};
use tokio::time::timeout;

use crate::PostgresConfig;
use crate::connection::Incarnation;
use crate::notifier::topics::Found;
use crate::notifier::{Payload, Topics};
use crate::observe::{self, Label};
use crate::statements::Statements;

/// How long an answer may take before the connection counts as lost.
pub(super) const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// One store's part of what comes over the connection for notifications.
pub(super) struct Feed {
    channel: String,
    label: Label,
    statements: Arc<Statements>,
    pub(super) topics: Arc<Topics>,
    pub(super) poll_interval: Duration,
}

impl Feed {
    pub(super) fn new(config: &PostgresConfig, statements: Arc<Statements>, incarnation: Incarnation) -> Self {
        Self {
            channel: config.schema().channel(),
            label: Label::of(config.schema()),
            statements,
            topics: Arc::new(Topics::new(incarnation)),
            poll_interval: config.look_interval(),
        }
    }

    pub(super) fn channel(&self) -> &str {
        &self.channel
    }

    /// The channel is listened to from now on.
    pub(super) fn connected(&self) {
        observe::listening(&self.label);
        self.topics.connected();
    }

    pub(super) fn disconnected(&self) {
        if self.topics.disconnected() {
            observe::not_listening(&self.label);
        }
    }

    /// Nothing will come any more.
    pub(super) fn close(&self) {
        self.disconnected();
        self.topics.close();
    }

    pub(super) fn pass_on(&self, payload: &str) {
        if let Some(payload) = Payload::parse(payload) {
            self.topics.notified(&payload);
        }
    }

    /// Looks up all streams that are listened to: what no notification told of is found by that, and a connection that is lost
    /// without a word. Says why it failed.
    pub(super) async fn poll<'c>(&self, connection: impl Executor<'c, Database = Postgres>) -> Result<(), String> {
        let before = self.topics.known();
        let streams: Vec<_> = before.keys().cloned().collect();
        let query = self.statements.find_states.query_as::<(String, i64, i64, bool)>();
        let found = match timeout(ANSWER_TIMEOUT, query.bind(streams).fetch_all(connection)).await {
            Ok(found) => found.map_err(|error| error.to_string())?,
            Err(_) => return Err("no answer".to_owned()),
        };
        for (stream, stream_id, version, is_deleted) in found {
            let found = Found {
                stream: &stream,
                stream_id,
                number: EventNumber::try_from(version).map_err(|error| error.to_string())?,
                is_deleted,
            };
            self.topics.found(found, &before);
        }
        Ok(())
    }
}
