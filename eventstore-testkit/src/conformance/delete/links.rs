use eventstore_core::{Error, ExpectedVersion, StreamSelector};

use super::{hard_delete, soft_delete};
use crate::conformance::refusal::leaves_all_as_it_is;
use crate::conformance::sample::{
    exactly, grow, ids_in, is_same_set, link, link_any, number, numbers, numbers_of, read_whole, stream, stream_of,
    version_of,
};
use crate::conformance::soundness::assert_is_sound;
use crate::conformance::{Harness, expect_error};

/// The links to hard-deleted events vanish; their streams keep the numbers of the others, and their versions.
///
/// Behaviours: R4.10, R4.12.
pub async fn removes_links_to_hard_deleted_events(harness: &dyn Harness) {
    let store = harness.store();
    let (a, b) = (stream_of(&*store, "a", 2).await, stream_of(&*store, "b", 2).await);
    let (of_a, of_b) = (ids_in(&*store, a.clone()).await, ids_in(&*store, b.clone()).await);
    let targets = [stream("first"), stream("second")];
    for target in &targets {
        link_any(&*store, target, vec![of_a[0], of_b[0], of_a[1], of_b[1]]).await;
        grow(&*store, target, 1).await;
    }
    hard_delete(&*store, &b).await;
    for target in &targets {
        let left = read_whole(&*store, target.clone()).await;
        assert_eq!(numbers_of(&left), numbers([1, 3, 5]));
        assert_eq!(version_of(&*store, target.clone()).await, 5.into());
    }
    assert_is_sound(&*store).await;
}

/// A stream whose last links vanished goes on after its version.
///
/// Behaviours: R4.12.
pub async fn goes_on_after_vanished_links(harness: &dyn Harness) {
    let store = harness.store();
    let (source, kept) = (
        stream_of(&*store, "source", 2).await,
        stream_of(&*store, "kept", 1).await,
    );
    let target = stream("s");
    link_any(&*store, &target, ids_in(&*store, source.clone()).await).await;
    hard_delete(&*store, &source).await;
    assert!(read_whole(&*store, target.clone()).await.is_empty());
    assert_eq!(version_of(&*store, target.clone()).await, 2.into());

    let ids = ids_in(&*store, kept).await;
    let outcome = leaves_all_as_it_is(&*store, link(&*store, &target, exactly(0), ids.clone())).await;
    expect_error!(outcome, Error::WrongExpectedVersion { actual: Some(actual), .. } if actual == 2.into());
    let receipt = link(&*store, &target, exactly(2), ids).await.unwrap();
    assert_eq!(receipt.first_version, 3.into());
    assert_eq!(grow(&*store, &target, 1).await.first_version, 4.into());
    assert_eq!(numbers_of(&read_whole(&*store, target).await), numbers([3, 4]));
}

/// The hard delete of a stream of links removes the links in it, and nothing of the events of other streams.
///
/// Behaviours: R4.11, T2.
pub async fn keeps_the_events_that_a_hard_deleted_stream_linked_to(harness: &dyn Harness) {
    let store = harness.store();
    let source = stream_of(&*store, "source", 3).await;
    let ids = ids_in(&*store, source.clone()).await;
    let (target, other) = (stream("s"), stream("other"));
    link_any(&*store, &target, ids[..2].to_vec()).await;
    link_any(&*store, &other, ids[..2].to_vec()).await;
    hard_delete(&*store, &target).await;
    assert_eq!(ids_in(&*store, source).await, ids);
    assert_eq!(ids_in(&*store, other).await, ids[..2]);
    assert_eq!(ids_in(&*store, StreamSelector::All).await, ids);
    assert_eq!(version_of(&*store, StreamSelector::All).await, 3.into());
    assert_is_sound(&*store).await;
}

/// Of a stream with links and events of its own, a hard delete removes its own events everywhere.
///
/// Behaviours: R4.11, T2.
pub async fn removes_just_the_own_events_of_a_hard_deleted_stream(harness: &dyn Harness) {
    let store = harness.store();
    let source = stream_of(&*store, "source", 2).await;
    let foreign = ids_in(&*store, source.clone()).await;
    let target = stream_of(&*store, "s", 1).await;
    link_any(&*store, &target, foreign.clone()).await;
    grow(&*store, &target, 1).await;
    let other = stream("other");
    link_any(&*store, &other, ids_in(&*store, target.clone()).await).await;

    hard_delete(&*store, &target).await;
    assert_eq!(ids_in(&*store, source).await, foreign);
    let all = read_whole(&*store, StreamSelector::All).await;
    assert_eq!(numbers_of(&all), numbers([1, 2]));
    let left = read_whole(&*store, other).await;
    assert_eq!(numbers_of(&left), numbers([2, 3]));
    assert!(left.iter().map(|event| event.event_id).eq(foreign));
    assert_is_sound(&*store).await;
}

/// After the hard delete of a stream of links, its events can be linked into the same name again.
///
/// Behaviours: R4.11.
pub async fn links_again_into_a_hard_deleted_stream_of_links(harness: &dyn Harness) {
    let store = harness.store();
    let source = stream_of(&*store, "source", 2).await;
    let ids = ids_in(&*store, source).await;
    let target = stream("s");
    for _ in 0..2 {
        let receipt = link(&*store, &target, ExpectedVersion::NoStream, ids.clone())
            .await
            .unwrap();
        assert_eq!(receipt.first_version, 1.into());
        hard_delete(&*store, &target).await;
    }
}

/// Hard-deleted events cannot be linked any more.
///
/// Behaviours: R3.6, R4.10.
pub async fn does_not_find_hard_deleted_events_to_link(harness: &dyn Harness) {
    let store = harness.store();
    let source = stream_of(&*store, "source", 2).await;
    let ids = ids_in(&*store, source.clone()).await;
    hard_delete(&*store, &source).await;
    let target = stream("s");
    let call = link(&*store, &target, ExpectedVersion::Any, ids.clone());
    let outcome = leaves_all_as_it_is(&*store, call).await;
    expect_error!(outcome, Error::EventsNotFound { event_ids } if is_same_set(&event_ids, &ids));
}

/// A hard delete removes links in soft-deleted streams as well.
///
/// Behaviours: R4.10.
pub async fn removes_links_in_soft_deleted_streams(harness: &dyn Harness) {
    let store = harness.store();
    let (source, target) = (stream_of(&*store, "source", 2).await, stream_of(&*store, "s", 1).await);
    link_any(&*store, &target, ids_in(&*store, source.clone()).await).await;
    soft_delete(&*store, &target).await;
    hard_delete(&*store, &source).await;
    store.undelete(&target).await.unwrap();
    assert_eq!(numbers_of(&read_whole(&*store, target.clone()).await), [number(1)]);
    assert_eq!(version_of(&*store, target).await, 3.into());
    assert_is_sound(&*store).await;
}
