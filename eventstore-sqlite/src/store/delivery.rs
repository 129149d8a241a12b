//! What subscriptions and projections need beside their records: leases and transactions.

use async_trait::async_trait;
use eventstore_core::backend::{
    AcquiredLease, BegunProjection, LeaseToken, ProjectionStep, ProjectionStore, StreamWatch, SubscriptionLocks,
};
use eventstore_core::{EventNumber, Result, SubscriptionKey};

use crate::{SqliteStore, SqliteTransaction};

#[async_trait]
impl SubscriptionLocks for SqliteStore {
    async fn try_acquire(&self, key: &SubscriptionKey, start_after: EventNumber) -> Result<Option<AcquiredLease>> {
        self.inner.leases.try_acquire(key, start_after).await
    }

    async fn watch_stream(&self, lease: LeaseToken) -> Result<StreamWatch> {
        self.inner.leases.watch_stream(lease).await
    }
}

#[async_trait]
impl ProjectionStore for SqliteStore {
    type Transaction = SqliteTransaction;

    async fn begin_step(&self, step: ProjectionStep) -> Result<BegunProjection<SqliteTransaction>> {
        self.database().begin_projection_step(step).await
    }

    async fn commit_step(&self, transaction: SqliteTransaction) -> Result<()> {
        self.inner.leases.commit_step(transaction).await
    }
}
