//! Parking, effects, checkpoints and closing that break a rule.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use eventstore_core::backend::{
    AcquiredLease, CheckpointOutcome, LeaseToken, ParkOutcome, Parking, SubscriptionLocks, SubscriptionStore,
};
use eventstore_core::{
    Append, AppendReceipt, Closable, Delete, Deletion, Error, EventNumber, EventWriter, HolderPolicy, ParkedEvent,
    ParkedEventStore, Result, StreamDeleter, StreamName, StreamSelector, StreamVersion, SubscriptionAdmin,
    SubscriptionId, SubscriptionKey,
};
use eventstore_testkit::{MemoryStore, MemoryTransaction};

use crate::mutation::Mutation;

/// The checkpoint is stored in a transaction of its own, after the events.
pub(crate) struct ParksBeforeItStoresTheCheckpoint;

#[async_trait]
impl Mutation for ParksBeforeItStoresTheCheckpoint {
    async fn park(&self, store: &MemoryStore, parking: &Parking) -> Result<ParkOutcome> {
        let stored = store.subscription_info(&parking.key).await?.record.checkpoint;
        let checkpoint = stored.min(parking.checkpoint);
        let events_alone = Parking {
            checkpoint,
            ..parking.clone()
        };
        let outcome = store.park(&events_alone).await?;
        tokio::task::yield_now().await;
        store.save_checkpoint(parking.lease, parking.checkpoint).await?;
        Ok(outcome)
    }
}

/// The checkpoint is stored in a transaction of its own, before the events.
pub(crate) struct StoresTheCheckpointBeforeItParks;

#[async_trait]
impl Mutation for StoresTheCheckpointBeforeItParks {
    async fn park(&self, store: &MemoryStore, parking: &Parking) -> Result<ParkOutcome> {
        store.save_checkpoint(parking.lease, parking.checkpoint).await?;
        tokio::task::yield_now().await;
        store.park(parking).await
    }
}

pub(crate) struct TellsDrainedPartitionsInAnyOrder;

#[async_trait]
impl Mutation for TellsDrainedPartitionsInAnyOrder {
    async fn park(&self, store: &MemoryStore, parking: &Parking) -> Result<ParkOutcome> {
        Ok(match store.park(parking).await? {
            ParkOutcome::Drained(mut partitions) => {
                partitions.reverse();
                ParkOutcome::Drained(partitions)
            }
            outcome => outcome,
        })
    }
}

pub(crate) struct BeginsAgainAfterAParkedEventThatIsGone;

#[async_trait]
impl Mutation for BeginsAgainAfterAParkedEventThatIsGone {
    async fn list_parked(
        &self,
        store: &MemoryStore,
        id: SubscriptionId,
        after: EventNumber,
        limit: u32,
    ) -> Result<Vec<ParkedEvent>> {
        let before = store.list_parked(id, after.previous(), 1).await?;
        let is_there = before.iter().any(|event| event.number == after);
        let after = if is_there { after } else { EventNumber::ZERO };
        store.list_parked(id, after, limit).await
    }
}

/// The effects of a projection are made beside its transaction.
#[derive(Default)]
pub(crate) struct MakesEffectsAtOnce(Mutex<Vec<u32>>);

impl Mutation for MakesEffectsAtOnce {
    fn make_effect(&self, _transaction: &mut MemoryTransaction, effect: u32) {
        self.0.lock().unwrap().push(effect);
    }

    fn effects(&self, _store: &MemoryStore) -> Vec<u32> {
        self.0.lock().unwrap().clone()
    }
}

async fn start_over(store: &MemoryStore, stream: &StreamName) -> Result<()> {
    let selector = StreamSelector::from(stream.clone());
    for info in store.list_subscriptions().await? {
        if info.key.selector == selector {
            let policy = HolderPolicy::Override;
            store.set_checkpoint(&info.key, EventNumber::ZERO, policy).await?;
        }
    }
    Ok(())
}

/// Whatever creates a stream moves the checkpoints of its name, also of what never ran.
pub(crate) struct StartsOverWithEveryStream;

#[async_trait]
impl Mutation for StartsOverWithEveryStream {
    async fn append(&self, store: &MemoryStore, append: Append) -> Result<AppendReceipt> {
        let receipt = store.append(append).await?;
        if receipt.first_version == StreamVersion::FIRST {
            start_over(store, &receipt.stream).await?;
        }
        Ok(receipt)
    }
}

pub(crate) struct StartsOverAfterASoftDelete;

#[async_trait]
impl Mutation for StartsOverAfterASoftDelete {
    async fn delete(&self, store: &MemoryStore, delete: Delete) -> Result<()> {
        if delete.deletion() == Deletion::Soft {
            start_over(store, delete.stream()).await?;
        }
        store.delete(delete).await
    }
}

/// The next holder is told the checkpoint in the stream that was there before.
pub(crate) struct GoesOnInAStreamThatTookThePlace;

#[async_trait]
impl Mutation for GoesOnInAStreamThatTookThePlace {
    async fn try_acquire(
        &self,
        store: &MemoryStore,
        key: &SubscriptionKey,
        start_after: EventNumber,
    ) -> Result<Option<AcquiredLease>> {
        let checkpoint = store.find_or_create_subscription(key, start_after).await?.checkpoint;
        let acquired = store.try_acquire(key, start_after).await?;
        Ok(acquired.map(|acquired| AcquiredLease { checkpoint, ..acquired }))
    }
}

#[derive(Default)]
pub(crate) struct StoresNoCheckpointOnceItIsClosed(AtomicBool);

#[async_trait]
impl Mutation for StoresNoCheckpointOnceItIsClosed {
    async fn close_store(&self, store: &MemoryStore) {
        self.0.store(true, Ordering::SeqCst);
        store.close().await;
    }

    async fn save_checkpoint(
        &self,
        store: &MemoryStore,
        lease: LeaseToken,
        checkpoint: EventNumber,
    ) -> Result<CheckpointOutcome> {
        if self.0.load(Ordering::SeqCst) {
            return Err(Error::StoreClosed);
        }
        store.save_checkpoint(lease, checkpoint).await
    }
}

pub(crate) struct StoresCheckpointsForEver;

#[async_trait]
impl Mutation for StoresCheckpointsForEver {
    async fn save_checkpoint(
        &self,
        store: &MemoryStore,
        lease: LeaseToken,
        checkpoint: EventNumber,
    ) -> Result<CheckpointOutcome> {
        match store.save_checkpoint(lease, checkpoint).await {
            Err(Error::StoreClosed) => store.another_node().save_checkpoint(lease, checkpoint).await,
            answer => answer,
        }
    }
}
