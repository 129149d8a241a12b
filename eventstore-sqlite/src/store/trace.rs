use std::num::NonZeroU32;

use async_trait::async_trait;
use eventstore_core::{EventId, EventTracing, Position, Result, TracedEvents};
use uuid::Uuid;

use crate::SqliteStore;

#[async_trait]
impl EventTracing for SqliteStore {
    async fn caused_by(&self, cause: EventId, after: Option<Position>, limit: NonZeroU32) -> Result<TracedEvents> {
        let database = self.database();
        let call = database.caused_by(cause, after, limit);
        database.label().observed("caused_by", call).await
    }

    async fn correlated(&self, correlation: Uuid, after: Option<Position>, limit: NonZeroU32) -> Result<TracedEvents> {
        let database = self.database();
        let call = database.correlated(correlation, after, limit);
        database.label().observed("correlated", call).await
    }
}
