use std::collections::BTreeMap;
use std::slice;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use eventstore_core::backend::{HeldPartition, Membership, Renewal};
use eventstore_core::{
    EventNumber, GroupInfo, GroupSettings, GroupStore, MemberId, PartitionCount, PartitionKey, PartitionNumber, Result,
    StatusText, SubscriptionKey,
};
use eventstore_subscriptions::Delivery;

use super::Recorder;
use super::watched::partition_name;

/// How one member reaches its group; records the partitions that it is given, and the events that it handles.
///
/// Each time that a partition is given to it, it is another subscriber of the [`History`](super::History).
pub struct RecordedGroup {
    store: Arc<dyn GroupStore>,
    recorder: Recorder,
    member: String,
    group: SubscriptionKey,
    count: PartitionCount,
    tenures: Mutex<Tenures>,
}

#[derive(Default)]
struct Tenures {
    begun: u64,
    subscribers: BTreeMap<PartitionNumber, String>,
}

impl RecordedGroup {
    /// Creates the way of a member with a name of its own to a group of so many partitions.
    pub fn new(
        store: impl GroupStore + 'static,
        recorder: Recorder,
        member: impl Into<String>,
        group: SubscriptionKey,
        count: PartitionCount,
    ) -> Self {
        Self {
            store: Arc::new(store),
            recorder,
            member: member.into(),
            group,
            count,
            tenures: Mutex::default(),
        }
    }

    /// Handles an event with this ordering key by this work: records it before, and that it is about to be acknowledged after.
    pub async fn handle(&self, event: &Delivery, key: &PartitionKey, work: impl Future<Output = ()>) {
        let subscriber = self.subscriber(self.count.partition_of(key));
        self.recorder.delivered(&subscriber, slice::from_ref(event));
        work.await;
        self.recorder.acknowledging(&subscriber, event.number);
    }

    fn subscriber(&self, partition: PartitionNumber) -> String {
        let tenures = self.tenures();
        let subscriber = tenures.subscribers.get(&partition);
        // What is handled without having been given belongs to no subscriber, so that nothing of it counts.
        subscriber.cloned().unwrap_or_default()
    }

    fn given(&self, partition: PartitionNumber) {
        let mut tenures = self.tenures();
        tenures.begun += 1;
        let subscriber = format!("{}/{partition}#{}", self.member, tenures.begun);
        let subscription = partition_name(&self.group, partition, self.count);
        self.recorder.given(&subscriber, &subscription);
        tenures.subscribers.insert(partition, subscriber);
    }

    fn tenures(&self) -> MutexGuard<'_, Tenures> {
        self.tenures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl GroupStore for RecordedGroup {
    async fn enter_group(
        &self,
        key: &SubscriptionKey,
        settings: &GroupSettings,
        start_after: EventNumber,
        member: MemberId,
        name: &StatusText,
    ) -> Result<Option<Membership>> {
        self.store.enter_group(key, settings, start_after, member, name).await
    }

    async fn renew_membership(&self, membership: Membership) -> Result<Renewal> {
        self.store.renew_membership(membership).await
    }

    async fn claim_partitions(&self, membership: Membership, at_most: u16) -> Result<Vec<HeldPartition>> {
        let given = self.store.claim_partitions(membership, at_most).await?;
        for held in &given {
            self.given(held.partition);
        }
        Ok(given)
    }

    async fn held_partitions(&self, membership: Membership) -> Result<Vec<HeldPartition>> {
        self.store.held_partitions(membership).await
    }

    async fn release_partitions(&self, membership: Membership, partitions: &[PartitionNumber]) -> Result<()> {
        self.store.release_partitions(membership, partitions).await
    }

    async fn leave_group(&self, membership: Membership) -> Result<()> {
        self.store.leave_group(membership).await
    }

    async fn list_groups(&self) -> Result<Vec<GroupInfo>> {
        self.store.list_groups().await
    }

    async fn change_group(&self, key: &SubscriptionKey, settings: &GroupSettings) -> Result<()> {
        self.store.change_group(key, settings).await
    }
}
