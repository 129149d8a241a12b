use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use eventstore_core::backend::{AcquiredLease, HeldPartition, Lease, LeaseLoss, LeaseToken, SubscriptionLocks};
use eventstore_core::{EventNumber, Result, SubscriptionKey};
use tokio_util::sync::CancellationToken;

/// Gives the lease of a partition that the member holds. A lease that was lost or given back is not given again; one that was only dropped is,
/// because whatever was to begin under it has not begun.
pub(super) struct PartitionLocks {
    token: LeaseToken,
    checkpoint: EventNumber,
    lost: CancellationToken,
    is_free: Arc<AtomicBool>,
}

/// The lease of a partition. Its member gives the partition back, not the lease.
struct PartitionLease {
    token: LeaseToken,
    lost: CancellationToken,
    is_free: Arc<AtomicBool>,
    is_released: bool,
}

impl PartitionLocks {
    /// Gives the lease of this partition after this checkpoint; it is lost once this is cancelled.
    pub(super) fn new(held: &HeldPartition, checkpoint: EventNumber, lost: CancellationToken) -> Self {
        Self {
            token: held.token,
            checkpoint,
            lost,
            is_free: Arc::new(AtomicBool::new(true)),
        }
    }
}

#[async_trait]
impl SubscriptionLocks for PartitionLocks {
    async fn try_acquire(&self, _key: &SubscriptionKey, _start_after: EventNumber) -> Result<Option<AcquiredLease>> {
        if !self.is_free.swap(false, Ordering::Relaxed) {
            return Ok(None);
        }
        Ok(Some(AcquiredLease {
            lease: Box::new(PartitionLease {
                token: self.token,
                lost: self.lost.clone(),
                is_free: Arc::clone(&self.is_free),
                is_released: false,
            }),
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

    async fn release(mut self: Box<Self>) {
        self.is_released = true;
    }
}

impl Drop for PartitionLease {
    fn drop(&mut self) {
        if !self.is_released {
            self.is_free.store(true, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use eventstore_core::backend::LeaseEpoch;
    use eventstore_core::{PartitionNumber, SubscriptionId};

    use super::*;

    #[tokio::test]
    async fn a_lease_is_given_again_only_if_nothing_has_begun_under_it() {
        let held = HeldPartition {
            partition: PartitionNumber::new(1).unwrap(),
            token: LeaseToken {
                id: SubscriptionId::new(1),
                epoch: LeaseEpoch::new(1),
            },
            checkpoint: EventNumber::ZERO,
        };
        let locks = PartitionLocks::new(&held, 7_u32.into(), CancellationToken::new());
        let key = SubscriptionKey::new("$all", "g[1/1]").unwrap();
        let first = locks.try_acquire(&key, EventNumber::ZERO).await.unwrap().unwrap();
        assert_eq!(first.checkpoint, 7_u32.into());
        assert!(locks.try_acquire(&key, EventNumber::ZERO).await.unwrap().is_none());
        drop(first);
        let again = locks.try_acquire(&key, EventNumber::ZERO).await.unwrap().unwrap();
        again.lease.release().await;
        assert!(locks.try_acquire(&key, EventNumber::ZERO).await.unwrap().is_none());
    }
}
