use async_trait::async_trait;
use eventstore_core::backend::{HeldPartition, Membership, Renewal};
use eventstore_core::{
    EventNumber, GroupInfo, GroupSettings, GroupStore, MemberId, PartitionNumber, Result, StatusText, SubscriptionKey,
};

use crate::SqliteStore;
use crate::subscriptions::Entry;

#[async_trait]
impl GroupStore for SqliteStore {
    async fn enter_group(
        &self,
        key: &SubscriptionKey,
        settings: &GroupSettings,
        start_after: EventNumber,
        member: MemberId,
        name: &StatusText,
    ) -> Result<Option<Membership>> {
        let call = self.inner.leases.enter_group(Entry {
            key: key.clone(),
            settings: settings.clone(),
            start_after,
            member,
            name: name.clone(),
        });
        self.database().label().observed("enter_group", call).await
    }

    async fn renew_membership(&self, membership: Membership) -> Result<Renewal> {
        let call = self.inner.leases.renew_membership(membership);
        self.database().label().observed("renew_membership", call).await
    }

    async fn claim_partitions(&self, membership: Membership, at_most: u16) -> Result<Vec<HeldPartition>> {
        let call = self.inner.leases.claim_partitions(membership, at_most);
        self.database().label().observed("claim_partitions", call).await
    }

    async fn held_partitions(&self, membership: Membership) -> Result<Vec<HeldPartition>> {
        let call = self.inner.leases.held_partitions(membership);
        self.database().label().observed("held_partitions", call).await
    }

    async fn release_partitions(&self, membership: Membership, partitions: &[PartitionNumber]) -> Result<()> {
        let call = self.inner.leases.release_partitions(membership, partitions);
        self.database().label().observed("release_partitions", call).await
    }

    async fn leave_group(&self, membership: Membership) -> Result<()> {
        let call = self.inner.leases.leave_group(membership);
        self.database().label().observed("leave_group", call).await
    }

    async fn list_groups(&self) -> Result<Vec<GroupInfo>> {
        let call = self.database().list_groups(self.inner.leases.clock());
        self.database().label().observed("list_groups", call).await
    }

    async fn change_group(&self, key: &SubscriptionKey, settings: &GroupSettings) -> Result<()> {
        let call = self.database().change_group(self.inner.leases.clock(), key, settings);
        self.database().label().observed("change_group", call).await
    }
}
