//! What is kept of a store that ends.

use std::sync::Mutex;

use async_trait::async_trait;
use eventstore_core::backend::{PageRequest, SubscriptionRecord, SubscriptionStore};
use eventstore_core::{
    Append, AppendReceipt, Direction, EventNumber, EventReader, EventWriter, Position, Result, Snapshot,
    SnapshotOutcome, SnapshotPolicy, SnapshotStore, StreamSelector, SubscriptionId, SubscriptionKey,
};
use eventstore_testkit::MemoryStore;
use eventstore_testkit::conformance::Stop;

use crate::mutation::Mutation;

/// A store that is nowhere but in its process.
pub(crate) struct KeepsNothing;

impl Mutation for KeepsNothing {
    fn reopen(&self, _store: &MemoryStore, _stop: Stop) -> MemoryStore {
        MemoryStore::new()
    }
}

/// What was acknowledged last is written only when something else is, or when the store is closed.
#[derive(Default)]
pub(crate) struct LosesTheLastCommitWhenItIsKilled(Mutex<MemoryStore>);

impl LosesTheLastCommitWhenItIsKilled {
    fn write(&self, store: &MemoryStore) {
        *self.0.lock().unwrap() = store.copy();
    }
}

#[async_trait]
impl Mutation for LosesTheLastCommitWhenItIsKilled {
    async fn append(&self, store: &MemoryStore, append: Append) -> Result<AppendReceipt> {
        self.write(store);
        store.append(append).await
    }

    async fn record_snapshot(
        &self,
        store: &MemoryStore,
        snapshot: Snapshot,
        policy: SnapshotPolicy,
    ) -> Result<SnapshotOutcome> {
        self.write(store);
        store.record_snapshot(snapshot, policy).await
    }

    fn reopen(&self, store: &MemoryStore, stop: Stop) -> MemoryStore {
        match stop {
            Stop::Clean => store.copy(),
            Stop::Killed => self.0.lock().unwrap().copy(),
        }
    }
}

/// The counter of positions begins behind the last event that is left when the store is opened again.
#[derive(Default)]
pub(crate) struct CountsFromWhatIsLeft(Mutex<bool>);

#[async_trait]
impl Mutation for CountsFromWhatIsLeft {
    async fn append(&self, store: &MemoryStore, append: Append) -> Result<AppendReceipt> {
        let last = PageRequest::new(StreamSelector::All, Direction::Backward, EventNumber::MAX, 1);
        let last = store.read_page(last).await?.events.first().map(EventNumber::from);
        let receipt = store.append(append).await?;
        let is_reopened = *self.0.lock().unwrap();
        Ok(AppendReceipt {
            first_position: if is_reopened {
                last.unwrap_or_default().next().into()
            } else {
                receipt.first_position
            },
            ..receipt
        })
    }

    fn reopen(&self, store: &MemoryStore, _stop: Stop) -> MemoryStore {
        *self.0.lock().unwrap() = true;
        store.copy()
    }
}

/// The counter of positions is kept nowhere.
#[derive(Default)]
pub(crate) struct CountsPositionsFromOneAgain(Mutex<bool>);

#[async_trait]
impl Mutation for CountsPositionsFromOneAgain {
    async fn append(&self, store: &MemoryStore, append: Append) -> Result<AppendReceipt> {
        let receipt = store.append(append).await?;
        let is_reopened = *self.0.lock().unwrap();
        Ok(AppendReceipt {
            first_position: if is_reopened {
                Position::FIRST
            } else {
                receipt.first_position
            },
            ..receipt
        })
    }

    fn reopen(&self, store: &MemoryStore, _stop: Stop) -> MemoryStore {
        *self.0.lock().unwrap() = true;
        store.copy()
    }
}

/// The counter of ids begins again when the store is opened.
#[derive(Default)]
pub(crate) struct GivesIdsAgain(Mutex<bool>);

#[async_trait]
impl Mutation for GivesIdsAgain {
    async fn find_or_create_subscription(
        &self,
        store: &MemoryStore,
        key: &SubscriptionKey,
        start_after: EventNumber,
    ) -> Result<SubscriptionRecord> {
        let record = store.find_or_create_subscription(key, start_after).await?;
        let is_reopened = *self.0.lock().unwrap();
        Ok(SubscriptionRecord {
            id: if is_reopened { SubscriptionId::new(1) } else { record.id },
            ..record
        })
    }

    fn reopen(&self, store: &MemoryStore, _stop: Stop) -> MemoryStore {
        *self.0.lock().unwrap() = true;
        store.copy()
    }
}
