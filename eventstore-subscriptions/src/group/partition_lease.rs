use std::sync::Mutex;

use async_trait::async_trait;
use eventstore_core::backend::{AcquiredLease, HeldPartition, Lease, LeaseLoss, LeaseToken, SubscriptionLocks};
use eventstore_core::{EventNumber, Result, SubscriptionKey};
use tokio_util::sync::CancellationToken;

/// Gives the lease of a partition that the member holds, once. Whoever loses it does not get it again here.
pub(super) struct PartitionLocks {
    given: Mutex<Option<PartitionLease>>,
    checkpoint: EventNumber,
}

/// The lease of a partition. Its member gives the partition back, not the lease.
struct PartitionLease {
    token: LeaseToken,
    lost: CancellationToken,
}

impl PartitionLocks {
    /// Gives the lease of this partition, which is lost once this is cancelled.
    pub(super) fn new(held: &HeldPartition, lost: CancellationToken) -> Self {
        let lease = PartitionLease {
            token: held.token,
            lost,
        };
        Self {
            given: Mutex::new(Some(lease)),
            checkpoint: held.checkpoint,
        }
    }
}

#[async_trait]
impl SubscriptionLocks for PartitionLocks {
    async fn try_acquire(&self, _key: &SubscriptionKey, _start_after: EventNumber) -> Result<Option<AcquiredLease>> {
        let lease = self
            .given
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .take();
        Ok(lease.map(|lease| AcquiredLease {
            lease: Box::new(lease),
            checkpoint: self.checkpoint,
        }))
    }
}

#[async_trait]
impl Lease for PartitionLease {
    fn token(&self) -> LeaseToken {
        self.token
    }

    async fn lost(&self) -> LeaseLoss {
        self.lost.cancelled().await;
        LeaseLoss::InDoubt
    }

    /// `$all` is never replaced.
    fn watches_stream(&self) -> bool {
        true
    }

    async fn release(self: Box<Self>) {}
}
