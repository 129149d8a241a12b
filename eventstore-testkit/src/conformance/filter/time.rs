use eventstore_core::{Delete, Deletion, Error, EventNumber, NewEvent, StreamSelector, Timestamp};

use super::expect_error;
use crate::conformance::sample::{event, ids_in, link_any, number, stream, stream_of};
use crate::conformance::{Backend, Harness};

/// A time has the number of the first event that happened then or later.
pub async fn finds_the_first_event_at_or_after_a_time(harness: &dyn Harness) {
    let store = harness.store();
    append_at(&*store, "s", &[10, 20, 30]).await;
    for selector in [StreamSelector::All, stream("s").into()] {
        for (second, expected) in [(0, 1), (10, 1), (11, 2), (20, 2), (29, 3), (30, 3)] {
            assert_eq!(
                number_at(&*store, &selector, second).await,
                number(expected),
                "{selector} {second}"
            );
        }
        let just_after = Timestamp::from_unix_micros(at(20).unix_micros() + 1).unwrap();
        assert_eq!(store.number_at(&selector, just_after).await.unwrap(), number(3));
    }
}

/// Of events at the same time, the first one counts.
pub async fn finds_the_first_of_events_at_the_same_time(harness: &dyn Harness) {
    let store = harness.store();
    append_at(&*store, "s", &[10, 20, 20, 20, 30, 30]).await;
    for (second, expected) in [(20, 2), (15, 2), (21, 5), (30, 5)] {
        assert_eq!(
            number_at(&*store, &StreamSelector::All, second).await,
            number(expected),
            "{second}"
        );
    }
}

/// Where times do not ascend with the numbers, the lowest number counts, and no later event hides it.
pub async fn finds_the_lowest_number_where_times_do_not_ascend(harness: &dyn Harness) {
    let store = harness.store();
    let mut seconds = vec![5; 30];
    seconds[3] = 50;
    seconds[20] = 70;
    seconds[21] = 60;
    append_at(&*store, "s", &seconds).await;
    for (second, expected) in [(5, 1), (6, 4), (50, 4), (51, 21), (60, 21), (70, 21), (71, 31)] {
        assert_eq!(
            number_at(&*store, &StreamSelector::All, second).await,
            number(expected),
            "{second}"
        );
    }
}

/// A time after every event has the number that the next event will get.
pub async fn gives_the_next_number_for_a_time_after_every_event(harness: &dyn Harness) {
    let store = harness.store();
    append_at(&*store, "a", &[10, 20]).await;
    append_at(&*store, "b", &[15]).await;
    for (selector, expected) in [
        (StreamSelector::All, 4),
        (stream("a").into(), 3),
        (stream("b").into(), 2),
    ] {
        assert_eq!(number_at(&*store, &selector, 21).await, number(expected), "{selector}");
    }
    append_at(&*store, "a", &[40]).await;
    assert_eq!(number_at(&*store, &StreamSelector::All, 21).await, number(4));
}

/// In an empty store every time has the number of the first event to come.
pub async fn gives_the_first_number_for_any_time_of_an_empty_store(harness: &dyn Harness) {
    let store = harness.store();
    assert_eq!(number_at(&*store, &StreamSelector::All, 0).await, EventNumber::FIRST);
}

/// In a stream that never held an event every time has the number of the first event to come.
pub async fn gives_the_first_number_for_any_time_of_an_empty_stream(harness: &dyn Harness) {
    let target = stream("s");
    harness.put_empty_stream(&target).await;
    let found = number_at(&*harness.store(), &target.into(), 0).await;
    assert_eq!(found, EventNumber::FIRST);
}

/// A time has no number in a missing stream.
pub async fn finds_no_time_in_a_missing_stream(harness: &dyn Harness) {
    let (store, missing) = (harness.store(), stream("missing"));
    let outcome = store.number_at(&missing.clone().into(), at(0)).await;
    expect_error!(outcome, Error::StreamNotFound { stream } if stream == missing);
}

/// A time has no number in a soft-deleted stream.
pub async fn finds_no_time_in_a_soft_deleted_stream(harness: &dyn Harness) {
    let store = harness.store();
    let deleted = stream_of(&*store, "deleted", 2).await;
    store
        .delete(Delete::new(deleted.clone(), Deletion::Soft))
        .await
        .unwrap();
    for second in [0, 4_000_000_000] {
        let outcome = store.number_at(&deleted.clone().into(), at(second)).await;
        expect_error!(outcome, Error::StreamDeleted { stream } if stream == deleted);
    }
}

/// Events that were hard-deleted have no time any more, and leave the numbers of the others as they are.
pub async fn passes_hard_deleted_events_in_search_of_a_time(harness: &dyn Harness) {
    let store = harness.store();
    append_at(&*store, "gone", &[10; 12]).await;
    append_at(&*store, "kept", &[10]).await;
    append_at(&*store, "gone", &[20; 12]).await;
    store.delete(Delete::new(stream("gone"), Deletion::Hard)).await.unwrap();
    for (second, expected) in [(0, 13), (10, 13), (11, 26)] {
        assert_eq!(
            number_at(&*store, &StreamSelector::All, second).await,
            number(expected),
            "{second}"
        );
    }
}

/// In a stream of links, the number is that of the link, the time that of the event.
pub async fn finds_times_of_linked_events(harness: &dyn Harness) {
    let store = harness.store();
    append_at(&*store, "source", &[30, 10, 20]).await;
    append_at(&*store, "s", &[5, 15]).await;
    let mut ids = ids_in(&*store, stream("source")).await;
    ids.rotate_left(1);
    link_any(&*store, &stream("s"), ids).await;
    append_at(&*store, "s", &[40]).await;
    // The stream now holds the seconds 5, 15, 10, 20, 30, 40.
    for (second, expected) in [(0, 1), (6, 2), (16, 4), (21, 5), (31, 6), (41, 7)] {
        assert_eq!(
            number_at(&*store, &stream("s").into(), second).await,
            number(expected),
            "{second}"
        );
    }
}

/// Every node gives a time the same number, as soon as the event is acknowledged.
pub async fn gives_a_time_the_same_number_on_every_node(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    for second in 1..=20 {
        append_at(&*store, "s", &[second]).await;
        for node in [&store, &other] {
            let found = number_at(&**node, &StreamSelector::All, second).await;
            assert_eq!(found, number(u32::try_from(second).unwrap()));
        }
    }
}

/// That many seconds after a certain time.
pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_unix_micros(1_700_000_000_000_000 + second * 1_000_000).unwrap()
}

pub(super) fn event_at(second: i64) -> NewEvent {
    event().with_created_at(at(second))
}

/// Appends an event for each of these seconds.
pub(super) async fn append_at(store: &dyn Backend, name: &str, seconds: &[i64]) {
    super::put(store, name, seconds.iter().map(|second| event_at(*second)).collect()).await;
}

async fn number_at(store: &dyn Backend, selector: &StreamSelector, second: i64) -> EventNumber {
    store.number_at(selector, at(second)).await.unwrap()
}
