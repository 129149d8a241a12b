use async_trait::async_trait;
use eventstore_core::backend::{ParkOutcome, ParkedBacklog, Parking};
use eventstore_core::{EventNumber, ParkedEvent, ParkedEventStore, Result, SubscriptionId};

use crate::SqliteStore;
use crate::observe::observed;

#[async_trait]
impl ParkedEventStore for SqliteStore {
    async fn park(&self, parking: &Parking) -> Result<ParkOutcome> {
        self.inner.leases.refuse_if_closed_beside(parking.lease)?;
        let outcome = observed(self.database().label(), "park", self.database().park(parking)).await?;
        if outcome == ParkOutcome::Parked {
            self.inner.hub.changed();
        }
        Ok(outcome)
    }

    async fn parked_backlog(&self, id: SubscriptionId) -> Result<ParkedBacklog> {
        observed(
            self.database().label(),
            "parked_backlog",
            self.database().parked_backlog(id),
        )
        .await
    }

    async fn count_parked(&self, id: SubscriptionId) -> Result<u64> {
        observed(
            self.database().label(),
            "count_parked",
            self.database().count_parked(id),
        )
        .await
    }

    async fn list_parked(&self, id: SubscriptionId, after: EventNumber, limit: u32) -> Result<Vec<ParkedEvent>> {
        let call = self.database().list_parked(id, after, limit);
        observed(self.database().label(), "list_parked", call).await
    }

    async fn unpark(&self, id: SubscriptionId, number: EventNumber) -> Result<bool> {
        observed(self.database().label(), "unpark", self.database().unpark(id, number)).await
    }
}
