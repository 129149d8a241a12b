use eventstore_core::{Error, EventId, ExpectedVersion, NewEvent, StreamName};

use crate::conformance::refusal::refused;
use crate::conformance::sample::{append, event, events, exactly, ids_of, new_ids_of, read_whole, stream};
use crate::conformance::{Backend, Harness, expect_error};

/// An id that is stored in the same stream is refused, and the refusal names it.
///
/// Behaviours: R1.27.
pub async fn refuses_an_id_that_stands_in_the_same_stream(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let stored = store_one(&*store).await;
    refuses_as_duplicate(&*store, &target, vec![stored.clone()], stored.id).await;
}

/// An id that is stored in another stream is refused by a stream that exists.
///
/// Behaviours: R1.27.
pub async fn refuses_an_id_that_stands_in_another_stream(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("other"));
    let stored = store_one(&*store).await;
    append(&*store, &target, exactly(0), vec![event()]).await.unwrap();
    refuses_as_duplicate(&*store, &target, vec![stored.clone()], stored.id).await;
}

/// A refused duplicate does not create the stream that it was meant for.
///
/// Behaviours: R1.27.
pub async fn creates_no_stream_for_a_duplicate(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("new"));
    let stored = store_one(&*store).await;
    refuses_as_duplicate(&*store, &target, vec![stored.clone()], stored.id).await;
    let looked_up = store.stream_info(&target.clone().into()).await;
    expect_error!(looked_up, Error::StreamNotFound { stream } if stream == target);
}

/// One duplicate among new events keeps all of them out.
///
/// Behaviours: R1.27.
pub async fn writes_nothing_beside_a_duplicate(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let stored = store_one(&*store).await;
    let mixed = vec![event(), stored.clone(), event()];
    refuses_as_duplicate(&*store, &target, mixed, stored.id).await;
}

/// One duplicate at the end of a large append keeps all of it out.
///
/// Behaviours: R1.42.
pub async fn writes_nothing_of_a_large_append_that_ends_with_a_duplicate(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("new"));
    let stored = store_one(&*store).await;
    let mut many = events(2_500);
    many.push(stored.clone());
    refuses_as_duplicate(&*store, &target, many, stored.id).await;
}

/// An append with a wrong version is refused for its version, even if its ids are stored.
///
/// Behaviours: R1.28.
pub async fn complains_about_the_version_before_the_duplicate(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let stored = store_one(&*store).await;
    let again = refused(&*store, &target, exactly(0), vec![stored.clone()]).await;
    expect_error!(again, Error::WrongExpectedVersion { actual: Some(actual), .. } if actual == 1.into());
    let again = refused(&*store, &target, ExpectedVersion::NoStream, vec![stored]).await;
    expect_error!(again, Error::StreamAlreadyExists { version, .. } if version == 1.into());
}

/// An append that is refused for its version stores none of its ids: they can be appended where they fit.
///
/// Behaviours: R1.27, R1.28.
pub async fn frees_the_ids_of_a_refused_append(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let new = events(2);
    let outcome = refused(&*store, &target, exactly(7), new.clone()).await;
    expect_error!(outcome, Error::WrongExpectedVersion { .. });
    append(&*store, &target, exactly(0), new.clone()).await.unwrap();
    assert_eq!(ids_of(&read_whole(&*store, target).await), new_ids_of(&new));
}

/// Puts one event into the stream `s`.
async fn store_one(store: &dyn Backend) -> NewEvent {
    let new = event();
    append(store, &stream("s"), exactly(0), vec![new.clone()])
        .await
        .unwrap();
    new
}

async fn refuses_as_duplicate(store: &dyn Backend, target: &StreamName, events: Vec<NewEvent>, id: EventId) {
    let outcome = refused(store, target, ExpectedVersion::Any, events).await;
    expect_error!(outcome, Error::DuplicateEvent { event_id } if event_id == id);
}
