use async_trait::async_trait;
use eventstore_core::backend::{ParkOutcome, ParkedBacklog, Parking};
use eventstore_core::{EventNumber, ParkedEvent, ParkedEventStore, Result, SubscriptionId};

use crate::SqliteStore;

#[async_trait]
impl ParkedEventStore for SqliteStore {
    async fn park(&self, parking: &Parking) -> Result<ParkOutcome> {
        self.inner.leases.refuse_if_closed_beside(parking.lease)?;
        let outcome = self
            .database()
            .label()
            .observed("park", self.database().park(parking))
            .await?;
        if outcome == ParkOutcome::Parked {
            self.inner.hub.changed();
        }
        Ok(outcome)
    }

    async fn parked_backlog(&self, id: SubscriptionId) -> Result<ParkedBacklog> {
        self.database()
            .label()
            .observed("parked_backlog", self.database().parked_backlog(id))
            .await
    }

    async fn count_parked(&self, id: SubscriptionId) -> Result<u64> {
        self.database()
            .label()
            .observed("count_parked", self.database().count_parked(id))
            .await
    }

    async fn list_parked(&self, id: SubscriptionId, after: EventNumber, limit: u32) -> Result<Vec<ParkedEvent>> {
        let call = self.database().list_parked(id, after, limit);
        self.database().label().observed("list_parked", call).await
    }

    async fn unpark(&self, id: SubscriptionId, number: EventNumber) -> Result<bool> {
        self.database()
            .label()
            .observed("unpark", self.database().unpark(id, number))
            .await
    }
}
