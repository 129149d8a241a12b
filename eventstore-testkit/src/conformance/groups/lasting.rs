use std::time::Duration;

use eventstore_core::backend::{HeldPartition, Membership};
use tokio::time::Instant;

use super::{ALL, claim, enter, held, leave, numbers_of, partition, saved};
use crate::conformance::sample::number;
use crate::conformance::wait::until_some;
use crate::conformance::{Backend, Harness};

/// A membership that is not renewed ends after its time: its partitions are free, with the checkpoints that were stored last, and it cannot
/// be renewed. One that is renewed lasts on.
pub async fn ends_a_membership_that_is_not_renewed(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let (lasting, ending) = (enter(&*other, 3).await, enter(&*store, 3).await);
    let given = claim(&*store, ending, 2).await;
    saved(&*store, given[1].token, 5).await;
    assert_eq!(numbers_of(&claim(&*other, lasting, ALL).await), [3]);
    assert!(store.renew_membership(ending).await.unwrap().is_some());
    let renewed = Instant::now();
    let taken = until_some("the partitions of a member that renews no more", async || {
        renew_and_claim(&*other, lasting).await
    })
    .await;
    let lasted = renewed.elapsed();
    let expected = Duration::from_secs(2)..Duration::from_secs(5);
    assert!(expected.contains(&lasted), "the membership lasted for {lasted:?}");

    assert_eq!(numbers_of(&taken), [1, 2]);
    assert_eq!(taken[1].checkpoint, number(5));
    for (before, after) in given.iter().zip(&taken) {
        assert!(after.token.epoch > before.token.epoch, "{before:?}, then {after:?}");
    }
    assert_ended(&*store, ending).await;
    let view = other.renew_membership(lasting).await.unwrap().unwrap();
    assert_eq!(view.members, [(lasting.member, 3)]);
}

/// Claims what is free; `None` while nothing is.
async fn renew_and_claim(store: &dyn Backend, membership: Membership) -> Option<Vec<HeldPartition>> {
    assert!(store.renew_membership(membership).await.unwrap().is_some());
    let taken = claim(store, membership, ALL).await;
    (!taken.is_empty()).then_some(taken)
}

/// Whatever is done for a membership that has ended, it stays so, and takes nothing from others.
async fn assert_ended(store: &dyn Backend, membership: Membership) {
    assert_eq!(store.renew_membership(membership).await.unwrap(), None);
    let every = [1, 2, 3].map(partition);
    store.release_partitions(membership, &every).await.unwrap();
    leave(store, membership).await;
    assert_eq!(claim(store, membership, ALL).await, []);
    assert_eq!(held(store, membership).await, []);
}
