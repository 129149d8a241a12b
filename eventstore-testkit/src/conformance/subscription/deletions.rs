use eventstore_core::backend::LeaseLoss;
use eventstore_core::{Delete, Deletion, EventId, HolderPolicy, StreamSelector, SubscriptionStatus};
use eventstore_subscriptions::{StartFrom, SubscriptionEnded};

use super::{Subscriber, settings, subscribe};
use crate::conformance::sample::{
    grow, hold, ids_in, ids_of, link_any, number, numbers, numbers_of, stream, stream_of, subscription_key,
};
use crate::conformance::wait::soon;
use crate::conformance::{Backend, Harness};

/// The subscriber of all streams gets no hard-deleted events, and its checkpoint moves over the gap.
///
/// Behaviours: R4.16.
pub async fn skips_hard_deleted_events_in_all_streams(harness: &dyn Harness) {
    let store = harness.store();
    for (name, count) in [("a", 3), ("gone", 25), ("b", 2)] {
        grow(&*store, &stream(name), count).await;
    }
    hard_delete(&*store, "gone").await;
    let mut subscriber = subscribe(store.clone(), StreamSelector::All);
    let events = subscriber.take_and_acknowledge(5).await;
    assert_eq!(numbers_of(&events), numbers([1, 2, 3, 29, 30]));
    subscriber.until_stored(number(30)).await;
    grow(&*store, &stream("a"), 1).await;
    assert_eq!(numbers_of(&subscriber.take(1).await), numbers([31]));
}

/// The checkpoint moves over a gap at the end of all streams, once everything before it is acknowledged.
///
/// Behaviours: R4.16, R8.59, T18.
pub async fn moves_its_checkpoint_over_a_gap_at_the_end(harness: &dyn Harness) {
    let store = harness.store();
    for (name, count) in [("a", 3), ("gone", 2)] {
        grow(&*store, &stream(name), count).await;
    }
    hard_delete(&*store, "gone").await;
    let mut subscriber = subscribe(store.clone(), StreamSelector::All);
    subscriber.take(3).await;
    subscriber.acknowledge(number(3)).await;
    subscriber.until_stored(number(5)).await;
    subscriber.until("being caught up", |progress| progress.caught_up).await;
    grow(&*store, &stream("a"), 1).await;
    assert_eq!(numbers_of(&subscriber.take(1).await), numbers([6]));
}

/// The checkpoint moves to the end of all streams even if nothing is left in them.
///
/// Behaviours: R4.16, R8.59, T18.
pub async fn moves_its_checkpoint_where_everything_is_gone(harness: &dyn Harness) {
    let store = harness.store();
    grow(&*store, &stream("gone"), 25).await;
    hard_delete(&*store, "gone").await;
    let mut subscriber = subscribe(store.clone(), StreamSelector::All);
    subscriber.until_stored(number(25)).await;
    grow(&*store, &stream("a"), 1).await;
    assert_eq!(numbers_of(&subscriber.take(1).await), numbers([26]));
}

/// A live subscriber goes on over events that were hard-deleted before it read them.
///
/// Behaviours: R4.16.
pub async fn goes_on_over_events_that_were_deleted_before_they_were_read(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    grow(&*store, &stream("a"), 2).await;
    let mut subscriber = subscribe(store.clone(), StreamSelector::All);
    subscriber.take_and_acknowledge(2).await;
    subscriber.until("being caught up", |progress| progress.caught_up).await;

    let cut = harness.cut_notifications().await;
    grow(&*other, &stream("gone"), 3).await;
    hard_delete(&*other, "gone").await;
    drop(cut);
    grow(&*other, &stream("a"), 1).await;
    let mut received = numbers_of(&subscriber.batch().await);
    while received.last() < Some(&number(6)) {
        received.extend(numbers_of(&subscriber.batch().await));
    }
    // A store that reconnects by itself may have read them in time, all of them, as they were appended at once.
    let is_known = received == numbers([6]) || received == numbers([3, 4, 5, 6]);
    assert!(is_known, "{received:?}");
    subscriber.acknowledge(number(6)).await;
    subscriber.until_stored(number(6)).await;
}

/// The subscriber of a stream of links gets none to hard-deleted events, and its checkpoint moves over the gaps.
///
/// Behaviours: R4.16.
pub async fn skips_vanished_links(harness: &dyn Harness) {
    let store = harness.store();
    let (kept, gone) = (stream_of(&*store, "kept", 2).await, stream_of(&*store, "gone", 2).await);
    let target = stream("s");
    for source in [&gone, &kept] {
        link_any(&*store, &target, ids_in(&*store, source.clone()).await).await;
    }
    grow(&*store, &gone, 1).await;
    let last = ids_in(&*store, gone).await.pop().unwrap();
    link_any(&*store, &target, vec![last]).await;
    hard_delete(&*store, "gone").await;

    let mut subscriber = subscribe(store.clone(), target.clone());
    assert_eq!(numbers_of(&subscriber.take_and_acknowledge(2).await), numbers([3, 4]));
    subscriber.until_stored(number(5)).await;
    grow(&*store, &target, 1).await;
    assert_eq!(numbers_of(&subscriber.take(1).await), numbers([6]));
}

/// The subscriber of all streams gets soft-deleted events.
///
/// Behaviours: R4.6.
pub async fn delivers_soft_deleted_events_in_all_streams(harness: &dyn Harness) {
    let store = harness.store();
    let deleted = stream_of(&*store, "deleted", 3).await;
    store.delete(Delete::new(deleted, Deletion::Soft)).await.unwrap();
    let mut subscriber = subscribe(store.clone(), StreamSelector::All);
    assert_eq!(numbers_of(&subscriber.take_and_acknowledge(3).await), numbers(1..=3));
    let deleted = stream_of(&*store, "live", 2).await;
    store.delete(Delete::new(deleted, Deletion::Soft)).await.unwrap();
    assert_eq!(numbers_of(&subscriber.take_and_acknowledge(2).await), numbers([4, 5]));
}

/// The subscription to a soft-deleted stream ends and says why.
///
/// Behaviours: R4.7, R8.70, T49.
pub async fn ends_where_the_stream_is_soft_deleted(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 3).await;
    store.delete(Delete::new(target.clone(), Deletion::Soft)).await.unwrap();
    for start_from in [StartFrom::Origin, StartFrom::After(number(2)), StartFrom::Current] {
        let mut subscriber = Subscriber::start(store.clone(), target.clone(), start_from, settings());
        assert_ends_as_deleted(&mut subscriber).await;
    }
}

/// A live subscription ends, and says why, when its stream is soft-deleted; it goes on when the stream is brought back.
///
/// Behaviours: R4.7, R8.70, T49.
pub async fn ends_when_its_stream_is_soft_deleted(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 3).await;
    let mut subscriber = subscribe(store.clone(), target.clone());
    subscriber.take_and_acknowledge(3).await;
    subscriber.until_live().await;
    store.delete(Delete::new(target.clone(), Deletion::Soft)).await.unwrap();
    assert_ends_as_deleted(&mut subscriber).await;

    store.undelete(&target).await.unwrap();
    grow(&*store, &target, 1).await;
    let mut subscriber = subscribe(store, target);
    assert_eq!(numbers_of(&subscriber.take(1).await), numbers([4]));
}

/// A subscription that stopped goes on with the first event of a stream that was re-created.
///
/// Behaviours: R4.15, R8.71, T10.
pub async fn begins_anew_with_a_stream_that_was_created_anew(harness: &dyn Harness) {
    let store = harness.store();
    let first = stream_of(&*store, "s", 3).await;
    let mut subscriber = subscribe(store.clone(), first.clone());
    subscriber.take_and_acknowledge(3).await;
    subscriber.until_stored(number(3)).await;
    subscriber.stop().await;
    hard_delete(&*store, "s").await;
    let anew = stream_of(&*store, "s", 4).await;
    let mut subscriber = subscribe(store.clone(), first);
    assert_eq!(ids_of(&subscriber.take(4).await), ids_in(&*store, anew).await);
}

/// A live subscription delivers every event of a stream that is re-created, perhaps some of them twice.
///
/// Behaviours: R8.71, T10.
pub async fn goes_over_to_a_stream_that_is_created_anew(harness: &dyn Harness) {
    let store = harness.store();
    let first = stream_of(&*store, "s", 3).await;
    let mut subscriber = subscribe(store.clone(), first);
    subscriber.take_and_acknowledge(3).await;
    subscriber.until_live().await;
    hard_delete(&*store, "s").await;
    let anew = stream_of(&*store, "s", 5).await;
    take_all(&mut subscriber, ids_in(&*store, anew).await).await;
}

/// Hints of what another node appends to a re-created stream arrive, though hints with the same numbers came before.
///
/// Behaviours: R8.71, T10.
pub async fn hears_of_what_is_appended_to_a_stream_that_was_created_anew(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let first = stream_of(&*store, "s", 1).await;
    let mut subscriber = subscribe(store.clone(), first.clone());
    subscriber.take_and_acknowledge(1).await;
    subscriber.until_live().await;
    grow(&*other, &first, 9).await;
    subscriber.take_and_acknowledge(9).await;
    subscriber.until_live().await;
    hard_delete(&*store, "s").await;
    for number in 1..=4 {
        grow(&*other, &stream("s"), 1).await;
        let appended = ids_in(&*other, stream("s")).await[number - 1];
        while !ids_of(&subscriber.take_and_acknowledge_a_batch().await).contains(&appended) {}
    }
}

/// A subscription that waited for its stream delivers every event of it, and of the one that is re-created right after.
///
/// Behaviours: R8.71, T10.
pub async fn goes_over_from_a_stream_that_it_waited_for(harness: &dyn Harness) {
    let store = harness.store();
    let mut subscriber = subscribe(store.clone(), stream("s"));
    subscriber.until_live().await;
    until_leases_were_checked(&*store).await;
    stream_of(&*store, "s", 3).await;
    subscriber.take_and_acknowledge(3).await;
    subscriber.until_live().await;
    hard_delete(&*store, "s").await;
    let anew = stream_of(&*store, "s", 5).await;
    take_all(&mut subscriber, ids_in(&*store, anew).await).await;
}

/// A subscription that waited for its stream, and stopped, goes on with the first event of the one that is re-created.
///
/// Behaviours: R4.15, R8.71, T10.
pub async fn begins_anew_after_a_stream_that_it_waited_for(harness: &dyn Harness) {
    let store = harness.store();
    let mut subscriber = subscribe(store.clone(), stream("s"));
    subscriber.until_live().await;
    let first = stream_of(&*store, "s", 3).await;
    subscriber.take_and_acknowledge(3).await;
    subscriber.until_stored(number(3)).await;
    subscriber.stop().await;
    hard_delete(&*store, "s").await;
    let anew = stream_of(&*store, "s", 4).await;
    let mut subscriber = subscribe(store.clone(), first);
    assert_eq!(ids_of(&subscriber.take(4).await), ids_in(&*store, anew).await);
}

/// An idle subscription that is deleted elsewhere ends, and says why; the subscription stays deleted.
///
/// Behaviours: R8.52, T15, T49.
pub async fn ends_when_it_is_deleted(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let mut subscriber = subscribe(store.clone(), StreamSelector::All);
    subscriber.until_live().await;
    let key = subscription_key(StreamSelector::ALL, "subscriber");
    other.delete_subscription(&key, HolderPolicy::Override).await.unwrap();
    let end = subscriber.end().await;
    assert!(matches!(end, SubscriptionEnded::SubscriptionDeleted), "{end:?}");
    assert_eq!(store.list_subscriptions().await.unwrap(), []);
}

async fn assert_ends_as_deleted(subscriber: &mut Subscriber) {
    let end = subscriber.end().await;
    assert!(matches!(end, SubscriptionEnded::StreamDeleted), "{end:?}");
    let status = subscriber.progress().status;
    assert!(matches!(status, SubscriptionStatus::Ended(_)), "{status:?}");
}

/// Waits until the backend has just checked its leases, if it does so from time to time: it will not check them again
/// at once.
async fn until_leases_were_checked(store: &dyn Backend) {
    let replaced = stream_of(store, "replaced", 1).await;
    let witness = hold(store, &subscription_key(replaced.as_str(), "witness")).await;
    hard_delete(store, "replaced").await;
    stream_of(store, "replaced", 1).await;
    let loss = soon("the loss of the lease", witness.lost()).await;
    assert_eq!(loss, LeaseLoss::StreamReplaced);
}

async fn hard_delete(store: &dyn Backend, name: &str) {
    store.delete(Delete::new(stream(name), Deletion::Hard)).await.unwrap();
}

/// Takes batches until each of these events has come.
async fn take_all(subscriber: &mut Subscriber, mut missing: Vec<EventId>) {
    while !missing.is_empty() {
        let events = subscriber.take_and_acknowledge_a_batch().await;
        missing.retain(|id| !ids_of(&events).contains(id));
    }
}
