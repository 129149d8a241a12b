use eventstore_core::StreamSelector;

use super::subscribe;
use crate::conformance::Harness;
use crate::conformance::sample::{
    assert_delivered, grow, ids_in, link_any, numbers, numbers_of, read_whole, stream, stream_of,
};

/// The subscriber of a stream of links gets them with the numbers of that stream, those that were there and live ones.
///
/// Behaviours: R3.15.
pub async fn delivers_links_with_the_numbers_of_their_stream(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let target = stream("s");
    let mut subscriber = None;
    let mut events = Vec::new();
    for name in ["a", "b", "c"] {
        let source = stream_of(&*store, name, 3).await;
        link_any(&*other, &target, ids_in(&*store, source).await).await;
        let subscriber = subscriber.get_or_insert_with(|| subscribe(store.clone(), target.clone()));
        events.extend(subscriber.take_and_acknowledge(3).await);
    }
    assert_eq!(numbers_of(&events), numbers(1..=9));
    let origins: Vec<_> = events
        .iter()
        .map(|event| (event.stream.as_str(), event.stream_version.get()))
        .collect();
    let expected = [
        ("a", 1),
        ("a", 2),
        ("a", 3),
        ("b", 1),
        ("b", 2),
        ("b", 3),
        ("c", 1),
        ("c", 2),
        ("c", 3),
    ];
    assert_eq!(origins, expected);
    assert_delivered(&events, &read_whole(&*store, target).await);
}

/// The subscriber of a stream with links and own events gets both, live.
///
/// Behaviours: R3.15.
pub async fn delivers_links_and_own_events_of_a_stream(harness: &dyn Harness) {
    let store = harness.store();
    let (source, target) = (stream_of(&*store, "source", 5).await, stream_of(&*store, "s", 1).await);
    let mut subscriber = subscribe(store.clone(), target.clone());
    let mut events = subscriber.take_and_acknowledge(1).await;
    for id in ids_in(&*store, source).await {
        link_any(&*store, &target, vec![id]).await;
        grow(&*store, &target, 1).await;
        events.extend(subscriber.take_and_acknowledge(2).await);
    }
    assert_eq!(numbers_of(&events), numbers(1..=11));
    assert_delivered(&events, &read_whole(&*store, target).await);
}

/// The subscriber of all streams gets each event once, however often it is linked.
pub async fn delivers_linked_events_once_to_subscribers_of_all_streams(harness: &dyn Harness) {
    let store = harness.store();
    let mut subscriber = subscribe(store.clone(), StreamSelector::All);
    let mut events = Vec::new();
    for name in ["a", "b"] {
        let source = stream_of(&*store, name, 2).await;
        link_any(&*store, &stream("first"), ids_in(&*store, source.clone()).await).await;
        link_any(&*store, &stream("second"), ids_in(&*store, source).await).await;
        events.extend(subscriber.take_and_acknowledge(2).await);
    }
    grow(&*store, &stream("first"), 1).await;
    events.extend(subscriber.take_and_acknowledge(1).await);
    assert_eq!(numbers_of(&events), numbers(1..=5));
}
