//! Groups that break a rule.

use std::collections::HashMap;
use std::sync::Mutex;

use async_trait::async_trait;
use eventstore_core::backend::{
    BegunProjection, CheckpointOutcome, GroupView, HeldPartition, LeaseEpoch, LeaseToken, Membership, ParkOutcome,
    Parking, ProjectionStep, ProjectionStore, StatusOutcome, SubscriptionStore,
};
use eventstore_core::{
    Error, EventNumber, GroupSettings, GroupStore, HolderPolicy, ParkedEventStore, PartitionNumber, Result,
    StatusReport, SubscriptionAdmin, SubscriptionId, SubscriptionInfo, SubscriptionKey, SubscriptionStatusStore,
};
use eventstore_testkit::{MemoryStore, MemoryTransaction};

use crate::group_mutation::{Entry, GroupMutation};
use crate::mutation::Mutation;

/// The epochs of a partition: the first one, which every holder is told, and the latest one.
#[derive(Default)]
pub(crate) struct KeepsTheEpochOfAPartition(Mutex<HashMap<SubscriptionId, (LeaseEpoch, LeaseEpoch)>>);

impl KeepsTheEpochOfAPartition {
    fn told(&self, held: HeldPartition) -> HeldPartition {
        let latest = held.token.epoch;
        let mut epochs = self.0.lock().unwrap();
        let known = epochs.entry(held.token.id).or_insert((latest, latest));
        known.1 = latest;
        let token = LeaseToken {
            epoch: known.0,
            ..held.token
        };
        HeldPartition { token, ..held }
    }

    fn latest(&self, lease: LeaseToken) -> LeaseToken {
        let epochs = self.0.lock().unwrap();
        let epoch = epochs.get(&lease.id).map_or(lease.epoch, |(_, latest)| *latest);
        LeaseToken { epoch, ..lease }
    }
}

#[async_trait]
impl Mutation for KeepsTheEpochOfAPartition {
    fn groups(&self) -> &dyn GroupMutation {
        self
    }

    async fn save_checkpoint(
        &self,
        store: &MemoryStore,
        lease: LeaseToken,
        checkpoint: EventNumber,
    ) -> Result<CheckpointOutcome> {
        store.save_checkpoint(self.latest(lease), checkpoint).await
    }

    async fn report_status(
        &self,
        store: &MemoryStore,
        lease: LeaseToken,
        report: &StatusReport,
    ) -> Result<StatusOutcome> {
        store.report_status(self.latest(lease), report).await
    }

    async fn park(&self, store: &MemoryStore, parking: &Parking) -> Result<ParkOutcome> {
        let lease = self.latest(parking.lease);
        let parking = Parking {
            lease,
            ..parking.clone()
        };
        store.park(&parking).await
    }

    async fn begin_step(
        &self,
        store: &MemoryStore,
        step: ProjectionStep,
    ) -> Result<BegunProjection<MemoryTransaction>> {
        let lease = self.latest(step.lease);
        store.begin_step(ProjectionStep { lease, ..step }).await
    }
}

#[async_trait]
impl GroupMutation for KeepsTheEpochOfAPartition {
    async fn claim_partitions(
        &self,
        store: &MemoryStore,
        membership: Membership,
        at_most: u16,
    ) -> Result<Vec<HeldPartition>> {
        let given = store.claim_partitions(membership, at_most).await?;
        Ok(given.into_iter().map(|held| self.told(held)).collect())
    }
}

/// Remembers who has entered.
#[derive(Default)]
struct Entered(Mutex<Vec<Membership>>);

impl Entered {
    async fn enter(&self, store: &MemoryStore, entry: Entry<'_>) -> Result<Option<Membership>> {
        let entered = entry.into(store).await?;
        self.0.lock().unwrap().extend(entered);
        Ok(entered)
    }

    fn all(&self) -> Vec<Membership> {
        self.0.lock().unwrap().clone()
    }
}

#[derive(Default)]
pub(crate) struct GivesAPartitionToTwo(Entered);

impl Mutation for GivesAPartitionToTwo {
    fn groups(&self) -> &dyn GroupMutation {
        self
    }
}

#[async_trait]
impl GroupMutation for GivesAPartitionToTwo {
    async fn enter_group(&self, store: &MemoryStore, entry: Entry<'_>) -> Result<Option<Membership>> {
        self.0.enter(store, entry).await
    }

    /// If nothing is free, what others hold is given.
    async fn claim_partitions(
        &self,
        store: &MemoryStore,
        membership: Membership,
        at_most: u16,
    ) -> Result<Vec<HeldPartition>> {
        let mut given = store.claim_partitions(membership, at_most).await?;
        if given.is_empty() && store.renew_membership(membership).await?.is_some() {
            for other in self.0.all().into_iter().filter(|other| *other != membership) {
                given.extend(store.held_partitions(other).await?);
            }
            given.truncate(at_most.into());
        }
        Ok(given)
    }
}

#[derive(Default)]
pub(crate) struct NeverEndsAMembership(Entered);

impl Mutation for NeverEndsAMembership {
    fn groups(&self) -> &dyn GroupMutation {
        self
    }
}

#[async_trait]
impl GroupMutation for NeverEndsAMembership {
    async fn enter_group(&self, store: &MemoryStore, entry: Entry<'_>) -> Result<Option<Membership>> {
        self.0.enter(store, entry).await
    }

    /// What one member renews is renewed for all.
    async fn renew_membership(&self, store: &MemoryStore, membership: Membership) -> Result<Option<GroupView>> {
        for other in self.0.all() {
            store.renew_membership(other).await?;
        }
        store.renew_membership(membership).await
    }
}

#[derive(Default)]
pub(crate) struct LetsAMemberReleaseForOthers(Entered);

impl Mutation for LetsAMemberReleaseForOthers {
    fn groups(&self) -> &dyn GroupMutation {
        self
    }
}

#[async_trait]
impl GroupMutation for LetsAMemberReleaseForOthers {
    async fn enter_group(&self, store: &MemoryStore, entry: Entry<'_>) -> Result<Option<Membership>> {
        self.0.enter(store, entry).await
    }

    async fn release_partitions(
        &self,
        store: &MemoryStore,
        _membership: Membership,
        partitions: &[PartitionNumber],
    ) -> Result<()> {
        for member in self.0.all() {
            store.release_partitions(member, partitions).await?;
        }
        Ok(())
    }
}

/// What each member was told last.
#[derive(Default)]
pub(crate) struct RenewsWhatHasEnded(Mutex<HashMap<Membership, GroupView>>);

impl Mutation for RenewsWhatHasEnded {
    fn groups(&self) -> &dyn GroupMutation {
        self
    }
}

#[async_trait]
impl GroupMutation for RenewsWhatHasEnded {
    async fn enter_group(&self, store: &MemoryStore, entry: Entry<'_>) -> Result<Option<Membership>> {
        let entered = entry.into(store).await?;
        if let Some(membership) = entered {
            let view = store.renew_membership(membership).await?;
            self.0.lock().unwrap().extend(view.map(|view| (membership, view)));
        }
        Ok(entered)
    }

    async fn renew_membership(&self, store: &MemoryStore, membership: Membership) -> Result<Option<GroupView>> {
        let view = store.renew_membership(membership).await?;
        Ok(view.or_else(|| self.0.lock().unwrap().get(&membership).cloned()))
    }
}

pub(crate) struct AcceptsOtherSettings;

impl Mutation for AcceptsOtherSettings {
    fn groups(&self) -> &dyn GroupMutation {
        self
    }
}

#[async_trait]
impl GroupMutation for AcceptsOtherSettings {
    async fn enter_group(&self, store: &MemoryStore, entry: Entry<'_>) -> Result<Option<Membership>> {
        let groups = store.list_groups().await?;
        let stored = groups.into_iter().find(|group| group.key == *entry.key);
        let settings = stored.map_or_else(|| entry.settings.clone(), |group| group.settings);
        let accepted = Entry {
            settings: &settings,
            ..entry
        };
        accepted.into(store).await
    }
}

pub(crate) struct BeginsAGroupAnew;

impl Mutation for BeginsAGroupAnew {
    fn groups(&self) -> &dyn GroupMutation {
        self
    }
}

#[async_trait]
impl GroupMutation for BeginsAGroupAnew {
    async fn enter_group(&self, store: &MemoryStore, entry: Entry<'_>) -> Result<Option<Membership>> {
        if store.list_groups().await?.is_empty() {
            store.delete_subscription(entry.key, HolderPolicy::Override).await?;
        }
        entry.into(store).await
    }
}

pub(crate) struct LetsMembersInBesideASingleHolder;

impl Mutation for LetsMembersInBesideASingleHolder {
    fn groups(&self) -> &dyn GroupMutation {
        self
    }
}

#[async_trait]
impl GroupMutation for LetsMembersInBesideASingleHolder {
    async fn enter_group(&self, store: &MemoryStore, entry: Entry<'_>) -> Result<Option<Membership>> {
        let record = store.find_or_create_subscription(entry.key, entry.start_after).await?;
        let beside = Membership {
            group: record.id,
            member: entry.member,
        };
        Ok(entry.into(store).await?.or(Some(beside)))
    }
}

pub(crate) struct GivesOnePartitionMore;

impl Mutation for GivesOnePartitionMore {
    fn groups(&self) -> &dyn GroupMutation {
        self
    }
}

#[async_trait]
impl GroupMutation for GivesOnePartitionMore {
    async fn claim_partitions(
        &self,
        store: &MemoryStore,
        membership: Membership,
        at_most: u16,
    ) -> Result<Vec<HeldPartition>> {
        store.claim_partitions(membership, at_most.saturating_add(1)).await
    }
}

pub(crate) struct BeginsNewPartitionsWhereTheFirstWas;

impl Mutation for BeginsNewPartitionsWhereTheFirstWas {
    fn groups(&self) -> &dyn GroupMutation {
        self
    }
}

#[async_trait]
impl GroupMutation for BeginsNewPartitionsWhereTheFirstWas {
    /// The new partitions begin where the first one of the old ones is.
    async fn change_group(&self, store: &MemoryStore, key: &SubscriptionKey, settings: &GroupSettings) -> Result<()> {
        let groups = store.list_groups().await?;
        let first = groups.iter().find_map(|group| group.partitions.first());
        let checkpoint = first.map(|partition| partition.checkpoint);
        store.change_group(key, settings).await?;
        match checkpoint {
            Some(checkpoint) => store.set_checkpoint(key, checkpoint, HolderPolicy::Override).await,
            None => Ok(()),
        }
    }
}

pub(crate) struct ShowsAGroupAtTheHighestCheckpoint;

#[async_trait]
impl Mutation for ShowsAGroupAtTheHighestCheckpoint {
    async fn subscription_info(&self, store: &MemoryStore, key: &SubscriptionKey) -> Result<SubscriptionInfo> {
        let mut info = store.subscription_info(key).await?;
        let groups = store.list_groups().await?;
        let group = groups.into_iter().find(|group| group.key == *key);
        let partitions = group.into_iter().flat_map(|group| group.partitions);
        if let Some(highest) = partitions.map(|partition| partition.checkpoint).max() {
            info.record.checkpoint = highest;
        }
        Ok(info)
    }
}

pub(crate) struct SetsNoPartition;

#[async_trait]
impl Mutation for SetsNoPartition {
    async fn set_checkpoint(
        &self,
        store: &MemoryStore,
        key: &SubscriptionKey,
        checkpoint: EventNumber,
        policy: HolderPolicy,
    ) -> Result<()> {
        let groups = store.list_groups().await?;
        if groups.iter().any(|group| group.key == *key) {
            return Ok(());
        }
        store.set_checkpoint(key, checkpoint, policy).await
    }
}

pub(crate) struct SaysItDeletedAPartition;

#[async_trait]
impl Mutation for SaysItDeletedAPartition {
    async fn delete_subscription(
        &self,
        store: &MemoryStore,
        key: &SubscriptionKey,
        policy: HolderPolicy,
    ) -> Result<()> {
        match store.delete_subscription(key, policy).await {
            Err(Error::InvalidInput { .. }) => Ok(()),
            outcome => outcome,
        }
    }
}
