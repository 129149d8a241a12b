//! Groups whose members share the partitions of a subscription.

mod administration;
mod changing;
mod claiming;
mod closing;
mod entering;
mod fencing;
mod lasting;
mod listing;
mod single_holder;

pub use administration::*;
pub use changing::*;
pub use claiming::*;
pub use closing::*;
pub use entering::*;
pub use fencing::*;
pub use lasting::*;
pub use listing::*;
pub use single_holder::*;

use eventstore_core::backend::{CheckpointOutcome, HeldPartition, LeaseToken, Membership, ParkOutcome, Parking};
use eventstore_core::{
    EventId, GroupInfo, GroupSettings, HolderState, MemberId, PartitionCount, PartitionNumber, Result, StatusReport,
    StatusText, SubscriptionId, SubscriptionKey,
};
use uuid::Uuid;

use super::Backend;
use super::parking::rejected;
use super::sample::{number, subscription_key};
use super::wait::until_some;

/// More than any group of these cases has.
const ALL: u16 = 1_000;

/// The key of the group that a case is about.
fn group_key() -> SubscriptionKey {
    subscription_key("$all", "g")
}

fn settings(partitions: u32) -> GroupSettings {
    GroupSettings {
        partitions: PartitionCount::new(partitions).unwrap(),
        ordering: StatusText::new("stream"),
        policy: StatusText::new("park after 5 attempts"),
    }
}

fn new_member() -> MemberId {
    MemberId::new(Uuid::now_v7())
}

fn partition(number: u16) -> PartitionNumber {
    PartitionNumber::new(number).unwrap()
}

/// The key of a partition of [`group_key`].
fn partition_key(number: u16, of: u32) -> SubscriptionKey {
    let count = PartitionCount::new(of).unwrap();
    partition(number).key(&group_key(), count).unwrap()
}

async fn try_enter(store: &dyn Backend, settings: &GroupSettings) -> Result<Option<Membership>> {
    let name = StatusText::new("host, process 1");
    store
        .enter_group(&group_key(), settings, number(0), new_member(), &name)
        .await
}

/// Enters the group, which has this many partitions and no single holder.
async fn enter(store: &dyn Backend, partitions: u32) -> Membership {
    try_enter(store, &settings(partitions)).await.unwrap().unwrap()
}

/// Enters the group once its single holder is gone, whose end may take a moment.
async fn enter_soon(store: &dyn Backend, partitions: u32) -> Membership {
    until_some("the end of the single holder", async || {
        try_enter(store, &settings(partitions)).await.unwrap()
    })
    .await
}

async fn claim(store: &dyn Backend, membership: Membership, at_most: u16) -> Vec<HeldPartition> {
    store.claim_partitions(membership, at_most).await.unwrap()
}

/// Claims the first free partition, which has to be there.
async fn claim_one(store: &dyn Backend, membership: Membership) -> HeldPartition {
    let held = claim(store, membership, 1).await;
    assert_eq!(held.len(), 1, "one partition is free: {held:?}");
    held[0]
}

/// The partitions that the member holds, as the storage tells.
async fn held(store: &dyn Backend, membership: Membership) -> Vec<HeldPartition> {
    store.held_partitions(membership).await.unwrap()
}

fn numbers_of(held: &[HeldPartition]) -> Vec<u16> {
    held.iter().map(|held| held.partition.get()).collect()
}

async fn leave(store: &dyn Backend, membership: Membership) {
    store.leave_group(membership).await.unwrap();
}

/// What became of a checkpoint that is stored under this token.
async fn save_under(store: &dyn Backend, token: LeaseToken, checkpoint: u32) -> CheckpointOutcome {
    store.save_checkpoint(token, number(checkpoint)).await.unwrap()
}

async fn saved(store: &dyn Backend, token: LeaseToken, checkpoint: u32) {
    let outcome = save_under(store, token, checkpoint).await;
    assert_eq!(
        outcome,
        CheckpointOutcome::Saved,
        "checkpoint {checkpoint} under {token:?}"
    );
}

async fn assert_fenced(store: &dyn Backend, token: LeaseToken, checkpoint: u32) {
    let outcome = save_under(store, token, checkpoint).await;
    assert_eq!(
        outcome,
        CheckpointOutcome::Fenced,
        "checkpoint {checkpoint} under {token:?}"
    );
}

/// The only group of the store.
async fn only_group(store: &dyn Backend) -> GroupInfo {
    let mut groups = store.list_groups().await.unwrap();
    assert_eq!(groups.len(), 1, "{groups:?}");
    groups.remove(0)
}

/// The stored checkpoints of the only group, in the order of its partitions.
async fn checkpoints(store: &dyn Backend) -> Vec<u64> {
    let group = only_group(store).await;
    let stored = group.partitions.iter().map(|partition| partition.checkpoint.get());
    stored.collect()
}

/// The ids of the partitions of the only group, in the order of their numbers.
async fn partition_ids(store: &dyn Backend) -> Vec<SubscriptionId> {
    let group = only_group(store).await;
    group.partitions.iter().map(|partition| partition.id).collect()
}

fn report(delivered: u32) -> StatusReport {
    StatusReport {
        holder: StatusText::new("host, process 1"),
        delivered: number(delivered),
        in_flight: 0,
        subscribers: 1,
        attempts: 0,
        last_failure: None,
        state: HolderState::Delivering,
    }
}

/// Parks an event of a partition, with the checkpoint behind it.
async fn park(
    store: &dyn Backend,
    key: &SubscriptionKey,
    lease: LeaseToken,
    event_number: u32,
    event_id: EventId,
) -> ParkOutcome {
    let parking = Parking {
        lease,
        key: key.clone(),
        events: vec![rejected(event_number, event_id, None)],
        checkpoint: number(event_number),
    };
    store.park(&parking).await.unwrap()
}
