//! What subscriptions and projections need beside their records: leases, notifications and transactions.

use std::sync::Weak;

use async_trait::async_trait;
use eventstore_core::backend::{
    AcquiredLease, BegunProjection, InProcessReceiver, LeaseToken, Listener, Notifier, ProjectionStep, ProjectionStore,
    StreamWatch, SubscriptionLocks,
};
use eventstore_core::{EventNumber, Result, StreamSelector, SubscriptionKey};

use crate::subscriptions::Projections;
use crate::{PostgresStore, PostgresTransaction};

#[async_trait]
impl SubscriptionLocks for PostgresStore {
    async fn try_acquire(&self, key: &SubscriptionKey, start_after: EventNumber) -> Result<Option<AcquiredLease>> {
        self.sessions.refuse_if_closed()?;
        self.in_time_or_not_at_all(self.inner.locks.try_acquire(key, start_after))
            .await
    }

    async fn watch_stream(&self, lease: LeaseToken) -> Result<StreamWatch> {
        self.in_time_or_not_at_all(self.inner.locks.watch_stream(lease)).await
    }
}

impl Notifier for PostgresStore {
    fn listen(&self, selector: &StreamSelector) -> Box<dyn Listener> {
        self.inner.hub.listen(selector)
    }

    fn deliver_in_process_to(&self, recipient: Weak<dyn InProcessReceiver>) {
        self.inner.hub.deliver_in_process_to(recipient);
    }

    fn storage_epoch(&self) -> u64 {
        self.inner.hub.storage_epoch()
    }
}

#[async_trait]
impl ProjectionStore for PostgresStore {
    type Transaction = PostgresTransaction;

    async fn begin_step(&self, step: ProjectionStep) -> Result<BegunProjection<PostgresTransaction>> {
        let projections = Projections {
            sessions: &self.sessions,
            locks: &self.inner.locks,
        };
        projections.begin(step).await
    }

    async fn commit_step(&self, transaction: PostgresTransaction) -> Result<()> {
        transaction.commit().await
    }
}
