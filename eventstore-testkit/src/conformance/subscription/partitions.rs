use std::collections::BTreeMap;
use std::num::NonZeroU32;

use eventstore_core::{EventNumber, StreamName, StreamSelector, SubscriptionSettings};
use eventstore_subscriptions::{Delivery, Subscribe, Subscriptions};
use futures_util::future::select_all;

use super::sharing::shared;
use super::{Subscriber, request, settings};
use crate::conformance::Harness;
use crate::conformance::sample::{grow, number, numbers, numbers_of, stream};

fn by_stream(request: Subscribe) -> Subscribe {
    request.with_partition_key(|event| Some((&event.stream).into()))
}

/// While an event of a partition is with a subscriber, the others get none of it.
///
/// Behaviours: R8.45, R8.46, T12.
pub async fn keeps_a_partition_with_one_subscriber(harness: &dyn Harness) {
    let store = harness.store();
    for name in ["a", "b", "a", "a"] {
        grow(&*store, &stream(name), 1).await;
    }
    let subscriptions = Subscriptions::new(store.clone());
    let request = by_stream(shared(StreamSelector::All, 2));
    let mut first = Subscriber::join(&subscriptions, &request);
    assert_eq!(numbers_of(&first.take(1).await), numbers([1]));
    let mut second = Subscriber::join(&subscriptions, &request);
    assert_eq!(numbers_of(&second.take(1).await), numbers([2]));
    second.acknowledge(number(2)).await;
    assert!(!second.has_delivery());

    first.acknowledge(number(1)).await;
    assert_eq!(numbers_of(&first.take(1).await), numbers([3]));
    assert!(!second.has_delivery());
    grow(&*store, &stream("c"), 1).await;
    assert_eq!(numbers_of(&second.take(1).await), numbers([5]));
    assert_eq!(second.progress().acknowledged, number(2));
}

/// However several subscribers acknowledge, come and go, each partition is delivered in its order.
///
/// Behaviours: R8.45, R8.48.
pub async fn keeps_the_order_of_partitions_among_subscribers_that_come_and_go(harness: &dyn Harness) {
    const STREAMS: u64 = 4;
    const ROUNDS: u64 = 15;
    let store = harness.store();
    for _ in 0..ROUNDS {
        for index in 0..STREAMS {
            grow(&*store, &stream(&format!("s-{index}")), 1).await;
        }
    }
    let subscriptions = Subscriptions::new(store);
    let settings = SubscriptionSettings {
        concurrency_limit: NonZeroU32::new(3).unwrap(),
        buffer_size: NonZeroU32::new(4).unwrap(),
        ..settings()
    };
    let request = by_stream(request(StreamSelector::All).with_settings(settings));
    let mut subscribers: Vec<_> = (0..3).map(|_| Subscriber::join(&subscriptions, &request)).collect();
    let mut dealt_with = BTreeMap::new();
    for round in 1_u64.. {
        let (batch, index, _) = select_all(subscribers.iter_mut().map(|subscriber| Box::pin(subscriber.batch()))).await;
        if round % 7 == 0 {
            // Whoever takes this one's place, or another one, gets the batch again.
            drop(subscribers.remove(index));
            subscribers.push(Subscriber::join(&subscriptions, &request));
            continue;
        }
        for event in &batch {
            deal_with(&mut dealt_with, event);
        }
        subscribers[index].acknowledge(last_of(&batch)).await;
        if dealt_with.values().sum::<u64>() == STREAMS * ROUNDS {
            break;
        }
    }
    subscribers[0].until_stored(number(60)).await;
}

fn deal_with(dealt_with: &mut BTreeMap<StreamName, u64>, event: &Delivery) {
    let done = dealt_with.entry(event.stream.clone()).or_default();
    *done += 1;
    assert_eq!(event.stream_version.get(), *done, "{}", event.stream);
}

fn last_of(batch: &[Delivery]) -> EventNumber {
    batch[batch.len() - 1].number
}
