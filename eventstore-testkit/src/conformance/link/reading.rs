use eventstore_core::backend::NumberedEvent;
use eventstore_core::{Direction, EventNumber, Read, StreamSelector};

use super::source_events;
use crate::conformance::Harness;
use crate::conformance::sample::{
    append, event, exactly, grow, link_any, number, numbers, numbers_of, read, read_whole, stream,
};

/// A linked event is read with the number of its place, and everything else as it was appended.
///
/// Behaviours: R2.7.
pub async fn reads_links_with_the_numbers_of_the_target(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let (source, target) = (stream("source"), stream("s"));
    grow(&*store, &stream("before"), 3).await;
    let full = event()
        .with_metadata("{\"m\": 1}")
        .with_causation_id(uuid::Uuid::from_u128(1))
        .with_correlation_id(uuid::Uuid::from_u128(2))
        .with_created_at("2001-02-03T04:05:06.123456Z".parse().unwrap());
    append(&*store, &source, exactly(0), vec![event(), full]).await.unwrap();
    grow(&*store, &target, 4).await;
    let originals = read_whole(&*store, source).await;
    link_any(&*store, &target, vec![originals[1].event_id, originals[0].event_id]).await;

    let expected: Vec<_> = [(5, &originals[1]), (6, &originals[0])]
        .map(|(number, original)| {
            let number = EventNumber::from(number);
            NumberedEvent::new(&target.clone().into(), number, original.event.clone())
        })
        .to_vec();
    for node in [store, other] {
        assert_eq!(read_whole(&*node, target.clone()).await[4..], expected);
    }
}

/// A stream of links is read in any range and direction, like any other.
///
/// Behaviours: R2.1, R2.2.
pub async fn reads_links_in_any_range(harness: &dyn Harness) {
    let store = harness.store();
    grow(&*store, &stream("before"), 3).await;
    let ids = source_events(&*store, 9).await;
    let target = stream("s");
    link_any(&*store, &target, ids).await;
    let all = || Read::new(target.clone());
    for size in [1, 2, 4, 9, 10] {
        let size = std::num::NonZeroU32::new(size).unwrap();
        for (request, expected) in [
            (all(), numbers(1..=9)),
            (all().with_start(number(4)).with_limit(3), numbers(4..=6)),
            (all().with_direction(Direction::Backward), numbers((1..=9).rev())),
            (
                all()
                    .with_direction(Direction::Backward)
                    .with_start(number(7))
                    .with_limit(2),
                numbers([7, 6]),
            ),
        ] {
            let events = read(&*store, request.with_page_size(size)).await;
            assert_eq!(numbers_of(&events), expected);
        }
    }
}

/// In `$all` an event is read once, with its position, however often it is linked.
///
/// Behaviours: R3.1.
pub async fn reads_linked_events_once_in_all_streams(harness: &dyn Harness) {
    let store = harness.store();
    let ids = source_events(&*store, 3).await;
    for name in ["a", "b"] {
        link_any(&*store, &stream(name), ids.clone()).await;
    }
    grow(&*store, &stream("a"), 1).await;
    let all = read_whole(&*store, StreamSelector::All).await;
    assert_eq!(numbers_of(&all), numbers(1..=4));
    assert!(all[..3].iter().all(|event| event.stream.as_str() == "source"));
    assert_eq!((all[3].stream.as_str(), all[3].stream_version), ("a", 4.into()));
}
