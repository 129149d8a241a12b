use eventstore_core::{Delete, Deletion, Error, EventId, ExpectedVersion, Link};
use uuid::Uuid;

use super::source_events;
use crate::conformance::refusal::leaves_all_as_it_is;
use crate::conformance::sample::{every_expectation, exactly, ids_in, is_same_set, link, link_any, stream, stream_of};
use crate::conformance::{Harness, expect_error};

/// A link with unknown events names all of them, and links none.
///
/// Behaviours: R3.3, R3.7, T5.
pub async fn names_all_unknown_events_and_links_none(harness: &dyn Harness) {
    let store = harness.store();
    let ids = source_events(&*store, 2).await;
    let (first, second) = (unknown(), unknown());
    let mixed = vec![ids[0], first, ids[1], second];
    for target in [stream("missing"), stream_of(&*store, "s", 2).await] {
        let outcome = leaves_all_as_it_is(&*store, link(&*store, &target, ExpectedVersion::Any, mixed.clone())).await;
        expect_error!(outcome, Error::EventsNotFound { event_ids } if is_same_set(&event_ids, &[first, second]));
    }
}

/// A link of unknown events does not create its target.
///
/// Behaviours: R3.6.
pub async fn creates_no_target_for_unknown_events(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let nowhere = unknown();
    let outcome = leaves_all_as_it_is(&*store, link(&*store, &target, exactly(0), vec![nowhere])).await;
    expect_error!(outcome, Error::EventsNotFound { event_ids } if event_ids == [nowhere]);
    let looked_up = store.stream_info(&target.clone().into()).await;
    expect_error!(looked_up, Error::StreamNotFound { stream } if stream == target);
}

/// An event that is linked into the target already is refused, and the refusal names it.
///
/// Behaviours: R3.4.
pub async fn refuses_to_link_an_event_twice(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let ids = source_events(&*store, 3).await;
    link_any(&*store, &target, ids[..2].to_vec()).await;
    for again in [vec![ids[0]], vec![ids[2], ids[0]]] {
        let outcome = leaves_all_as_it_is(&*store, link(&*store, &target, ExpectedVersion::Any, again)).await;
        expect_error!(outcome, Error::DuplicateEvent { event_id } if event_id == ids[0]);
    }
}

/// An event cannot be linked into the stream that it was appended to.
///
/// Behaviours: R3.4.
pub async fn refuses_to_link_an_event_into_its_own_stream(harness: &dyn Harness) {
    let store = harness.store();
    let own = source_events(&*store, 2).await;
    let other = stream_of(&*store, "other", 1).await;
    let foreign = ids_in(&*store, other).await[0];
    let mixed = vec![foreign, own[1]];
    let outcome = leaves_all_as_it_is(&*store, link(&*store, &stream("source"), ExpectedVersion::Any, mixed)).await;
    expect_error!(outcome, Error::DuplicateEvent { event_id } if event_id == own[1]);
}

/// An event that is twice in one link is refused.
///
/// Behaviours: R3.4.
pub async fn refuses_an_event_that_stands_twice_in_a_link(harness: &dyn Harness) {
    let store = harness.store();
    let ids = source_events(&*store, 2).await;
    let twice = Link::new(stream("s"), ExpectedVersion::Any, vec![ids[0], ids[1], ids[0]]);
    expect_error!(twice, Error::DuplicateEvent { event_id } if event_id == ids[0]);
}

/// A link with a wrong version is refused for its version, even if its events are unknown or linked already.
///
/// Behaviours: R3.2.
pub async fn complains_about_the_version_before_the_events(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let ids = source_events(&*store, 2).await;
    link_any(&*store, &target, ids.clone()).await;
    for bad in [vec![ids[0]], vec![unknown()]] {
        let outcome = leaves_all_as_it_is(&*store, link(&*store, &target, exactly(1), bad.clone())).await;
        expect_error!(outcome, Error::WrongExpectedVersion { actual: Some(actual), .. } if actual == 2.into());
        let outcome = leaves_all_as_it_is(&*store, link(&*store, &target, ExpectedVersion::NoStream, bad)).await;
        expect_error!(outcome, Error::StreamAlreadyExists { version, .. } if version == 2.into());
    }
}

/// A soft-deleted target is refused as deleted, whatever is expected of it and whatever is linked.
///
/// Behaviours: R1.15, R3.9, R4.4.
pub async fn refuses_a_soft_deleted_target(harness: &dyn Harness) {
    let store = harness.store();
    let ids = source_events(&*store, 1).await;
    let target = stream_of(&*store, "s", 2).await;
    store.delete(Delete::new(target.clone(), Deletion::Soft)).await.unwrap();
    for expected in every_expectation(2).into_iter().chain([exactly(7)]) {
        for ids in [ids.clone(), vec![unknown()]] {
            let outcome = leaves_all_as_it_is(&*store, link(&*store, &target, expected, ids)).await;
            expect_error!(outcome, Error::StreamDeleted { stream } if stream == target);
        }
    }
}

fn unknown() -> EventId {
    Uuid::now_v7().into()
}
