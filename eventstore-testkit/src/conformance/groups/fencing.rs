use eventstore_core::EventNumber;
use eventstore_core::backend::{
    BegunProjection, CheckpointOutcome, HeldPartition, LeaseToken, ParkOutcome, ProjectionStep, StatusOutcome,
};

use super::{
    assert_fenced, checkpoints, claim_one, enter, leave, park, partition, partition_key, report, save_under, saved,
};
use crate::conformance::sample::{ids_in, number, stream_of};
use crate::conformance::{Backend, Harness};

/// A checkpoint of a partition is stored like that of a subscription, until another member is given the partition.
pub async fn refuses_the_checkpoint_of_a_former_holder(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let membership = enter(&*store, 1).await;
    let former = claim_one(&*store, membership).await;
    saved(&*store, former.token, 3).await;
    let superseded = save_under(&*store, former.token, 2).await;
    assert_eq!(superseded, CheckpointOutcome::Superseded(number(3)));
    store.release_partitions(membership, &[partition(1)]).await.unwrap();
    let heir = claim_one(&*other, enter(&*other, 1).await).await;
    assert_eq!(heir.checkpoint, number(3));
    assert_fenced(&*store, former.token, 5).await;
    saved(&*other, heir.token, 4).await;
    assert_fenced(&*store, former.token, 5).await;
    assert_eq!(checkpoints(&*store).await, [4]);
}

/// A status of a partition is reported like that of a subscription, until another member is given the partition.
pub async fn refuses_the_status_of_a_former_holder(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let former = former_holder(&*store, async |held| {
        let reported = store.report_status(held.token, &report(3)).await.unwrap();
        assert_eq!(reported, StatusOutcome::Reported);
    })
    .await;
    let heir = claim_one(&*other, enter(&*other, 1).await).await;
    let refused = store.report_status(former, &report(5)).await.unwrap();
    assert_eq!(refused, StatusOutcome::Fenced);
    let status = other.subscription_status(heir.token.id).await.unwrap().unwrap();
    assert_eq!(status.report, report(3));
    let reported = other.report_status(heir.token, &report(4)).await.unwrap();
    assert_eq!(reported, StatusOutcome::Reported);
}

/// Events of a partition are parked like those of a subscription, until another member is given the partition.
pub async fn parks_nothing_for_a_former_holder(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let stream = stream_of(&*store, "s", 3).await;
    let (key, ids) = (partition_key(1, 1), ids_in(&*store, stream).await);
    let former = former_holder(&*store, async |held| {
        let parked = park(&*store, &key, held.token, 1, ids[0]).await;
        assert_eq!(parked, ParkOutcome::Parked);
    })
    .await;
    let heir = claim_one(&*other, enter(&*other, 1).await).await;
    assert_eq!(heir.checkpoint, number(1));
    assert_eq!(park(&*store, &key, former, 2, ids[1]).await, ParkOutcome::Fenced);
    assert_eq!(numbers_parked(&*other, heir).await, [1]);
    assert_eq!(park(&*other, &key, heir.token, 3, ids[2]).await, ParkOutcome::Parked);
    assert_eq!(numbers_parked(&*store, heir).await, [1, 3]);
    assert_eq!(checkpoints(&*store).await, [3]);
}

/// Steps of the projection of a partition begin and commit like those of a subscription, until another member is given the partition.
pub async fn begins_no_step_for_a_former_holder(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let former = former_holder(&*store, async |held| make_step(&*store, held.token, 0, 3).await).await;
    let heir = claim_one(&*other, enter(&*other, 1).await).await;
    assert_eq!(heir.checkpoint, number(3));
    let refused = store.begin_any_step(step(former, 3, 5)).await.unwrap();
    assert!(matches!(refused, BegunProjection::Fenced), "{refused:?}");
    make_step(&*other, heir.token, 3, 4).await;
    assert_eq!(checkpoints(&*store).await, [4]);
}

/// The token of a member that did this with the only partition of its group, and left.
async fn former_holder(store: &dyn Backend, act: impl AsyncFnOnce(HeldPartition)) -> LeaseToken {
    let membership = enter(store, 1).await;
    let held = claim_one(store, membership).await;
    act(held).await;
    leave(store, membership).await;
    held.token
}

async fn numbers_parked(store: &dyn Backend, held: HeldPartition) -> Vec<u64> {
    let parked = store.list_parked(held.token.id, EventNumber::ZERO, 9).await.unwrap();
    parked.iter().map(|event| event.number.get()).collect()
}

fn step(lease: LeaseToken, from: u32, to: u32) -> ProjectionStep {
    ProjectionStep {
        lease,
        from: number(from),
        to: number(to),
    }
}

async fn make_step(store: &dyn Backend, lease: LeaseToken, from: u32, to: u32) {
    let begun = store.begin_any_step(step(lease, from, to)).await.unwrap();
    let BegunProjection::Begun(transaction) = begun else {
        panic!("the step does not begin for the holder: {begun:?}");
    };
    store.commit_any_step(transaction).await.unwrap();
}
