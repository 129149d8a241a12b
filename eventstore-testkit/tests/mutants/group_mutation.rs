//! What a backend does wrong with groups.

use async_trait::async_trait;
use eventstore_core::backend::{GroupView, HeldPartition, Membership};
use eventstore_core::{
    EventNumber, GroupInfo, GroupSettings, GroupStore, MemberId, PartitionNumber, Result, StatusText, SubscriptionKey,
};
use eventstore_testkit::MemoryStore;

use crate::mutation::Mutant;

/// The part of a [`Mutation`](crate::mutation::Mutation) that is about groups; every method does the right thing until it is overridden.
#[async_trait]
pub(crate) trait GroupMutation: Send + Sync {
    async fn enter_group(&self, store: &MemoryStore, entry: Entry<'_>) -> Result<Option<Membership>> {
        entry.into(store).await
    }

    async fn renew_membership(&self, store: &MemoryStore, membership: Membership) -> Result<Option<GroupView>> {
        store.renew_membership(membership).await
    }

    async fn claim_partitions(
        &self,
        store: &MemoryStore,
        membership: Membership,
        at_most: u16,
    ) -> Result<Vec<HeldPartition>> {
        store.claim_partitions(membership, at_most).await
    }

    async fn held_partitions(&self, store: &MemoryStore, membership: Membership) -> Result<Vec<HeldPartition>> {
        store.held_partitions(membership).await
    }

    async fn release_partitions(
        &self,
        store: &MemoryStore,
        membership: Membership,
        partitions: &[PartitionNumber],
    ) -> Result<()> {
        store.release_partitions(membership, partitions).await
    }

    async fn leave_group(&self, store: &MemoryStore, membership: Membership) -> Result<()> {
        store.leave_group(membership).await
    }

    async fn list_groups(&self, store: &MemoryStore) -> Result<Vec<GroupInfo>> {
        store.list_groups().await
    }

    async fn change_group(&self, store: &MemoryStore, key: &SubscriptionKey, settings: &GroupSettings) -> Result<()> {
        store.change_group(key, settings).await
    }
}

/// Who wants to enter which group.
#[derive(Clone, Copy)]
pub(crate) struct Entry<'a> {
    pub(crate) key: &'a SubscriptionKey,
    pub(crate) settings: &'a GroupSettings,
    pub(crate) start_after: EventNumber,
    pub(crate) member: MemberId,
    pub(crate) name: &'a StatusText,
}

impl Entry<'_> {
    pub(crate) async fn into(self, store: &MemoryStore) -> Result<Option<Membership>> {
        store
            .enter_group(self.key, self.settings, self.start_after, self.member, self.name)
            .await
    }
}

/// Breaks no rule of groups.
pub(crate) struct RightGroups;

impl GroupMutation for RightGroups {}

#[async_trait]
impl GroupStore for Mutant {
    async fn enter_group(
        &self,
        key: &SubscriptionKey,
        settings: &GroupSettings,
        start_after: EventNumber,
        member: MemberId,
        name: &StatusText,
    ) -> Result<Option<Membership>> {
        let entry = Entry {
            key,
            settings,
            start_after,
            member,
            name,
        };
        self.mutation.groups().enter_group(&self.store, entry).await
    }

    async fn renew_membership(&self, membership: Membership) -> Result<Option<GroupView>> {
        self.mutation.groups().renew_membership(&self.store, membership).await
    }

    async fn claim_partitions(&self, membership: Membership, at_most: u16) -> Result<Vec<HeldPartition>> {
        self.mutation
            .groups()
            .claim_partitions(&self.store, membership, at_most)
            .await
    }

    async fn held_partitions(&self, membership: Membership) -> Result<Vec<HeldPartition>> {
        self.mutation.groups().held_partitions(&self.store, membership).await
    }

    async fn release_partitions(&self, membership: Membership, partitions: &[PartitionNumber]) -> Result<()> {
        self.mutation
            .groups()
            .release_partitions(&self.store, membership, partitions)
            .await
    }

    async fn leave_group(&self, membership: Membership) -> Result<()> {
        self.mutation.groups().leave_group(&self.store, membership).await
    }

    async fn list_groups(&self) -> Result<Vec<GroupInfo>> {
        self.mutation.groups().list_groups(&self.store).await
    }

    async fn change_group(&self, key: &SubscriptionKey, settings: &GroupSettings) -> Result<()> {
        self.mutation.groups().change_group(&self.store, key, settings).await
    }
}
