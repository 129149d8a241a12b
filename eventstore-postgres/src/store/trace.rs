use std::num::NonZeroU32;

use async_trait::async_trait;
use eventstore_core::{EventId, EventTracing, Position, Result, TracedEvents};
use uuid::Uuid;

use crate::store::sessions::Sessions;
use crate::{OnConnection, PostgresStore};

#[async_trait]
impl EventTracing for PostgresStore {
    async fn caused_by(&self, cause: EventId, after: Option<Position>, limit: NonZeroU32) -> Result<TracedEvents> {
        caused_by(self, cause, after, limit).await
    }

    async fn correlated(&self, correlation: Uuid, after: Option<Position>, limit: NonZeroU32) -> Result<TracedEvents> {
        correlated(self, correlation, after, limit).await
    }
}

#[async_trait]
impl EventTracing for OnConnection<'_> {
    async fn caused_by(&self, cause: EventId, after: Option<Position>, limit: NonZeroU32) -> Result<TracedEvents> {
        caused_by(self, cause, after, limit).await
    }

    async fn correlated(&self, correlation: Uuid, after: Option<Position>, limit: NonZeroU32) -> Result<TracedEvents> {
        correlated(self, correlation, after, limit).await
    }
}

async fn caused_by(
    store: &impl Sessions,
    cause: EventId,
    after: Option<Position>,
    limit: NonZeroU32,
) -> Result<TracedEvents> {
    let call = async { store.session().await?.caused_by(cause, after, limit).await };
    store.label().observed("caused_by", call).await
}

async fn correlated(
    store: &impl Sessions,
    correlation: Uuid,
    after: Option<Position>,
    limit: NonZeroU32,
) -> Result<TracedEvents> {
    let call = async { store.session().await?.correlated(correlation, after, limit).await };
    store.label().observed("correlated", call).await
}
