use std::num::NonZeroU32;

use eventstore_core::{Direction, Error, EventReaderExt, Read, StreamSelector};
use futures_util::{StreamExt, TryStreamExt};

use super::time::{append_at, at, event_at};
use super::{expect_error, put, types};
use crate::conformance::Harness;
use crate::conformance::sample::{event_type, number, numbers, numbers_of, read, stream};

/// Lazily, a read from a time on begins with the first event that happened then or later, and gives all that follow,
/// whatever their times.
pub async fn reads_from_a_time_on(harness: &dyn Harness) {
    let store = harness.store();
    append_at(&*store, "s", &[10, 20, 5, 30, 15]).await;
    for selector in [StreamSelector::All, stream("s").into()] {
        for (second, first) in [(0, 1), (11, 2), (20, 2), (21, 4), (30, 4), (31, 6)] {
            let from_time = Read::new(selector.clone()).with_start_time(at(second));
            assert_eq!(numbers_of(&read(&*store, from_time.clone()).await), numbers(first..=5));
            let paged = from_time.with_page_size(NonZeroU32::MIN).with_limit(2);
            let expected = numbers((first..=5).take(2));
            assert_eq!(numbers_of(&read(&*store, paged).await), expected, "{second}");
        }
    }
}

/// Lazily, backward, a read from a time on begins with the same event and goes back from there.
pub async fn reads_back_from_a_time(harness: &dyn Harness) {
    let store = harness.store();
    append_at(&*store, "s", &[10, 20, 5, 30, 15]).await;
    for (second, first) in [(0, 1), (11, 2), (21, 4), (31, 5)] {
        let read_back = Read::all()
            .with_direction(Direction::Backward)
            .with_start_time(at(second));
        let expected = numbers((1..=first).rev());
        assert_eq!(numbers_of(&read(&*store, read_back).await), expected, "{second}");
    }
}

/// A time and a filter do not affect each other: the read begins with the first event at the time or later, matching
/// or not, and gives those that match from there on.
pub async fn reads_matching_events_from_a_time_on(harness: &dyn Harness) {
    let store = harness.store();
    let rare = |second| event_at(second).with_event_type(event_type("Rare"));
    put(
        &*store,
        "s",
        vec![rare(10), event_at(20), rare(5), event_at(6), rare(30)],
    )
    .await;
    let from_time = |second| Read::all().with_filter(types(&["Rare"])).with_start_time(at(second));
    for (second, expected) in [(0, &[1, 3, 5][..]), (11, &[3, 5]), (21, &[5]), (31, &[])] {
        let found = read(&*store, from_time(second)).await;
        assert_eq!(numbers_of(&found), numbers(expected.iter().copied()), "{second}");
    }
    let found = read(&*store, from_time(11).with_direction(Direction::Backward)).await;
    assert_eq!(numbers_of(&found), numbers([1]));
}

/// The start that is set last counts, be it a number or a time.
pub async fn starts_where_it_was_told_last(harness: &dyn Harness) {
    let store = harness.store();
    append_at(&*store, "s", &[10, 20, 30]).await;
    let by_time = Read::all().with_start(number(3)).with_start_time(at(20));
    assert_eq!(numbers_of(&read(&*store, by_time).await), numbers([2, 3]));
    let by_number = Read::all().with_start_time(at(20)).with_start(number(3));
    assert_eq!(numbers_of(&read(&*store, by_number).await), numbers([3]));
}

/// Lazily, a read from a time that has not come gives what is appended before its first page.
pub async fn finds_the_time_when_the_first_page_is_read(harness: &dyn Harness) {
    let store = harness.store();
    append_at(&*store, "s", &[10, 20]).await;
    let reading = store.numbered(Read::all().with_start_time(at(25)));
    append_at(&*store, "s", &[24, 30]).await;
    let events: Vec<_> = reading.try_collect().await.unwrap();
    assert_eq!(numbers_of(&events), numbers([4]));
}

/// Lazily, from a time on, a missing stream is the first item, and the only one.
pub async fn gives_a_missing_stream_as_the_first_item_from_a_time_on(harness: &dyn Harness) {
    let (store, missing) = (harness.store(), stream("missing"));
    let mut reading = store.numbered(Read::new(missing.clone()).with_start_time(at(0)));
    let first = reading.next().await.unwrap();
    expect_error!(first, Error::StreamNotFound { stream } if stream == missing);
    assert!(reading.next().await.is_none());
}
