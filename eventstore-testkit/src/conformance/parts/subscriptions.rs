use std::sync::Weak;

use async_trait::async_trait;
use eventstore_core::backend::{
    AcquiredLease, BegunProjection, CheckpointOutcome, GroupView, HeldPartition, Hint, InProcessReceiver, LeaseToken,
    Listener, Membership, Notifier, ParkOutcome, ParkedBacklog, Parking, ProjectionStep, ProjectionStore,
    StatusOutcome, StreamWatch, SubscriptionLocks, SubscriptionRecord, SubscriptionStore,
};
use eventstore_core::{
    EventNumber, GroupInfo, GroupSettings, GroupStore, HolderPolicy, MemberId, ParkedEvent, ParkedEventStore,
    PartitionNumber, ReportedStatus, Result, StatusReport, StatusText, StreamSelector, SubscriptionAdmin,
    SubscriptionId, SubscriptionInfo, SubscriptionKey, SubscriptionStatusStore,
};

use super::{Parts, player};
use crate::conformance::{AnyTransaction, Role};

#[async_trait]
impl SubscriptionStore for Parts {
    async fn find_or_create_subscription(
        &self,
        key: &SubscriptionKey,
        start_after: EventNumber,
    ) -> Result<SubscriptionRecord> {
        player(self.subscriptions.as_ref(), Role::Subscriptions)?
            .find_or_create_subscription(key, start_after)
            .await
    }

    async fn save_checkpoint(&self, lease: LeaseToken, checkpoint: EventNumber) -> Result<CheckpointOutcome> {
        player(self.subscriptions.as_ref(), Role::Subscriptions)?
            .save_checkpoint(lease, checkpoint)
            .await
    }
}

#[async_trait]
impl SubscriptionLocks for Parts {
    async fn try_acquire(&self, key: &SubscriptionKey, start_after: EventNumber) -> Result<Option<AcquiredLease>> {
        player(self.subscriptions.as_ref(), Role::Subscriptions)?
            .try_acquire(key, start_after)
            .await
    }

    async fn watch_stream(&self, lease: LeaseToken) -> Result<StreamWatch> {
        player(self.subscriptions.as_ref(), Role::Subscriptions)?
            .watch_stream(lease)
            .await
    }
}

#[async_trait]
impl SubscriptionStatusStore for Parts {
    async fn report_status(&self, lease: LeaseToken, report: &StatusReport) -> Result<StatusOutcome> {
        player(self.subscriptions.as_ref(), Role::Subscriptions)?
            .report_status(lease, report)
            .await
    }

    async fn subscription_statuses(&self) -> Result<Vec<ReportedStatus>> {
        player(self.subscriptions.as_ref(), Role::Subscriptions)?
            .subscription_statuses()
            .await
    }
}

#[async_trait]
impl SubscriptionAdmin for Parts {
    async fn list_subscriptions(&self) -> Result<Vec<SubscriptionInfo>> {
        player(self.administration.as_ref(), Role::Administration)?
            .list_subscriptions()
            .await
    }

    async fn subscription_info(&self, key: &SubscriptionKey) -> Result<SubscriptionInfo> {
        player(self.administration.as_ref(), Role::Administration)?
            .subscription_info(key)
            .await
    }

    async fn delete_subscription(&self, key: &SubscriptionKey, policy: HolderPolicy) -> Result<()> {
        player(self.administration.as_ref(), Role::Administration)?
            .delete_subscription(key, policy)
            .await
    }

    async fn set_checkpoint(&self, key: &SubscriptionKey, checkpoint: EventNumber, policy: HolderPolicy) -> Result<()> {
        player(self.administration.as_ref(), Role::Administration)?
            .set_checkpoint(key, checkpoint, policy)
            .await
    }
}

#[async_trait]
impl GroupStore for Parts {
    async fn enter_group(
        &self,
        key: &SubscriptionKey,
        settings: &GroupSettings,
        start_after: EventNumber,
        member: MemberId,
        name: &StatusText,
    ) -> Result<Option<Membership>> {
        player(self.groups.as_ref(), Role::Groups)?
            .enter_group(key, settings, start_after, member, name)
            .await
    }

    async fn renew_membership(&self, membership: Membership) -> Result<Option<GroupView>> {
        player(self.groups.as_ref(), Role::Groups)?
            .renew_membership(membership)
            .await
    }

    async fn claim_partitions(&self, membership: Membership, at_most: u16) -> Result<Vec<HeldPartition>> {
        player(self.groups.as_ref(), Role::Groups)?
            .claim_partitions(membership, at_most)
            .await
    }

    async fn held_partitions(&self, membership: Membership) -> Result<Vec<HeldPartition>> {
        player(self.groups.as_ref(), Role::Groups)?
            .held_partitions(membership)
            .await
    }

    async fn release_partitions(&self, membership: Membership, partitions: &[PartitionNumber]) -> Result<()> {
        player(self.groups.as_ref(), Role::Groups)?
            .release_partitions(membership, partitions)
            .await
    }

    async fn leave_group(&self, membership: Membership) -> Result<()> {
        player(self.groups.as_ref(), Role::Groups)?
            .leave_group(membership)
            .await
    }

    async fn list_groups(&self) -> Result<Vec<GroupInfo>> {
        player(self.groups.as_ref(), Role::Groups)?.list_groups().await
    }

    async fn change_group(&self, key: &SubscriptionKey, settings: &GroupSettings) -> Result<()> {
        player(self.groups.as_ref(), Role::Groups)?
            .change_group(key, settings)
            .await
    }
}

#[async_trait]
impl ParkedEventStore for Parts {
    async fn park(&self, parking: &Parking) -> Result<ParkOutcome> {
        player(self.parking.as_ref(), Role::Parking)?.park(parking).await
    }

    async fn parked_backlog(&self, id: SubscriptionId) -> Result<ParkedBacklog> {
        player(self.parking.as_ref(), Role::Parking)?.parked_backlog(id).await
    }

    async fn count_parked(&self, id: SubscriptionId) -> Result<u64> {
        player(self.parking.as_ref(), Role::Parking)?.count_parked(id).await
    }

    async fn list_parked(&self, id: SubscriptionId, after: EventNumber, limit: u32) -> Result<Vec<ParkedEvent>> {
        player(self.parking.as_ref(), Role::Parking)?
            .list_parked(id, after, limit)
            .await
    }

    async fn unpark(&self, id: SubscriptionId, number: EventNumber) -> Result<bool> {
        player(self.parking.as_ref(), Role::Parking)?.unpark(id, number).await
    }
}

#[async_trait]
impl ProjectionStore for Parts {
    type Transaction = AnyTransaction;

    async fn begin_step(&self, step: ProjectionStep) -> Result<BegunProjection<AnyTransaction>> {
        player(self.projections.as_ref(), Role::Projections)?
            .begin_any_step(step)
            .await
    }

    async fn commit_step(&self, transaction: AnyTransaction) -> Result<()> {
        player(self.projections.as_ref(), Role::Projections)?
            .commit_any_step(transaction)
            .await
    }
}

impl Notifier for Parts {
    fn listen(&self, selector: &StreamSelector) -> Box<dyn Listener> {
        match &self.subscriptions {
            Some(store) => store.listen(selector),
            None => Box::new(Deaf),
        }
    }

    fn deliver_in_process_to(&self, recipient: Weak<dyn InProcessReceiver>) {
        if let Some(store) = &self.subscriptions {
            store.deliver_in_process_to(recipient);
        }
    }

    fn storage_epoch(&self) -> u64 {
        self.subscriptions.as_ref().map_or(0, Notifier::storage_epoch)
    }
}

/// Listens to a backend that notifies no one: as if its notifier had been shut down.
struct Deaf;

#[async_trait]
impl Listener for Deaf {
    async fn hint(&mut self) -> Option<Hint> {
        None
    }
}
