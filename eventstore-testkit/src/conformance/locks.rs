//! Leases: one holder at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use eventstore_core::backend::{CheckpointOutcome, Lease, LeaseLoss, StreamWatch};
use eventstore_core::{Delete, Deletion, HolderPolicy, SubscriptionKey};
use futures_util::future::join_all;
use tokio::task::JoinSet;

use super::parking::{park, rejected};
use super::reopening::reopened;
use super::sample::{checkpoint, hold, ids_in, link_any, number, save, stream_of, subscription_key};
use super::wait::{soon, until_some};
use super::{Backend, Harness, Stop};

/// While a lease is held, the same node is given no second one.
///
/// Behaviours: R8.60.
pub async fn refuses_a_second_holder_on_the_same_node(harness: &dyn Harness) {
    let store = harness.store();
    let key = key("a");
    let _held = acquire(&*store, &key).await.unwrap();
    assert!(acquire(&*store, &key).await.is_none());
}

/// While a lease is held, no other node is given one.
///
/// Behaviours: R8.60.
pub async fn refuses_a_second_holder_on_another_node(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let key = key("a");
    let _held = acquire(&*store, &key).await.unwrap();
    assert!(acquire(&*other, &key).await.is_none());
}

/// The refusal of a second holder takes nothing from the first one.
pub async fn keeps_the_holder_after_a_refusal(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let key = key("a");
    let _held = acquire(&*store, &key).await.unwrap();
    for _ in 0..3 {
        assert!(acquire(&*store, &key).await.is_none());
        assert!(acquire(&*other, &key).await.is_none());
    }
}

/// If several callers ask at once, one is given the lease.
///
/// Behaviours: R8.60.
pub async fn gives_a_lease_to_one_of_several(harness: &dyn Harness) {
    let nodes = [harness.store(), harness.another_node().await];
    let key = key("a");
    let mut callers = JoinSet::new();
    for index in 0..8 {
        let (store, key) = (nodes[index % 2].clone(), key.clone());
        callers.spawn(async move { acquire(&*store, &key).await });
    }
    let leases: Vec<_> = callers.join_all().await.into_iter().flatten().collect();
    assert_eq!(leases.len(), 1);
}

/// Many leases that several nodes ask for at once are each given to one of them, whether or not the subscription exists.
///
/// Behaviours: R8.60.
pub async fn gives_each_of_many_leases_to_one(harness: &dyn Harness) {
    let nodes = [harness.store(), harness.another_node().await];
    for round in 0..3 {
        let mut callers = JoinSet::new();
        for index in 0..160 {
            // The second round meets subscriptions that exist and such that do not.
            let (store, key) = (nodes[index % 2].clone(), key(&format!("{}", index / 4 + round * 20)));
            callers.spawn(async move { (key.clone(), acquire(&*store, &key).await) });
        }
        let mut given = BTreeMap::new();
        for (key, lease) in callers.join_all().await {
            if let Some(lease) = lease {
                let earlier = given.insert(key.name.as_str().to_owned(), lease);
                assert!(earlier.is_none(), "{key:?} was given twice");
            }
        }
        assert_eq!(given.len(), 40, "in round {round}");
        let ids: BTreeSet<_> = given.values().map(|lease| lease.token().id).collect();
        assert_eq!(ids.len(), 40, "in round {round}");
        join_all(given.into_values().map(Lease::release)).await;
    }
}

/// Leases of different subscriptions are independent.
///
/// Behaviours: R8.60.
pub async fn leases_different_subscriptions_independently(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let (a, b) = (key("a"), key("b"));
    let held = acquire(&*store, &a).await.unwrap();
    let _other = acquire(&*other, &b).await.unwrap();
    held.release().await;
    assert!(acquire(&*store, &b).await.is_none());
}

/// A released lease can be taken at once, by any node.
///
/// Behaviours: R8.62.
pub async fn gives_a_released_lease_to_the_next(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let key = key("a");
    for _ in 0..3 {
        acquire(&*store, &key).await.unwrap().release().await;
        acquire(&*other, &key).await.unwrap().release().await;
    }
}

/// A dropped lease can be taken soon, by any node.
///
/// Behaviours: R8.62.
pub async fn gives_a_dropped_lease_to_the_next(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let key = key("a");
    drop(acquire(&*store, &key).await.unwrap());
    let held = until_some("the dropped lease", async || acquire(&*other, &key).await).await;
    drop(held);
    until_some("the dropped lease", async || acquire(&*store, &key).await).await;
}

/// The end of one lease leaves other leases alone.
pub async fn keeps_other_leases_when_one_ends(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let (a, b) = (key("a"), key("b"));
    let first = acquire(&*store, &a).await.unwrap();
    let _second = acquire(&*store, &b).await.unwrap();
    first.release().await;
    let _taken = acquire(&*other, &a).await.unwrap();
    assert!(acquire(&*other, &b).await.is_none());
}

/// A holder that loses the connection that its lease depends on is told, and another process can take the lease.
///
/// Behaviours: R8.65, R15.6.
pub async fn tells_the_holder_that_a_lease_is_lost(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let key = key("a");
    let held = acquire(&*store, &key).await.unwrap();
    harness.cut_leases().await;
    soon("the loss of the lease", held.lost()).await;
    until_some("the lost lease", async || try_again(&*other, &key).await).await;
}

/// All leases that depended on a connection are lost with it.
///
/// Behaviours: R8.65.
pub async fn tells_every_holder_that_its_lease_is_lost(harness: &dyn Harness) {
    let store = harness.store();
    let mut leases = Vec::new();
    for name in ["a", "b", "c"] {
        leases.push(acquire(&*store, &key(name)).await.unwrap());
    }
    harness.cut_leases().await;
    for lease in leases {
        soon("the loss of the lease", lease.lost()).await;
    }
}

/// After a loss the same node can take the lease again; the end of the lost one takes nothing from the new one.
pub async fn gives_a_lost_lease_anew(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let key = key("a");
    let lost = acquire(&*store, &key).await.unwrap();
    harness.cut_leases().await;
    soon("the loss of the lease", lost.lost()).await;

    let _held = until_some("the lost lease", async || try_again(&*store, &key).await).await;
    lost.release().await;
    assert!(
        acquire(&*other, &key).await.is_none(),
        "the end of a lost lease ended another one"
    );
}

/// Whoever holds a subscription that is deleted is told so, also if it has nothing to store.
///
/// Behaviours: R8.52, T15, T49.
pub async fn tells_the_holder_that_its_subscription_is_deleted(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let (deleted, kept) = (key("deleted"), key("kept"));
    let told = acquire(&*store, &deleted).await.unwrap();
    let _kept = acquire(&*store, &kept).await.unwrap();
    other
        .delete_subscription(&deleted, HolderPolicy::Override)
        .await
        .unwrap();
    assert_eq!(
        soon("the loss of the lease", told.lost()).await,
        LeaseLoss::SubscriptionDeleted
    );
    told.release().await;
    assert!(acquire(&*other, &kept).await.is_none());
}

/// When a stream is deleted for good and re-created, a checkpoint that was about the earlier one goes back to the beginning.
///
/// Behaviours: R4.15, R8.71, T10.
pub async fn starts_a_checkpoint_over_when_its_stream_is_created_anew(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let key = subscription_key("s", "a");
    let (found, stored) = (stream_of(&*store, "s", 3).await, number(3));
    save(&*store, &key, 3).await;
    store.delete(Delete::new(found, Deletion::Hard)).await.unwrap();
    acquire(&*store, &key).await.unwrap().release().await;
    assert_eq!(checkpoint(&*store, &key).await, stored, "there is no other stream yet");
    stream_of(&*store, "s", 2).await;
    for _ in 0..2 {
        acquire(&*other, &key).await.unwrap().release().await;
        assert_eq!(checkpoint(&*store, &key).await, number(0));
    }
    save(&*store, &key, 2).await;
    acquire(&*store, &key).await.unwrap().release().await;
    assert_eq!(checkpoint(&*store, &key).await, number(2));
}

/// The holder of a subscription to a stream that is re-created is told so.
///
/// Behaviours: R8.71, T10.
pub async fn tells_the_holder_that_its_stream_is_created_anew(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let key = subscription_key("s", "a");
    let first = stream_of(&*store, "s", 1).await;
    let lease = acquire(&*store, &key).await.unwrap();
    other.delete(Delete::new(first, Deletion::Hard)).await.unwrap();
    stream_of(&*other, "s", 1).await;
    assert_eq!(
        soon("the loss of the lease", lease.lost()).await,
        LeaseLoss::StreamReplaced
    );
    lease.release().await;
    until_some("the lost lease", async || acquire(&*other, &key).await).await;
}

/// A lease that was given before its stream existed watches it from when it says so, and no stream in its place.
///
/// Behaviours: R8.71, T10.
pub async fn watches_a_stream_that_is_created_under_the_lease(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let key = subscription_key("s", "a");
    let lease = acquire(&*store, &key).await.unwrap();
    if !lease.watches_stream() {
        let early = store.watch_stream(lease.token()).await.unwrap();
        assert_ne!(early, StreamWatch::Watching, "there is no stream");
    }
    let first = stream_of(&*other, "s", 3).await;
    if !lease.watches_stream() && store.watch_stream(lease.token()).await.unwrap() == StreamWatch::Unknown {
        // It is given back and taken again.
        return;
    }
    assert!(lease.watches_stream());
    store.save_checkpoint(lease.token(), number(2)).await.unwrap();
    other.delete(Delete::new(first, Deletion::Hard)).await.unwrap();
    stream_of(&*other, "s", 3).await;
    let loss = soon("the loss of the lease", lease.lost()).await;
    assert_eq!(loss, LeaseLoss::StreamReplaced);
    lease.release().await;
    let next = until_some("the lost lease", async || {
        store.try_acquire(&key, number(0)).await.unwrap()
    })
    .await;
    assert_eq!(next.checkpoint, number(0));
}

/// A lease that was given when the stream of its checkpoint was gone does not watch another one.
///
/// Behaviours: R8.71, T10.
pub async fn watches_no_other_stream_than_that_of_its_checkpoint(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let key = subscription_key("s", "a");
    let first = stream_of(&*store, "s", 3).await;
    let lease = hold(&*store, &key).await;
    store.save_checkpoint(lease.token(), number(2)).await.unwrap();
    lease.release().await;
    other.delete(Delete::new(first, Deletion::Hard)).await.unwrap();
    let lease = hold(&*store, &key).await;
    stream_of(&*other, "s", 3).await;
    if !lease.watches_stream() {
        let watch = store.watch_stream(lease.token()).await.unwrap();
        assert_ne!(
            watch,
            StreamWatch::Watching,
            "the checkpoint is about an earlier stream"
        );
    }
    if lease.watches_stream() {
        let loss = soon("the loss of the lease", lease.lost()).await;
        assert_eq!(loss, LeaseLoss::StreamReplaced);
    }
    lease.release().await;
    let next = until_some("the lost lease", async || {
        store.try_acquire(&key, number(0)).await.unwrap()
    })
    .await;
    assert_eq!(next.checkpoint, number(0));
}

/// A stream that a link creates again takes the place of the one before, as one that an append creates does.
///
/// Behaviours: R8.71, T10.
pub async fn tells_the_holder_that_a_link_created_its_stream_again(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let source = stream_of(&*store, "source", 1).await;
    let ids = ids_in(&*store, source).await;
    let first = stream_of(&*store, "s", 1).await;
    let lease = acquire(&*store, &subscription_key("s", "a")).await.unwrap();
    other.delete(Delete::new(first.clone(), Deletion::Hard)).await.unwrap();
    link_any(&*other, &first, ids).await;
    assert_eq!(
        soon("the loss of the lease", lease.lost()).await,
        LeaseLoss::StreamReplaced
    );
}

/// So does a stream of dead letters that parking creates again.
///
/// Behaviours: R8.71, T10.
pub async fn tells_the_holder_that_parking_created_its_stream_again(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let source = stream_of(&*store, "s", 2).await;
    let ids = ids_in(&*store, source).await;
    let parked = subscription_key("s", "a");
    let dead_letters = parked.dead_letters().unwrap();
    park(&*store, &parked, vec![rejected(1, ids[0], None)], 1).await;
    let lease = acquire(&*store, &subscription_key(dead_letters.as_str(), "watch"))
        .await
        .unwrap();
    other.delete(Delete::new(dead_letters, Deletion::Hard)).await.unwrap();
    park(&*other, &parked, vec![rejected(2, ids[1], None)], 2).await;
    assert_eq!(
        soon("the loss of the lease", lease.lost()).await,
        LeaseLoss::StreamReplaced
    );
}

/// The leases of a process end with it, and those that are given when the storage is opened again have higher epochs.
pub async fn gives_the_leases_of_a_process_that_has_ended(harness: &dyn Harness) {
    let mut store = harness.store();
    let key = subscription_key("$all", "a");
    for stop in Stop::ALL {
        let held = hold(&*store, &key).await;
        let token = held.token();
        if stop == Stop::Clean {
            held.release().await;
        } else {
            // A process that is killed gives nothing back.
            mem::forget(held);
        }
        store = reopened(harness, store, stop).await;
        let next = hold(&*store, &key).await;
        assert!(
            next.token().epoch > token.epoch,
            "after the end {stop:?}: {token:?}, then {:?}",
            next.token()
        );
        let late = store.save_checkpoint(token, number(9)).await.unwrap();
        assert_eq!(late, CheckpointOutcome::Fenced, "after the end {stop:?}");
        next.release().await;
    }
}

fn key(name: &str) -> SubscriptionKey {
    subscription_key("$all", name)
}

async fn acquire(store: &dyn Backend, key: &SubscriptionKey) -> Option<Box<dyn Lease>> {
    let acquired = store.try_acquire(key, number(0)).await.unwrap();
    acquired.map(|acquired| acquired.lease)
}

/// Like [`acquire`], while the storage may be unreachable for a moment.
async fn try_again(store: &dyn Backend, key: &SubscriptionKey) -> Option<Box<dyn Lease>> {
    match store.try_acquire(key, number(0)).await {
        Err(error) if !error.is_retryable() => panic!("the lease could not be asked for: {error}"),
        outcome => outcome.ok().flatten().map(|acquired| acquired.lease),
    }
}
