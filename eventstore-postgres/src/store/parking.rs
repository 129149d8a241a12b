use async_trait::async_trait;
use eventstore_core::backend::{ParkOutcome, ParkedBacklog, Parking};
use eventstore_core::{EventNumber, ParkedEvent, ParkedEventStore, Result, SubscriptionId};

use crate::PostgresStore;
use crate::store::sessions::Sessions;
use crate::subscriptions;

#[async_trait]
impl ParkedEventStore for PostgresStore {
    async fn park(&self, parking: &Parking) -> Result<ParkOutcome> {
        self.refuse_if_closed_beside(parking.lease)?;
        subscriptions::park(&self.sessions, &self.inner.locks, parking).await
    }

    async fn parked_backlog(&self, id: SubscriptionId) -> Result<ParkedBacklog> {
        let call = async { self.session().await?.parked_backlog(id).await };
        self.label().observed("parked_backlog", call).await
    }

    async fn count_parked(&self, id: SubscriptionId) -> Result<u64> {
        let call = async { self.session().await?.count_parked(id).await };
        self.label().observed("count_parked", call).await
    }

    async fn list_parked(&self, id: SubscriptionId, after: EventNumber, limit: u32) -> Result<Vec<ParkedEvent>> {
        let call = async { self.session().await?.list_parked(id, after, limit).await };
        self.label().observed("list_parked", call).await
    }

    async fn unpark(&self, id: SubscriptionId, number: EventNumber) -> Result<bool> {
        let call = async { self.session_for_change().await?.unpark(id, number).await };
        self.label().observed("unpark", call).await
    }
}
