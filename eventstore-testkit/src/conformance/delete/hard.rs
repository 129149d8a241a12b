use eventstore_core::{
    Append, Delete, Deletion, Direction, Error, EventReaderExt, ExpectedVersion, Idempotence, Read, Result,
    StreamSelector, StreamVersion,
};
use futures_util::StreamExt;

use super::{assert_does_not_exist, hard_delete, read_on_after, soft_delete};
use crate::conformance::contents::{Contents, all_streams};
use crate::conformance::refusal::leaves_all_as_it_is;
use crate::conformance::sample::{
    append, events, every_expectation, exactly, grow, ids_in, ids_of, info_of, link, new_ids_of, number, numbers,
    numbers_of, read_whole, stream, stream_of, version_of,
};
use crate::conformance::soundness::assert_is_sound;
use crate::conformance::{Harness, expect_error};

/// A hard-deleted stream is not found any more, on whichever node.
///
/// Behaviours: R2.3, R4.10, R5.1.
pub async fn removes_a_hard_deleted_stream(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let target = stream_of(&*store, "s", 3).await;
    hard_delete(&*store, &target).await;
    for node in [store, other] {
        assert_does_not_exist(&*node, &target).await;
        for read in [
            Read::new(target.clone()),
            Read::new(target.clone()).with_direction(Direction::Backward),
        ] {
            let first = node.numbered(read).next().await.unwrap();
            expect_error!(first, Error::StreamNotFound { stream } if stream == target);
        }
        assert!(
            all_streams(&*node)
                .await
                .iter()
                .all(|info| info.selector != target.clone().into())
        );
    }
}

/// The events of a hard-deleted stream vanish from `$all`; the others keep their positions, and `$all` its version.
///
/// Behaviours: R1.5, R2.9, R4.10, R4.12.
pub async fn leaves_a_gap_in_all_streams(harness: &dyn Harness) {
    let store = harness.store();
    for (name, count) in [("a", 2), ("s", 2), ("b", 1), ("s", 1), ("a", 1)] {
        grow(&*store, &stream(name), count).await;
    }
    hard_delete(&*store, &stream("s")).await;
    let all = read_whole(&*store, StreamSelector::All).await;
    assert_eq!(numbers_of(&all), numbers([1, 2, 5, 7]));
    assert!(all.iter().all(|event| event.stream.as_str() != "s"));
    assert_eq!(version_of(&*store, StreamSelector::All).await, 7.into());
    assert_is_sound(&*store).await;
}

/// The next append after a hard delete takes the next position, even if the last ones are gone.
///
/// Behaviours: R1.5, R1.7.
pub async fn goes_on_with_positions_after_a_hard_delete(harness: &dyn Harness) {
    let store = harness.store();
    grow(&*store, &stream("a"), 2).await;
    let target = stream_of(&*store, "s", 3).await;
    hard_delete(&*store, &target).await;
    assert_eq!(version_of(&*store, StreamSelector::All).await, 5.into());
    assert_eq!(grow(&*store, &stream("a"), 1).await.first_position, 6.into());
    let all = read_whole(&*store, StreamSelector::All).await;
    assert_eq!(numbers_of(&all), numbers([1, 2, 6]));
}

/// A hard delete leaves every other stream as it is.
///
/// Behaviours: R4.10.
pub async fn hard_deletes_just_the_one_stream(harness: &dyn Harness) {
    let store = harness.store();
    let others = ["a", "A", "a%", "_", "%", "", "a,1"];
    for name in others {
        stream_of(&*store, name, 2).await;
    }
    let before = Contents::of(&*store).await;
    let target = stream_of(&*store, "a_", 2).await;
    hard_delete(&*store, &target).await;
    let after = Contents::of(&*store).await;
    // `$all` comes first, and has moved on.
    assert_eq!(after.streams()[1..], before.streams()[1..]);
    assert_eq!(after.streams()[0].1, before.streams()[0].1);
}

/// A hard-deleted name is free: a new stream begins at version 1, with an id of its own.
///
/// Behaviours: R1.7, R4.13.
pub async fn frees_the_name_of_a_hard_deleted_stream(harness: &dyn Harness) {
    let store = harness.store();
    for expected in [ExpectedVersion::NoStream, exactly(0), ExpectedVersion::Any] {
        let target = stream("s");
        append(&*store, &target, expected, events(3)).await.unwrap();
        let before = info_of(&*store, target.clone()).await;
        hard_delete(&*store, &target).await;

        let anew = append(&*store, &target, expected, events(2)).await.unwrap();
        assert_eq!((anew.first_version, anew.last_version), (1.into(), 2.into()));
        let after = info_of(&*store, target.clone()).await;
        assert_ne!(after.id, before.id);
        assert!(after.created_at >= before.created_at);
        assert_eq!(numbers_of(&read_whole(&*store, target.clone()).await), numbers(1..=2));
        assert_is_sound(&*store).await;
        hard_delete(&*store, &target).await;
    }
}

/// A hard-deleted name can be re-created by a link.
///
/// Behaviours: R1.16.
pub async fn links_into_a_hard_deleted_name(harness: &dyn Harness) {
    let store = harness.store();
    let (source, target) = (stream_of(&*store, "source", 2).await, stream_of(&*store, "s", 3).await);
    hard_delete(&*store, &target).await;
    let ids = ids_in(&*store, source).await;
    let receipt = link(&*store, &target, ExpectedVersion::NoStream, ids.clone())
        .await
        .unwrap();
    assert_eq!((receipt.first_version, receipt.last_version), (1.into(), 2.into()));
    assert_eq!(ids_in(&*store, target).await, ids);
}

/// A hard-deleted name is that of a missing stream, whatever an append expects of it.
///
/// Behaviours: R1.16.
pub async fn takes_a_hard_deleted_stream_for_a_missing_one(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 3).await;
    for expected in every_expectation(3) {
        hard_delete(&*store, &target).await;
        let appended = append(&*store, &target, expected, events(1)).await;
        assert_is_taken_for_missing(expected, appended.map(|receipt| receipt.last_version));
        grow(&*store, &target, 3).await;
    }
}

/// A hard-deleted name is that of a missing stream, whatever a link expects of it.
///
/// Behaviours: R1.16.
pub async fn takes_a_hard_deleted_target_of_links_for_a_missing_one(harness: &dyn Harness) {
    let store = harness.store();
    let ids = ids_in(&*store, stream_of(&*store, "source", 1).await).await;
    let target = stream_of(&*store, "s", 3).await;
    for expected in every_expectation(3) {
        hard_delete(&*store, &target).await;
        let linked = link(&*store, &target, expected, ids.clone()).await;
        assert_is_taken_for_missing(expected, linked.map(|receipt| receipt.last_version));
        grow(&*store, &target, 3).await;
    }
}

/// A name that is used again is at its new version, whatever an append expects of it.
///
/// Behaviours: R1.17.
pub async fn checks_the_new_version_of_a_name_that_is_used_again(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 5).await;
    for expected in every_expectation(2).into_iter().chain([exactly(5)]) {
        hard_delete(&*store, &target).await;
        stream_of(&*store, "s", 2).await;
        let appended = append(&*store, &target, expected, events(1)).await;
        assert_stood_at_2(expected, appended.map(|receipt| receipt.first_version));
    }
}

/// A name that is used again is at its new version, whatever a link expects of it.
///
/// Behaviours: R1.17.
pub async fn checks_the_new_version_of_a_target_whose_name_is_used_again(harness: &dyn Harness) {
    let store = harness.store();
    let ids = ids_in(&*store, stream_of(&*store, "source", 1).await).await;
    let target = stream_of(&*store, "s", 5).await;
    for expected in every_expectation(2).into_iter().chain([exactly(5)]) {
        hard_delete(&*store, &target).await;
        stream_of(&*store, "s", 2).await;
        let linked = link(&*store, &target, expected, ids.clone()).await;
        assert_stood_at_2(expected, linked.map(|receipt| receipt.first_version));
    }
}

/// The ids of hard-deleted events can be used again, anywhere.
///
/// Behaviours: R1.29.
pub async fn frees_the_ids_of_hard_deleted_events(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let new = events(3);
    append(&*store, &target, exactly(0), new.clone()).await.unwrap();
    hard_delete(&*store, &target).await;
    append(&*store, &stream("other"), exactly(0), new[..1].to_vec())
        .await
        .unwrap();
    append(&*store, &target, exactly(0), new[1..].to_vec()).await.unwrap();
    let all = read_whole(&*store, StreamSelector::All).await;
    assert_eq!(ids_of(&all), new_ids_of(&new));
    assert_eq!(numbers_of(&all), numbers(4..=6));
}

/// An idempotent append of hard-deleted events is a new one.
///
/// Behaviours: R1.29.
pub async fn appends_hard_deleted_events_anew(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let again = Append::new(target.clone(), exactly(0), events(2))
        .unwrap()
        .with_idempotence(Idempotence::ByIds);
    store.append(again.clone()).await.unwrap();
    hard_delete(&*store, &target).await;
    let receipt = store.append(again).await.unwrap();
    assert!(!receipt.is_deduplicated);
    assert_eq!((receipt.first_version, receipt.first_position), (1.into(), 3.into()));
}

/// A soft-deleted stream can be deleted for good.
///
/// Behaviours: R4.5, T29.
pub async fn hard_deletes_a_soft_deleted_stream(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 3).await;
    grow(&*store, &stream("other"), 1).await;
    soft_delete(&*store, &target).await;
    hard_delete(&*store, &target).await;
    assert_does_not_exist(&*store, &target).await;
    let all = read_whole(&*store, StreamSelector::All).await;
    assert_eq!(numbers_of(&all), [number(4)]);
    stream_of(&*store, "s", 1).await;
}

/// A second hard delete finds nothing.
///
/// Behaviours: R4.13.
pub async fn does_not_find_a_hard_deleted_stream(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 3).await;
    hard_delete(&*store, &target).await;
    for delete in [
        Delete::new(target.clone(), Deletion::Hard),
        Delete::new(target.clone(), Deletion::Soft),
    ] {
        let outcome = leaves_all_as_it_is(&*store, store.delete(delete)).await;
        expect_error!(outcome, Error::StreamNotFound { stream } if stream == target);
    }
}

/// A large stream can be deleted for good.
///
/// Behaviours: R4.10.
pub async fn hard_deletes_2500_events(harness: &dyn Harness) {
    let store = harness.store();
    grow(&*store, &stream("other"), 1).await;
    let target = stream_of(&*store, "s", 2_500).await;
    grow(&*store, &stream("other"), 1).await;
    hard_delete(&*store, &target).await;
    let all = read_whole(&*store, StreamSelector::All).await;
    assert_eq!(numbers_of(&all), numbers([1, 2_502]));
    assert_is_sound(&*store).await;
}

/// A lazy read ends with an error at the next page once its stream has been deleted for good.
///
/// Behaviours: R2.15, R2.16.
pub async fn ends_a_lazy_read_of_a_stream_that_is_hard_deleted(harness: &dyn Harness) {
    for direction in [Direction::Forward, Direction::Backward] {
        let rest = read_on_after(harness, direction, hard_delete).await;
        expect_error!(rest, Error::StreamNotFound { stream } if stream.as_str() == "s");
    }
}

/// The outcome of a write that was tried on a stream of two events, with the first version that was written.
fn assert_stood_at_2(expected: ExpectedVersion, written: Result<StreamVersion>) {
    match expected {
        ExpectedVersion::NoStream => {
            expect_error!(written, Error::StreamAlreadyExists { version, .. } if version == 2.into());
        }
        expected if expected == exactly(0) || expected == exactly(5) => {
            expect_error!(written, Error::WrongExpectedVersion { actual: Some(actual), .. } if actual == 2.into());
        }
        _ => assert_eq!(written.unwrap(), 3.into(), "{expected}"),
    }
}

fn assert_is_taken_for_missing(expected: ExpectedVersion, last_version: Result<StreamVersion>) {
    match expected {
        ExpectedVersion::StreamExists => expect_error!(last_version, Error::StreamNotFound { .. }),
        expected if expected.may_create() => assert_eq!(last_version.unwrap(), 1.into(), "{expected}"),
        _ => expect_error!(last_version, Error::WrongExpectedVersion { actual: None, .. }),
    }
}
