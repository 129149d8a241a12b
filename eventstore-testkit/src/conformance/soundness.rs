use std::collections::{BTreeMap, BTreeSet};

use eventstore_core::backend::NumberedEvent;
use eventstore_core::{EventId, EventNumber, StreamInfo, StreamName, StreamSelector};

use super::Backend;
use super::contents::Contents;
use super::sample::{ids_of, numbers_of};

/// Verifies that what can be read fits together, after whatever happened at once; no one may write meanwhile.
///
/// Numbers ascend up to the version, every event of `$all` is in its stream and the other way round, and no link
/// refers to an event that is not in `$all`.
pub(super) async fn assert_is_sound(store: &dyn Backend) {
    let contents = Contents::of(store).await;
    let (all_info, all) = &contents.streams()[0];
    assert_eq!(all_info.selector, StreamSelector::All);

    let streams: BTreeMap<&StreamSelector, &(StreamInfo, Vec<NumberedEvent>)> = contents
        .streams()
        .iter()
        .map(|stream| (&stream.0.selector, stream))
        .collect();
    let known: BTreeSet<EventId> = ids_of(all).into_iter().collect();
    assert_eq!(known.len(), all.len(), "an event is in `$all` twice");
    for (info, events) in streams.values() {
        assert_numbers_ascend(info, events);
        let unknown: Vec<_> = events.iter().filter(|event| !known.contains(&event.event_id)).collect();
        assert!(
            unknown.is_empty(),
            "{} holds events that are not in `$all`: {unknown:?}",
            info.selector
        );
    }
    for event in all {
        let Some((info, events)) = streams.get(&StreamSelector::from(event.stream.clone())) else {
            panic!("the stream of an event in `$all` does not exist: {event:?}");
        };
        if info.deleted_at.is_none() {
            assert_stands_in_its_stream(event, events);
        }
    }
    for (info, events) in streams.values() {
        if let StreamSelector::Stream(name) = &info.selector {
            assert_own_events_have_their_version(name, events);
        }
    }
}

fn assert_numbers_ascend(info: &StreamInfo, events: &[NumberedEvent]) {
    let numbers = numbers_of(events);
    assert!(numbers.is_sorted_by(|a, b| a < b), "{}: {numbers:?}", info.selector);
    assert!(
        numbers.last() <= Some(&EventNumber::from(info.version)),
        "{} is at version {}, but holds {numbers:?}",
        info.selector,
        info.version
    );
}

fn assert_stands_in_its_stream(event: &NumberedEvent, stream: &[NumberedEvent]) {
    assert!(
        stream.iter().any(|own| own.event == event.event),
        "an event of `$all` is not in its stream: {event:?}"
    );
}

fn assert_own_events_have_their_version(name: &StreamName, events: &[NumberedEvent]) {
    for event in events.iter().filter(|event| event.stream == *name) {
        assert_eq!(event.number, event.stream_version.into(), "{event:?}");
    }
}
