use eventstore_core::{Append, ExpectedVersion, NewEvent, StreamName, Timestamp};

use super::fields::assert_is_now;
use crate::conformance::sample::{event, events, exactly, info_of, read_whole, stream, stream_of};
use crate::conformance::{Backend, Harness};

/// An append's time is that of its events and of the stream that it creates, at an exact version.
///
/// Behaviours: R1.34.
pub async fn gives_a_new_stream_the_time_of_the_append_at_an_exact_version(harness: &dyn Harness) {
    gives_a_new_stream_the_time_of_the_append(harness, exactly(0), 2).await;
}

/// An append's time is that of its events and of the stream that it creates, at any version.
///
/// Behaviours: R1.34.
pub async fn gives_a_new_stream_the_time_of_the_append_at_any_version(harness: &dyn Harness) {
    gives_a_new_stream_the_time_of_the_append(harness, ExpectedVersion::Any, 2).await;
}

/// An append's time is that of all its events and of the stream that it creates, however many they are.
///
/// Behaviours: R1.34, R1.40.
pub async fn gives_a_new_stream_the_time_of_a_large_append(harness: &dyn Harness) {
    gives_a_new_stream_the_time_of_the_append(harness, ExpectedVersion::NoStream, 2_500).await;
}

/// An append's time is that of its events, but not of a stream that exists, at an exact version.
///
/// Behaviours: R1.34.
pub async fn leaves_an_existing_stream_its_time_at_an_exact_version(harness: &dyn Harness) {
    leaves_an_existing_stream_its_time(harness, exactly(2)).await;
}

/// An append's time is that of its events, but not of a stream that exists, at any version.
///
/// Behaviours: R1.34.
pub async fn leaves_an_existing_stream_its_time_at_any_version(harness: &dyn Harness) {
    leaves_an_existing_stream_its_time(harness, ExpectedVersion::Any).await;
}

/// An append's time wins over the times of its events.
///
/// Behaviours: R1.34.
pub async fn prefers_the_time_of_the_append_to_those_of_its_events(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let own_time = event().with_created_at(time("2002-02-02T02:02:02Z"));
    append_at(&*store, &target, exactly(0), vec![own_time, event()]).await;
    assert_happened_at_the_given_time(&*store, &target, 0).await;
}

/// Without a time of the append a new stream is created now, whenever its events happened.
///
/// Behaviours: R1.35.
pub async fn gives_a_new_stream_the_present_time_when_none_is_given(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let past = event().with_created_at(given_time());
    let append = Append::new(target.clone(), ExpectedVersion::Any, vec![past]).unwrap();
    store.append(append).await.unwrap();
    assert_is_now(info_of(&*store, target).await.created_at);
}

async fn gives_a_new_stream_the_time_of_the_append(harness: &dyn Harness, expected: ExpectedVersion, count: usize) {
    let (store, target) = (harness.store(), stream("s"));
    append_at(&*store, &target, expected, events(count)).await;
    assert_happened_at_the_given_time(&*store, &target, 0).await;
    assert_eq!(info_of(&*store, target).await.created_at, given_time());
}

async fn leaves_an_existing_stream_its_time(harness: &dyn Harness, expected: ExpectedVersion) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 2).await;
    let before = info_of(&*store, target.clone()).await.created_at;
    append_at(&*store, &target, expected, events(2)).await;
    assert_happened_at_the_given_time(&*store, &target, 2).await;
    assert_eq!(info_of(&*store, target).await.created_at, before);
}

async fn append_at(store: &dyn Backend, target: &StreamName, expected: ExpectedVersion, events: Vec<NewEvent>) {
    let append = Append::new(target.clone(), expected, events).unwrap();
    store.append(append.with_created_at(given_time())).await.unwrap();
}

async fn assert_happened_at_the_given_time(store: &dyn Backend, target: &StreamName, skipped: usize) {
    let stored = read_whole(store, target.clone()).await;
    assert!(
        stored
            .iter()
            .take(skipped)
            .all(|event| event.created_at != given_time())
    );
    assert!(
        stored
            .iter()
            .skip(skipped)
            .all(|event| event.created_at == given_time())
    );
    assert!(stored.len() > skipped);
}

fn given_time() -> Timestamp {
    time("2001-02-03T04:05:06.123456Z")
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}
