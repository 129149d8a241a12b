use eventstore_core::{EventFilter, StreamSelector};
use eventstore_subscriptions::{SubscriptionEnded, Subscriptions};

use super::{Subscriber, request};
use crate::conformance::Harness;
use crate::conformance::sample::{grow, number, numbers, numbers_of, stream, stream_of};
use crate::conformance::wait::soon;

/// Events that are not selected count as acknowledged: the checkpoint moves over them once nothing before them is
/// outstanding.
///
/// Behaviours: R8.19.
pub async fn moves_its_checkpoint_over_what_is_not_selected(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 11).await;
    let request = request(target).with_selection(|event| event.stream_version.get() % 3 == 0);
    let mut subscriber = Subscriber::join(&Subscriptions::new(store), &request);
    assert_eq!(numbers_of(&subscriber.take(3).await), numbers([3, 6, 9]));
    for (acknowledged, reached) in [(3, 5), (6, 8), (9, 11)] {
        subscriber.acknowledge(number(acknowledged)).await;
        subscriber.until_stored(number(reached)).await;
        assert_eq!(subscriber.progress().acknowledged, number(reached));
    }
}

/// Where nothing is selected, the checkpoint moves with the stream.
///
/// Behaviours: R8.19.
pub async fn moves_its_checkpoint_where_nothing_is_selected(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 3).await;
    let request = request(target.clone()).with_selection(|_| false);
    let mut subscriber = Subscriber::join(&Subscriptions::new(store.clone()), &request);
    subscriber.until_stored(number(3)).await;
    grow(&*store, &target, 3).await;
    subscriber.until_stored(number(6)).await;
    assert!(!subscriber.has_delivery());
}

/// Only events that pass the filter are delivered, and the checkpoint moves with the stream.
pub async fn delivers_what_passes_its_filter(harness: &dyn Harness) {
    let store = harness.store();
    for name in ["order-1", "invoice-1", "order-2", "invoice-2"] {
        grow(&*store, &stream(name), 2).await;
    }
    let orders = EventFilter::default().with_category("order").unwrap();
    let request = request(StreamSelector::All).with_filter(orders);
    let mut subscriber = Subscriber::join(&Subscriptions::new(store.clone()), &request);
    let events = subscriber.take_and_acknowledge(4).await;
    assert_eq!(numbers_of(&events), numbers([1, 2, 5, 6]));
    subscriber.until_stored(number(8)).await;
    grow(&*store, &stream("invoice-1"), 1).await;
    grow(&*store, &stream("order-2"), 1).await;
    let events = subscriber.take_and_acknowledge(1).await;
    assert_eq!(numbers_of(&events), numbers([10]));
}

/// A selector or a partitioning that panics ends its own subscription, which says so, and no other.
///
/// Behaviours: R8.21, T4.
pub async fn ends_alone_if_its_selector_panics(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 3).await;
    let subscriptions = Subscriptions::new(store.clone());
    let mut other = Subscriber::join(&subscriptions, &request(StreamSelector::All));
    let panicking = [
        request(target.clone()).with_selection(|event| event.stream_version.get() != 2 || panic!("cannot tell")),
        request(target.clone())
            .with_partition_key(|event| (event.stream_version.get() == 2).then(|| panic!("cannot tell"))),
    ];
    for request in panicking {
        let end = Subscriber::join(&subscriptions, &request).end().await;
        let SubscriptionEnded::Panicked { number: at, message } = end else {
            panic!("{end:?}");
        };
        assert_eq!((at, &*message), (Some(number(2)), "cannot tell"));
    }
    grow(&*store, &target, 1).await;
    other.take_and_acknowledge(4).await;
}

/// What a subscriber maps its events to comes in their place, failures included, and is computed again at each delivery.
///
/// Behaviours: R8.20, T4.
pub async fn delivers_what_its_mapper_makes_of_events(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 3).await;
    let subscriptions = Subscriptions::new(store);
    let odd = request(target).map(|event| match event.stream_version.get() {
        2 => Err("even"),
        number => Ok(number),
    });
    for _ in 0..2 {
        let mut subscription = subscriptions.subscribe(odd.clone()).unwrap();
        let batch = soon("a batch", subscription.next()).await.unwrap().unwrap();
        let values: Vec<_> = batch.iter().map(|delivery| delivery.value).collect();
        assert_eq!(values, [Ok(1), Err("even"), Ok(3)]);
        assert_eq!(numbers_of(&batch), numbers(1..=3));
    }
}
