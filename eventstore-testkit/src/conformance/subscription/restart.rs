use std::num::NonZeroU64;

use eventstore_core::{StreamSelector, SubscriptionSettings, SubscriptionStatus};
use eventstore_subscriptions::StartFrom;

use super::{Subscriber, settings, subscribe};
use crate::conformance::Harness;
use crate::conformance::sample::{grow, number, numbers, numbers_of, stream_of};

/// After a stop, another node goes on with just what was not acknowledged.
///
/// Behaviours: R8.39.
pub async fn resumes_with_what_was_not_acknowledged(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let target = stream_of(&*store, "s", 8).await;
    for selector in [StreamSelector::All, target.into()] {
        let mut first = subscribe(store.clone(), selector.clone());
        first.take(8).await;
        first.acknowledge(number(3)).await;
        first.stop().await;

        let mut second = subscribe(other.clone(), selector);
        assert_eq!(numbers_of(&second.take_and_acknowledge(5).await), numbers(4..=8));
        second.stop().await;
    }
}

/// A stop stores the checkpoint even below the threshold.
///
/// Behaviours: R8.37.
pub async fn stores_the_checkpoint_when_it_stops(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 5).await;
    let rarely = SubscriptionSettings {
        checkpoint_threshold: NonZeroU64::new(1_000).unwrap(),
        ..settings()
    };
    let mut first = Subscriber::start(store.clone(), target.clone(), StartFrom::Origin, rarely);
    first.take(5).await;
    first.acknowledge(number(4)).await;
    first.stop().await;
    let mut second = subscribe(store, target);
    assert_eq!(numbers_of(&second.take(1).await), numbers([5]));
}

/// What a subscriber dropped without acknowledging comes again.
pub async fn delivers_again_what_was_dropped_unacknowledged(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let target = stream_of(&*store, "s", 5).await;
    let mut first = subscribe(store, target.clone());
    first.take(5).await;
    drop(first);
    let mut second = subscribe(other, target);
    assert_eq!(numbers_of(&second.take(5).await), numbers(1..=5));
}

/// A subscription that exists goes on from its checkpoint, wherever it is told to start.
///
/// Behaviours: R8.10.
pub async fn goes_on_from_its_checkpoint_wherever_told_to_start(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 5).await;
    let mut subscriber = subscribe(store.clone(), target.clone());
    subscriber.take(5).await;
    subscriber.acknowledge(number(2)).await;
    subscriber.stop().await;
    for start_from in [StartFrom::Current, StartFrom::After(number(4)), StartFrom::Origin] {
        let mut subscriber = Subscriber::start(store.clone(), target.clone(), start_from, settings());
        assert_eq!(numbers_of(&subscriber.take(3).await), numbers(3..=5));
        subscriber.stop().await;
    }
}

/// One holder at a time: a second subscriber waits, and takes over when the first one stops.
///
/// Behaviours: R8.64.
pub async fn takes_over_when_the_holder_stops(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let target = stream_of(&*store, "s", 3).await;
    let mut first = subscribe(store.clone(), target.clone());
    first.take_and_acknowledge(3).await;

    let mut second = subscribe(other, target.clone());
    for _ in 0..5 {
        grow(&*store, &target, 1).await;
        first.take_and_acknowledge(1).await;
    }
    assert_eq!(second.progress().status, SubscriptionStatus::Acquiring);
    assert!(!second.has_delivery());

    first.stop().await;
    grow(&*store, &target, 2).await;
    assert_eq!(numbers_of(&second.take_and_acknowledge(2).await), numbers([9, 10]));
}

/// A second subscriber takes over when the first one is dropped, and gets what was not acknowledged.
///
/// Behaviours: R8.64.
pub async fn takes_over_when_the_holder_is_dropped(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let target = stream_of(&*store, "s", 5).await;
    let mut first = subscribe(store, target.clone());
    first.take(5).await;
    let mut second = subscribe(other, target);
    first.acknowledge(number(2)).await;
    first.until_stored(number(2)).await;
    drop(first);
    assert_eq!(numbers_of(&second.take(3).await), numbers(3..=5));
}
