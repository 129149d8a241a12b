use eventstore_core::{Direction, EventFilter, EventReaderExt, Read, RecordedEvent, StreamSelector};

use crate::conformance::sample::{grow, number, numbers, numbers_of, read_whole, stream, stream_of};
use crate::conformance::{Backend, Harness};

/// `$all` is in the order of the commits, and each event tells its own stream and its version there.
///
/// Behaviours: R2.6, R2.7.
pub async fn reads_all_streams_in_commit_order(harness: &dyn Harness) {
    let store = harness.store();
    for (name, count) in [("a", 2), ("b", 1), ("a", 1), ("c", 2), ("b", 2)] {
        grow(&*store, &stream(name), count).await;
    }

    let all = read_whole(&*store, StreamSelector::All).await;
    let origins: Vec<_> = all
        .iter()
        .map(|event| (event.stream.as_str(), event.stream_version.get()))
        .collect();
    let expected = [
        ("a", 1),
        ("a", 2),
        ("b", 1),
        ("a", 3),
        ("c", 1),
        ("c", 2),
        ("b", 2),
        ("b", 3),
    ];
    assert_eq!(origins, expected);
    assert_eq!(numbers_of(&all), numbers(1..=8));
}

/// In its own stream the number of an event is its version.
///
/// Behaviours: R2.7.
pub async fn numbers_events_of_a_stream_by_their_version(harness: &dyn Harness) {
    let store = harness.store();
    grow(&*store, &stream("other"), 3).await;
    let target = stream_of(&*store, "s", 4).await;
    let own = read_whole(&*store, target.clone()).await;
    assert_eq!(numbers_of(&own), numbers(1..=4));
    assert!(own.iter().all(|event| event.number == event.stream_version.into()));
    assert!(own.iter().all(|event| event.stream == target));
}

/// An event tells its position if the read asks for it, in each direction, with a filter and without; an event that was not linked tells
/// no link.
pub async fn tells_the_positions_that_are_asked_for(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream("s");
    for name in ["s", "other", "s", "other", "other", "s"] {
        grow(&*store, &stream(name), 1).await;
    }
    let filter = EventFilter::default().with_stream_prefix("s").unwrap();
    for read in [Read::new(target.clone()), Read::new(target.clone()).with_filter(filter)] {
        let mut positions = positions_and_links(&*store, read.clone().with_positions()).await;
        assert_eq!(positions, [(1, false), (3, false), (6, false)], "{read:?}");
        let backward = read.clone().with_direction(Direction::Backward).with_positions();
        let backward = positions_and_links(&*store, backward).await;
        positions.reverse();
        assert_eq!(backward, positions, "{read:?}");
    }
    let all = positions_and_links(&*store, Read::all()).await;
    assert_eq!(all, [1, 2, 3, 4, 5, 6].map(|position| (position, false)));
}

/// The position of each event, and whether it tells a link.
async fn positions_and_links(store: &dyn Backend, read: Read) -> Vec<(u64, bool)> {
    let events = store.read(read).collect().await.unwrap();
    let told = |event: &RecordedEvent| (event.position.unwrap().get(), event.link.is_some());
    events.iter().map(told).collect()
}

/// A stream gives its own events only.
pub async fn reads_only_the_events_of_the_stream(harness: &dyn Harness) {
    let store = harness.store();
    for name in ["a", "b", "a_", "a%", "A"] {
        grow(&*store, &stream(name), 2).await;
    }
    let own = read_whole(&*store, stream("a")).await;
    assert_eq!(own.len(), 2);
    assert!(own.iter().all(|event| event.stream.as_str() == "a"));
}

/// Another node reads what this one appended, as soon as it is acknowledged.
pub async fn shows_an_acknowledged_append_to_every_node(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let target = stream("s");
    for round in 1..=10 {
        grow(&*store, &target, 1).await;
        let seen = read_whole(&*other, target.clone()).await;
        assert_eq!(seen.last().unwrap().number, number(round));
    }
}
