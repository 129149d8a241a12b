use std::future::pending;
use std::sync::Arc;

use async_trait::async_trait;
use eventstore_core::backend::{HeldPartition, Membership, Renewal};
use eventstore_core::{
    EventNumber, GroupInfo, GroupSettings, GroupStore, MemberId, PartitionNumber, Result, StatusText, SubscriptionKey,
};
use tokio::sync::watch;

use crate::conformance::Backend;

/// How one member reaches its group: it can be cut off from it, as by its death, and tells how often it was not let in.
#[derive(Clone)]
pub(super) struct Tapped {
    store: Arc<dyn Backend>,
    pub(super) is_cut: watch::Sender<bool>,
    pub(super) refusals: watch::Sender<u32>,
}

impl Tapped {
    pub(super) fn new(store: &Arc<dyn Backend>) -> Self {
        Self {
            store: Arc::clone(store),
            is_cut: watch::Sender::default(),
            refusals: watch::Sender::default(),
        }
    }

    /// Never returns once the member is cut off.
    pub(super) async fn pass(&self) {
        if *self.is_cut.borrow() {
            pending::<()>().await;
        }
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl GroupStore for Tapped {
    async fn enter_group(
        &self,
        key: &SubscriptionKey,
        settings: &GroupSettings,
        start_after: EventNumber,
        member: MemberId,
        name: &StatusText,
    ) -> Result<Option<Membership>> {
        self.pass().await;
        let entered = self.store.enter_group(key, settings, start_after, member, name).await;
        if matches!(entered, Ok(None)) {
            self.refusals.send_modify(|refusals| *refusals += 1);
        }
        entered
    }

    async fn renew_membership(&self, membership: Membership) -> Result<Renewal> {
        self.pass().await;
        self.store.renew_membership(membership).await
    }

    async fn claim_partitions(&self, membership: Membership, at_most: u16) -> Result<Vec<HeldPartition>> {
        self.pass().await;
        self.store.claim_partitions(membership, at_most).await
    }

    async fn held_partitions(&self, membership: Membership) -> Result<Vec<HeldPartition>> {
        self.pass().await;
        self.store.held_partitions(membership).await
    }

    async fn release_partitions(&self, membership: Membership, partitions: &[PartitionNumber]) -> Result<()> {
        self.pass().await;
        self.store.release_partitions(membership, partitions).await
    }

    async fn leave_group(&self, membership: Membership) -> Result<()> {
        self.pass().await;
        self.store.leave_group(membership).await
    }

    async fn list_groups(&self) -> Result<Vec<GroupInfo>> {
        self.store.list_groups().await
    }

    async fn change_group(&self, key: &SubscriptionKey, settings: &GroupSettings) -> Result<()> {
        self.store.change_group(key, settings).await
    }
}
