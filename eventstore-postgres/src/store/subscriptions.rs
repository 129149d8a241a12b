use async_trait::async_trait;
use eventstore_backend::CheckpointToSave;
use eventstore_core::backend::{CheckpointOutcome, LeaseToken, SubscriptionRecord, SubscriptionStore};
use eventstore_core::{EventNumber, Result, SubscriptionKey};

use crate::store::sessions::Sessions;
use crate::subscriptions::save_at_once;
use crate::{OnConnection, PostgresStore};

#[async_trait]
impl SubscriptionStore for PostgresStore {
    async fn find_or_create_subscription(
        &self,
        key: &SubscriptionKey,
        start_after: EventNumber,
    ) -> Result<SubscriptionRecord> {
        find_or_create(self, key, start_after).await
    }

    async fn save_checkpoint(&self, lease: LeaseToken, checkpoint: EventNumber) -> Result<CheckpointOutcome> {
        self.label()
            .observed("save_checkpoint", self.save(lease, checkpoint))
            .await
    }
}

#[async_trait]
impl SubscriptionStore for OnConnection<'_> {
    async fn find_or_create_subscription(
        &self,
        key: &SubscriptionKey,
        start_after: EventNumber,
    ) -> Result<SubscriptionRecord> {
        find_or_create(self, key, start_after).await
    }

    async fn save_checkpoint(&self, lease: LeaseToken, checkpoint: EventNumber) -> Result<CheckpointOutcome> {
        self.label()
            .observed("save_checkpoint", self.save(lease, checkpoint))
            .await
    }
}

async fn find_or_create(
    store: &impl Sessions,
    key: &SubscriptionKey,
    start_after: EventNumber,
) -> Result<SubscriptionRecord> {
    let call = async {
        let mut session = store.session_for_change().await?;
        session.find_or_create_subscription(key, start_after).await
    };
    store.label().observed("find_or_create_subscription", call).await
}

impl PostgresStore {
    /// Together with others, unless this handle limits how long the call may wait.
    async fn save(&self, lease: LeaseToken, checkpoint: EventNumber) -> Result<CheckpointOutcome> {
        let (sessions, locks, group) = (&self.sessions, &self.inner.locks, &self.inner.checkpoints);
        self.refuse_if_closed_beside(lease)?;
        if sessions.limit().is_none() {
            let to_save = CheckpointToSave { lease, checkpoint };
            let save = |group| save_at_once(sessions, locks, group);
            if group.save(to_save, save).await? {
                return Ok(CheckpointOutcome::Saved);
            }
        }
        self.refuse_if_closed_beside(lease)?;
        let mut session = sessions.session_while_closing().await?;
        session.save_checkpoint(locks, lease, checkpoint).await
    }
}

impl OnConnection<'_> {
    async fn save(&self, lease: LeaseToken, checkpoint: EventNumber) -> Result<CheckpointOutcome> {
        self.store.refuse_if_closed_beside(lease)?;
        let mut session = self.session_while_closing().await;
        session
            .save_checkpoint(&self.store.inner.locks, lease, checkpoint)
            .await
    }
}
