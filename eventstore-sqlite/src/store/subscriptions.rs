use async_trait::async_trait;
use eventstore_core::backend::{CheckpointOutcome, LeaseToken, SubscriptionRecord, SubscriptionStore};
use eventstore_core::{EventNumber, Result, SubscriptionKey};

use crate::SqliteStore;

#[async_trait]
impl SubscriptionStore for SqliteStore {
    async fn find_or_create_subscription(
        &self,
        key: &SubscriptionKey,
        start_after: EventNumber,
    ) -> Result<SubscriptionRecord> {
        let call = self.database().find_or_create_subscription(key, start_after);
        self.database()
            .label()
            .observed("find_or_create_subscription", call)
            .await
    }

    async fn save_checkpoint(&self, lease: LeaseToken, checkpoint: EventNumber) -> Result<CheckpointOutcome> {
        let call = self.inner.leases.save_checkpoint(lease, checkpoint);
        self.database().label().observed("save_checkpoint", call).await
    }
}
