use std::num::NonZeroU32;

use eventstore_core::{StreamSelector, SubscriptionSettings, SubscriptionStatus};
use eventstore_subscriptions::StartFrom;
use tokio::task::JoinSet;

use super::{Subscriber, settings, subscribe};
use crate::conformance::Harness;
use crate::conformance::sample::{
    assert_delivered_of_all, grow, number, numbers, numbers_of, read_whole, stream, stream_of,
};

/// Batches come in order and are never larger than the buffer.
///
/// Behaviours: R8.14, R8.15.
pub async fn delivers_batches_in_order_within_the_buffer_size(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 57).await;
    let mut subscriber = subscribe(store, target);
    let mut events = Vec::new();
    while events.len() < 57 {
        let batch = subscriber.batch().await;
        assert!(batch.len() <= 10, "{} events in a batch", batch.len());
        subscriber.acknowledge(batch[batch.len() - 1].number).await;
        events.extend(batch);
    }
    assert_eq!(numbers_of(&events), numbers(1..=57));
}

/// No more events are with the subscriber than the buffer holds, until it acknowledges some.
///
/// Behaviours: R8.15.
pub async fn delivers_no_more_than_the_buffer_until_acknowledged(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 20).await;
    let mut subscriber = subscribe(store, target);
    subscriber.take(10).await;
    subscriber
        .until("everything to be read", |progress| progress.received == number(20))
        .await;
    assert!(!subscriber.has_delivery());
    assert_eq!(subscriber.progress().in_flight, 10);

    subscriber.acknowledge(number(3)).await;
    let events = subscriber.take(3).await;
    assert_eq!(numbers_of(&events), numbers([11, 12, 13]));
    assert!(!subscriber.has_delivery());
}

/// A slow subscriber is waited for, and gets every event, with little memory for those that wait.
pub async fn holds_back_what_a_slow_subscriber_has_no_room_for(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 3_000).await;
    let ten = NonZeroU32::new(10).unwrap();
    let small = SubscriptionSettings {
        max_size: ten,
        ..settings()
    };
    let mut subscriber = Subscriber::start(store.clone(), target, StartFrom::Origin, small);
    let is_full = |status| status == SubscriptionStatus::OverCapacity;
    subscriber
        .until("the memory to be full", |progress| is_full(progress.status))
        .await;
    assert_eq!(subscriber.progress().received, number(20));

    let mut events = Vec::new();
    while events.len() < 3_000 {
        assert!(subscriber.progress().queued <= 10);
        let batch = subscriber.batch().await;
        subscriber.acknowledge(batch[batch.len() - 1].number).await;
        events.extend(batch);
    }
    assert_eq!(numbers_of(&events), numbers(1..=3_000));
}

/// Every event of concurrent writers is delivered, once and in order.
///
/// Behaviours: R8.57.
pub async fn delivers_each_event_once_while_others_append(harness: &dyn Harness) {
    const WRITERS: usize = 4;
    const APPENDS: usize = 50;
    let nodes = [harness.store(), harness.another_node().await];
    let mut writers = JoinSet::new();
    for index in 0..WRITERS {
        let store = nodes[index % 2].clone();
        writers.spawn(async move {
            for round in 0..APPENDS {
                grow(&*store, &stream(&format!("s-{}", (index + round) % 3)), 2).await;
            }
        });
    }
    let mut subscriber = subscribe(nodes[0].clone(), StreamSelector::All);
    let events = subscriber.take_and_acknowledge(2 * WRITERS * APPENDS).await;
    writers.join_all().await;
    assert_eq!(numbers_of(&events), numbers(1..=400));
    assert_delivered_of_all(&events, &read_whole(&*nodes[1], StreamSelector::All).await);
}

/// A subscriber that has acknowledged everything is caught up.
pub async fn is_caught_up_when_all_is_acknowledged(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 5).await;
    let mut subscriber = subscribe(store, target);
    subscriber.take(5).await;
    assert!(!subscriber.progress().caught_up);
    subscriber.acknowledge(number(5)).await;
    subscriber.until("being caught up", |progress| progress.caught_up).await;
}
