//! The stored half of subscriptions.

use eventstore_core::{
    CheckpointOutcome, EventNumber, StreamSelector, SubscriptionKey, SubscriptionName, SubscriptionRecord,
};
use tokio::task::JoinSet;

use super::sample::{hold, number, save, stream, unknown_lease};
use super::{Backend, Harness};

/// A new subscription stands at the checkpoint that it was created with.
pub async fn creates_a_subscription_with_its_checkpoint(harness: &dyn Harness) {
    let store = harness.store();
    assert_eq!(find(&*store, &key("s", "a"), 0).await.checkpoint, number(0));
    assert_eq!(find(&*store, &key("s", "b"), 7).await.checkpoint, number(7));
    let far = store
        .find_or_create_subscription(&key("s", "c"), EventNumber::MAX)
        .await;
    assert_eq!(far.unwrap().checkpoint, EventNumber::MAX);
}

/// Creating a subscription that exists changes nothing, on whichever node.
///
/// Behaviours: R8.10.
pub async fn finds_an_existing_subscription_unchanged(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let created = find(&*store, &key("s", "a"), 3).await;
    assert_eq!(find(&*store, &key("s", "a"), 9).await, created);
    assert_eq!(find(&*other, &key("s", "a"), 0).await, created);
}

/// Of several who create a subscription at once, all get the same one.
///
/// Behaviours: R8.13.
pub async fn creates_one_subscription_for_concurrent_callers(harness: &dyn Harness) {
    let nodes = [harness.store(), harness.another_node().await];
    let mut callers = JoinSet::new();
    for index in 0..8 {
        let store = nodes[index % 2].clone();
        callers.spawn(async move { find(&*store, &key("s", "a"), 3).await });
    }
    let records = callers.join_all().await;
    assert!(records.iter().all(|record| *record == records[0]), "{records:?}");
}

/// A subscription is identified by its stream and its name together.
///
/// Behaviours: R8.1.
pub async fn keeps_subscriptions_of_different_streams_and_names_apart(harness: &dyn Harness) {
    let store = harness.store();
    let keys = [
        key("s", "a"),
        key("s", "b"),
        key("t", "a"),
        key(StreamSelector::ALL, "a"),
        key("s", ""),
        key("", "s"),
        key("s", "A, %_ 🇪🇺"),
    ];
    let mut ids = Vec::new();
    for (key, checkpoint) in keys.iter().zip(10..) {
        let record = find(&*store, key, checkpoint).await;
        assert_eq!(record.checkpoint, number(checkpoint));
        assert!(!ids.contains(&record.id), "{key:?}");
        ids.push(record.id);
    }
    save(&*store, &keys[0], 99).await;
    for (key, checkpoint) in keys.iter().zip(10..).skip(1) {
        assert_eq!(find(&*store, key, 0).await.checkpoint, number(checkpoint));
    }
}

/// A later checkpoint is stored, and every node sees it.
pub async fn stores_a_later_checkpoint(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let lease = hold(&*store, &key("s", "a")).await;
    for checkpoint in [1, 5, 1_000_000] {
        let outcome = store.save_checkpoint(lease.token(), number(checkpoint)).await;
        assert_eq!(outcome.unwrap(), CheckpointOutcome::Saved);
        assert_eq!(find(&*other, &key("s", "a"), 0).await.checkpoint, number(checkpoint));
    }
}

/// A stored checkpoint never moves backwards, and who tries is told where it stands.
///
/// Behaviours: R8.38, T13.
pub async fn never_moves_a_checkpoint_backwards(harness: &dyn Harness) {
    let store = harness.store();
    let lease = hold(&*store, &key("s", "a")).await;
    store.save_checkpoint(lease.token(), number(5)).await.unwrap();
    let outcome = store.save_checkpoint(lease.token(), number(4)).await;
    assert_eq!(outcome.unwrap(), CheckpointOutcome::Superseded(number(5)));
    assert_eq!(find(&*store, &key("s", "a"), 0).await.checkpoint, number(5));
}

/// A checkpoint that is stored already may be stored again.
pub async fn accepts_the_same_checkpoint_again(harness: &dyn Harness) {
    let store = harness.store();
    let lease = hold(&*store, &key("s", "a")).await;
    for _ in 0..2 {
        let outcome = store.save_checkpoint(lease.token(), number(5)).await;
        assert_eq!(outcome.unwrap(), CheckpointOutcome::Saved);
    }
    assert_eq!(find(&*store, &key("s", "a"), 0).await.checkpoint, number(5));
}

/// Of checkpoints that are stored at once, the highest stays.
///
/// Behaviours: R8.38, T13.
pub async fn keeps_the_highest_of_concurrent_checkpoints(harness: &dyn Harness) {
    let store = harness.store();
    let lease = hold(&*store, &key("s", "a")).await;
    let token = lease.token();
    let mut writers = JoinSet::new();
    for checkpoint in 1..=20 {
        let store = store.clone();
        writers.spawn(async move { store.save_checkpoint(token, number(checkpoint)).await.unwrap() });
    }
    writers.join_all().await;
    assert_eq!(find(&*store, &key("s", "a"), 0).await.checkpoint, number(20));
}

/// The checkpoint of a subscription that does not exist is not stored.
///
/// Behaviours: R8.38, T15.
pub async fn tells_that_a_subscription_is_gone(harness: &dyn Harness) {
    let store = harness.store();
    find(&*store, &key("s", "a"), 0).await;
    let outcome = store.save_checkpoint(unknown_lease(), number(1)).await.unwrap();
    assert_eq!(outcome, CheckpointOutcome::SubscriptionGone);
}

async fn find(store: &dyn Backend, key: &SubscriptionKey, start_after: u32) -> SubscriptionRecord {
    store
        .find_or_create_subscription(key, number(start_after))
        .await
        .unwrap()
}

fn key(selector: &str, name: &str) -> SubscriptionKey {
    let selector = match selector {
        StreamSelector::ALL => StreamSelector::All,
        selector => stream(selector).into(),
    };
    SubscriptionKey {
        selector,
        name: SubscriptionName::new(name).unwrap(),
    }
}
