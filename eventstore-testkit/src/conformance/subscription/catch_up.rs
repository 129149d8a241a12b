use eventstore_core::StreamSelector;
use eventstore_subscriptions::StartFrom;

use super::{Subscriber, settings, subscribe};
use crate::conformance::Harness;
use crate::conformance::sample::{
    assert_delivered, assert_delivered_of_all, grow, number, numbers, numbers_of, read_whole, stream, stream_of,
};

/// From the origin, the events that were there come first, then those that are appended.
///
/// Behaviours: R8.9.
pub async fn delivers_a_stream_from_the_origin_and_goes_live(harness: &dyn Harness) {
    let store = harness.store();
    grow(&*store, &stream("other"), 3).await;
    let target = stream_of(&*store, "s", 25).await;
    let mut subscriber = subscribe(store.clone(), target.clone());
    let mut events = subscriber.take_and_acknowledge(25).await;
    for _ in 0..5 {
        grow(&*store, &stream("other"), 1).await;
        grow(&*store, &target, 2).await;
        events.extend(subscriber.take_and_acknowledge(2).await);
    }
    assert_delivered(&events, &read_whole(&*store, target).await);
}

/// The same for all streams, in the order of their positions.
///
/// Behaviours: R8.9.
pub async fn delivers_all_streams_from_the_origin_and_goes_live(harness: &dyn Harness) {
    let store = harness.store();
    let (a, b) = (stream_of(&*store, "a", 12).await, stream_of(&*store, "b", 13).await);
    let mut subscriber = subscribe(store.clone(), StreamSelector::All);
    let mut events = subscriber.take_and_acknowledge(25).await;
    for _ in 0..5 {
        grow(&*store, &b, 1).await;
        grow(&*store, &a, 1).await;
        events.extend(subscriber.take_and_acknowledge(2).await);
    }
    assert_delivered_of_all(&events, &read_whole(&*store, StreamSelector::All).await);
}

/// Appends of another node are delivered live.
pub async fn delivers_what_another_node_appends(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let target = stream("s");
    let mut subscriber = subscribe(store, target.clone());
    for round in 1..=5 {
        grow(&*other, &target, 1).await;
        let events = subscriber.take_and_acknowledge(1).await;
        assert_eq!(numbers_of(&events), numbers([round]));
    }
}

/// From now on: what was there is not delivered.
///
/// Behaviours: R8.9.
pub async fn starts_from_the_current_end(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 3).await;
    for selector in [StreamSelector::All, target.clone().into()] {
        let mut subscriber = Subscriber::start(store.clone(), selector, StartFrom::Current, settings());
        subscriber.until_live().await;
        let receipt = grow(&*store, &target, 2).await;
        let events = subscriber.take_and_acknowledge(2).await;
        assert_eq!(events[0].stream_version, receipt.first_version);
        subscriber.stop().await;
    }
}

/// From now on, for a stream that does not exist yet: from its first event.
///
/// Behaviours: R8.9.
pub async fn starts_from_the_current_end_of_a_missing_stream(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let mut subscriber = Subscriber::start(store.clone(), target.clone(), StartFrom::Current, settings());
    subscriber.until_live().await;
    grow(&*store, &target, 2).await;
    assert_eq!(numbers_of(&subscriber.take(2).await), numbers([1, 2]));
}

/// After an event: the next one is the first.
///
/// Behaviours: R8.9.
pub async fn starts_after_a_given_event(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 5).await;
    let start_from = StartFrom::After(number(3));
    let mut subscriber = Subscriber::start(store.clone(), target.clone(), start_from, settings());
    grow(&*store, &target, 1).await;
    let events = subscriber.take_and_acknowledge(3).await;
    assert_eq!(numbers_of(&events), numbers([4, 5, 6]));
}

/// After an event that does not exist yet: what comes before it is not delivered.
///
/// Behaviours: R8.11, R8.12, T11.
pub async fn starts_after_an_event_that_is_still_to_come(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 2).await;
    let start_from = StartFrom::After(number(4));
    let mut subscriber = Subscriber::start(store.clone(), target.clone(), start_from, settings());
    subscriber.until_live().await;
    // Events 3 to 6 at once: the start lies in the middle of an append.
    grow(&*store, &target, 4).await;
    let events = subscriber.take(2).await;
    assert_eq!(numbers_of(&events), numbers([5, 6]));
}

/// A stream that does not exist yet is delivered from its first event once it does.
///
/// Behaviours: R8.69.
pub async fn waits_for_a_missing_stream(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let mut subscriber = subscribe(store.clone(), target.clone());
    subscriber.until_live().await;
    grow(&*store, &target, 3).await;
    assert_eq!(numbers_of(&subscriber.take(3).await), numbers(1..=3));
}
