use std::time::{Duration, Instant};

use eventstore_core::{EventNumber, Result};
use sqlx::Row;

use crate::PostgresStore;
use crate::error::{damaged, reading};
use crate::notify::Hub;
use crate::schema::count_pending;

/// The health of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// How long the server took to answer.
    pub answer_time: Duration,
    /// The position of the newest event.
    pub head: EventNumber,
    /// Whether the server refuses changes.
    pub is_read_only: bool,
    /// The number of pending migrations.
    pub pending_migrations: usize,
    /// Whether notifications are received.
    pub listener: ListenerHealth,
    /// How many events the subscription with the greatest lag still has before it, whichever process runs it; deleted
    /// streams do not count.
    pub greatest_lag: u64,
}

/// Whether a store receives notifications.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ListenerHealth {
    /// Nothing has subscribed in this process yet.
    NotNeeded,
    /// The connection for notifications is up.
    Connected,
    /// The connection is being re-established; meanwhile the streams are polled over the pool every two seconds.
    Reconnecting,
}

impl Health {
    /// Returns whether events can be appended and are delivered at once.
    pub fn is_good(&self) -> bool {
        !self.is_read_only && self.pending_migrations == 0 && self.listener != ListenerHealth::Reconnecting
    }
}

impl PostgresStore {
    /// Asks the server for the store's health, for a service probe or a dashboard; runs two short statements.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](eventstore_core::Error::Unavailable) if the server does not answer, and failures of the storage.
    pub async fn health(&self) -> Result<Health> {
        let started = Instant::now();
        let mut session = self.sessions.session().await?;
        let context = self.sessions.context();
        let query = context.statements.health.query();
        let row = session
            .read(async |connection| query.fetch_one(connection).await)
            .await
            .map_err(reading)?;
        let answer_time = started.elapsed();
        let (schema, layout) = (context.config.schema(), context.tables.layout);
        let pending = session
            .read(async |connection| Ok(count_pending(connection, schema, layout).await))
            .await
            .map_err(reading)??;
        let head: i64 = row.try_get("head").map_err(reading)?;
        let lag: i64 = row.try_get("greatest_lag").map_err(reading)?;
        Ok(Health {
            answer_time,
            head: EventNumber::try_from(head).map_err(damaged)?,
            is_read_only: row.try_get("is_read_only").map_err(reading)?,
            pending_migrations: pending,
            listener: listener_health(&self.inner.hub),
            greatest_lag: lag.unsigned_abs(),
        })
    }
}

fn listener_health(hub: &Hub) -> ListenerHealth {
    match (hub.is_needed(), hub.is_connected()) {
        (false, _) => ListenerHealth::NotNeeded,
        (true, true) => ListenerHealth::Connected,
        (true, false) => ListenerHealth::Reconnecting,
    }
}
