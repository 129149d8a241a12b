//! Stored subscriptions, administered from outside.

use eventstore_core::backend::CheckpointOutcome;
use eventstore_core::{Delete, Deletion, Error, EventNumber, HolderPolicy, SubscriptionInfo, SubscriptionKey};

use super::parking::{park, rejected};
use super::reopening::reopened;
use super::sample::{hold, ids_in, number, save, stream_of, subscription, subscription_key};
use super::wait::soon;
use super::{Backend, Harness, Stop, expect_error};

/// Subscriptions are listed by stream, then by name, with their checkpoints.
pub async fn lists_subscriptions_in_order(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    assert_eq!(store.list_subscriptions().await.unwrap(), []);
    let keys = [("$all", "b"), ("s", "a"), ("s", "b"), ("Ä", "a"), ("$all", "B")].map(|(s, n)| subscription_key(s, n));
    for (key, checkpoint) in keys.iter().zip(3..) {
        let created = store.find_or_create_subscription(key, number(checkpoint)).await;
        created.unwrap();
    }
    let listed = other.list_subscriptions().await.unwrap();
    let found: Vec<_> = listed.iter().map(|info| (&info.key, info.record.checkpoint)).collect();
    let expected: Vec<_> = [4, 0, 1, 2, 3]
        .map(|index| (&keys[index], number(3 + u32::try_from(index).unwrap())))
        .into();
    assert_eq!(found, expected);
    assert!(listed.iter().all(|info| !info.is_held));
    for info in listed {
        assert_eq!(store.subscription_info(&info.key).await.unwrap(), info);
    }
}

/// A checkpoint that was about an earlier stream of the name is not told as one of the stream that took its place.
///
/// Behaviours: R4.15, R8.71, T10.
pub async fn lists_no_checkpoint_of_a_stream_that_was_created_anew(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let (key, of_all) = (subscription_key("s", "a"), subscription_key("$all", "a"));
    run_to(&*store, &key, 2).await;
    run_to(&*store, &of_all, 2).await;
    let first = stream_of(&*store, "s", 2).await;
    run_to(&*store, &key, 2).await;
    store.delete(Delete::new(first, Deletion::Hard)).await.unwrap();
    assert_eq!(listed(&*other).await, [(of_all.clone(), 2), (key.clone(), 2)]);
    stream_of(&*store, "s", 3).await;
    assert_eq!(listed(&*other).await, [(of_all.clone(), 2), (key.clone(), 0)]);
    assert_eq!(info(&*other, &key).await.record.checkpoint, number(0));
    save(&*store, &key, 1).await;
    assert_eq!(listed(&*other).await, [(of_all, 2), (key, 1)]);
}

/// Every node sees which subscriptions are held, whichever node holds them.
pub async fn tells_who_holds_a_subscription(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let (held, free) = (subscription_key("$all", "held"), subscription_key("$all", "free"));
    let lease = hold(&*store, &held).await;
    subscription(&*store, &free).await;
    for node in [&store, &other] {
        assert!(info(&**node, &held).await.is_held);
        assert!(!info(&**node, &free).await.is_held);
    }
    lease.release().await;
    assert!(!info(&*other, &held).await.is_held);
}

/// A subscription that does not exist is not found.
pub async fn does_not_find_a_missing_subscription(harness: &dyn Harness) {
    let store = harness.store();
    subscription(&*store, &subscription_key("s", "a")).await;
    for key in [subscription_key("s", "b"), subscription_key("$all", "a")] {
        let found = store.subscription_info(&key).await;
        expect_error!(found, Error::SubscriptionNotFound { key: missing } if missing == key);
    }
}

/// A deleted subscription is gone with its checkpoint; re-created, it begins at its start under another id.
///
/// Behaviours: R8.51.
pub async fn deletes_a_subscription(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let (key, kept) = (subscription_key("s", "a"), subscription_key("s", "b"));
    let id = subscription(&*store, &key).await;
    subscription(&*store, &kept).await;
    let lease = hold(&*store, &key).await;
    let token = lease.token();
    store.save_checkpoint(token, number(5)).await.unwrap();
    lease.release().await;
    other.delete_subscription(&key, HolderPolicy::Respect).await.unwrap();
    expect_error!(store.subscription_info(&key).await, Error::SubscriptionNotFound { .. });
    assert_eq!(info(&*store, &kept).await.key, kept);
    let outcome = store.save_checkpoint(token, number(6)).await.unwrap();
    assert_eq!(outcome, CheckpointOutcome::SubscriptionGone);
    let anew = store.find_or_create_subscription(&key, number(2)).await.unwrap();
    assert_eq!(anew.checkpoint, number(2));
    assert_ne!(anew.id, id);
}

/// The deletion of a subscription that does not exist changes nothing.
///
/// Behaviours: R8.51.
pub async fn deletes_no_missing_subscription(harness: &dyn Harness) {
    let store = harness.store();
    let kept = subscription_key("s", "a");
    subscription(&*store, &kept).await;
    for policy in [HolderPolicy::Respect, HolderPolicy::Override] {
        let missing = subscription_key("$all", "a");
        store.delete_subscription(&missing, policy).await.unwrap();
    }
    assert_eq!(info(&*store, &kept).await.key, kept);
}

/// A held subscription is not deleted, whichever node holds it.
///
/// Behaviours: R8.52, T15.
pub async fn does_not_delete_a_held_subscription(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let key = subscription_key("s", "a");
    let lease = hold(&*store, &key).await;
    for node in [&store, &other] {
        let outcome = node.delete_subscription(&key, HolderPolicy::Respect).await;
        expect_error!(outcome, Error::SubscriptionHeld { key: held } if held == key);
    }
    assert!(info(&*store, &key).await.is_held);
    lease.release().await;
    other.delete_subscription(&key, HolderPolicy::Respect).await.unwrap();
}

/// A held subscription is deleted if the caller says so, and its holder is told.
///
/// Behaviours: R8.52, T15, T49.
pub async fn deletes_a_held_subscription_if_told_to(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let key = subscription_key("s", "a");
    let lease = hold(&*store, &key).await;
    other.delete_subscription(&key, HolderPolicy::Override).await.unwrap();
    expect_error!(store.subscription_info(&key).await, Error::SubscriptionNotFound { .. });
    let outcome = store.save_checkpoint(lease.token(), number(1)).await.unwrap();
    assert_eq!(outcome, CheckpointOutcome::SubscriptionGone);
}

/// A deleted subscription takes its parked events with it, but those of others stay.
pub async fn deletes_parked_events_with_their_subscription(harness: &dyn Harness) {
    let store = harness.store();
    let stream = stream_of(&*store, "s", 1).await;
    let id = ids_in(&*store, stream).await[0];
    let (key, kept) = (subscription_key("s", "a"), subscription_key("s", "b"));
    for key in [&key, &kept] {
        park(&*store, key, vec![rejected(1, id, None)], 1).await;
    }
    let (deleted, kept) = (subscription(&*store, &key).await, subscription(&*store, &kept).await);
    store.delete_subscription(&key, HolderPolicy::Respect).await.unwrap();
    let list = async |id| store.list_parked(id, EventNumber::ZERO, 10).await.unwrap().len();
    assert_eq!((list(deleted).await, list(kept).await), (0, 1));
}

/// A checkpoint can be set anywhere, and stays there.
pub async fn sets_a_checkpoint_backwards_and_forwards(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let key = subscription_key("s", "a");
    let id = subscription(&*store, &key).await;
    stream_of(&*store, "s", 9).await;
    for checkpoint in [7, 3, 0, 9] {
        let set = other.set_checkpoint(&key, number(checkpoint), HolderPolicy::Respect);
        set.await.unwrap();
        let record = info(&*store, &key).await.record;
        assert_eq!((record.id, record.checkpoint), (id, number(checkpoint)));
    }
}

/// A checkpoint beyond the end of the stream makes the subscription skip what is appended next: it is set only if the caller says
/// so, and shown as such.
pub async fn sets_a_checkpoint_beyond_the_end_only_if_told_to(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    stream_of(&*store, "s", 3).await;
    for (name, end) in [("s", 3), ("$all", 3), ("missing", 0)] {
        let key = subscription_key(name, "a");
        subscription(&*store, &key).await;
        for beyond in [end + 1, 999_999] {
            let refused = other.set_checkpoint(&key, number(beyond), HolderPolicy::Respect).await;
            expect_error!(
                refused,
                Error::BeyondHead { checkpoint, head, .. }
                    if (checkpoint, head) == (number(beyond), number(end))
            );
        }
        let at_the_end = other.set_checkpoint(&key, number(end), HolderPolicy::Respect);
        at_the_end.await.unwrap();
        assert!(!info(&*store, &key).await.is_beyond_head());
        let told_to = other.set_checkpoint(&key, number(7), HolderPolicy::Override);
        told_to.await.unwrap();
        let found = info(&*store, &key).await;
        assert_eq!(found.record.checkpoint, number(7));
        let head = (name != "missing").then_some(number(end));
        assert_eq!((found.head, found.is_beyond_head()), (head, head.is_some()));
    }
}

/// Where the streams of subscriptions end is told with them.
pub async fn tells_how_far_a_subscription_is_behind(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    stream_of(&*store, "s", 3).await;
    stream_of(&*store, "t", 2).await;
    for (name, checkpoint) in [("s", 1), ("$all", 5), ("missing", 0)] {
        let key = subscription_key(name, "a");
        store
            .find_or_create_subscription(&key, number(checkpoint))
            .await
            .unwrap();
    }
    let listed = other.list_subscriptions().await.unwrap();
    let lags: Vec<_> = listed
        .iter()
        .map(|info| (info.key.selector.as_str(), info.head.map(EventNumber::get), info.lag()))
        .collect();
    let expected = [
        ("$all", Some(5), Some(0)),
        ("missing", None, None),
        ("s", Some(3), Some(2)),
    ];
    assert_eq!(lags, expected);
}

/// The checkpoint of a held subscription stays where it is.
pub async fn does_not_set_the_checkpoint_of_a_held_subscription(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let key = subscription_key("s", "a");
    let _lease = hold(&*store, &key).await;
    for node in [&store, &other] {
        let outcome = node.set_checkpoint(&key, number(7), HolderPolicy::Respect).await;
        expect_error!(outcome, Error::SubscriptionHeld { key: held } if held == key);
    }
    assert_eq!(info(&*store, &key).await.record.checkpoint, number(0));
}

/// The checkpoint of a held subscription is set if the caller says so.
pub async fn sets_the_checkpoint_of_a_held_subscription_if_told_to(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let key = subscription_key("s", "a");
    let _lease = hold(&*store, &key).await;
    let set = other.set_checkpoint(&key, number(7), HolderPolicy::Override);
    set.await.unwrap();
    assert_eq!(info(&*store, &key).await.record.checkpoint, number(7));
}

/// A subscription that does not exist is not made by setting its checkpoint.
pub async fn sets_no_checkpoint_of_a_missing_subscription(harness: &dyn Harness) {
    let store = harness.store();
    let key = subscription_key("s", "a");
    for policy in [HolderPolicy::Respect, HolderPolicy::Override] {
        let outcome = store.set_checkpoint(&key, number(7), policy).await;
        expect_error!(outcome, Error::SubscriptionNotFound { key: missing } if missing == key);
    }
    assert_eq!(store.list_subscriptions().await.unwrap(), []);
}

/// A checkpoint that is set after the stream was re-created is about the new one, and stays there.
///
/// Behaviours: R4.15, R8.71, T10.
pub async fn sets_a_checkpoint_of_a_stream_that_was_created_anew(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let key = subscription_key("s", "a");
    let first = stream_of(&*store, "s", 3).await;
    run_to(&*store, &key, 3).await;
    store.delete(Delete::new(first, Deletion::Hard)).await.unwrap();
    stream_of(&*store, "s", 3).await;
    let set = other.set_checkpoint(&key, number(2), HolderPolicy::Respect);
    set.await.unwrap();
    assert_eq!(info(&*store, &key).await.record.checkpoint, number(2));
    hold(&*store, &key).await.release().await;
    assert_eq!(info(&*store, &key).await.record.checkpoint, number(2));
}

/// The id of a deleted subscription is not given again when the storage is opened again.
pub async fn gives_no_id_again_when_it_is_reopened(harness: &dyn Harness) {
    let mut store = harness.store();
    let key = subscription_key("$all", "a");
    for stop in Stop::ALL {
        let id = subscription(&*store, &key).await;
        store.delete_subscription(&key, HolderPolicy::Respect).await.unwrap();
        store = reopened(harness, store, stop).await;
        assert_eq!(store.list_subscriptions().await.unwrap(), [], "after the end {stop:?}");
        let created = subscription(&*store, &key).await;
        assert!(
            created > id,
            "after the end {stop:?}: the id {created:?} is not beyond {id:?}"
        );
    }
}

/// Whatever is called once the store has been closed is refused as such.
pub async fn refuses_calls_once_it_is_closed(harness: &dyn Harness) {
    let store = harness.store();
    let key = subscription_key("$all", "a");
    subscription(&*store, &key).await;
    soon("the end of the store", harness.close_store()).await;
    expect_error!(store.list_subscriptions().await, Error::StoreClosed);
    expect_error!(store.subscription_info(&key).await, Error::StoreClosed);
    let set = store.set_checkpoint(&key, number(3), HolderPolicy::Override).await;
    expect_error!(set, Error::StoreClosed);
    let deleted = store.delete_subscription(&key, HolderPolicy::Override).await;
    expect_error!(deleted, Error::StoreClosed);
}

/// Runs a subscription until this number is acknowledged.
async fn run_to(store: &dyn Backend, key: &SubscriptionKey, checkpoint: u32) {
    assert_eq!(save(store, key, checkpoint).await, CheckpointOutcome::Saved);
}

async fn listed(store: &dyn Backend) -> Vec<(SubscriptionKey, u64)> {
    let listed = store.list_subscriptions().await.unwrap().into_iter();
    listed.map(|info| (info.key, info.record.checkpoint.get())).collect()
}

async fn info(store: &dyn Backend, key: &SubscriptionKey) -> SubscriptionInfo {
    store.subscription_info(key).await.unwrap()
}
