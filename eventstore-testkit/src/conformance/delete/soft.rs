use eventstore_core::backend::PageRequest;
use eventstore_core::{
    Append, AppendSet, Delete, Deletion, Direction, Error, EventNumber, EventReaderExt, ExpectedVersion, Read,
    StreamSelector,
};
use futures_util::StreamExt;

use super::{assert_is_soft_deleted, read_on_after, soft_delete};
use crate::conformance::refusal::{leaves_all_as_it_is, refused};
use crate::conformance::sample::{
    append, event, events, every_expectation, exactly, grow, ids_in, info_of, link_any, new_ids_of, numbers,
    numbers_of, read_whole, stream, stream_of,
};
use crate::conformance::soundness::assert_is_sound;
use crate::conformance::{Harness, expect_error};

/// A soft-deleted stream is refused as such by appends, whatever they expect.
///
/// Behaviours: R1.15, R1.18, R4.4.
pub async fn refuses_appends_to_a_soft_deleted_stream(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let target = stream_of(&*store, "s", 3).await;
    let stored = event();
    append(&*store, &stream("other"), exactly(0), vec![stored.clone()])
        .await
        .unwrap();
    soft_delete(&*store, &target).await;
    for expected in every_expectation(3).into_iter().chain([exactly(7)]) {
        for new in [events(1), vec![stored.clone()]] {
            let outcome = refused(&*other, &target, expected, new).await;
            expect_error!(outcome, Error::StreamDeleted { stream } if stream == target);
        }
    }
}

/// A soft-deleted stream is refused as such by sets of appends.
///
/// Behaviours: R1.15, R4.4.
pub async fn refuses_sets_with_a_soft_deleted_stream(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 3).await;
    soft_delete(&*store, &target).await;
    for expected in every_expectation(3) {
        let set = AppendSet::new(vec![
            Append::new(stream("new"), ExpectedVersion::Any, events(1)).unwrap(),
            Append::new(target.clone(), expected, events(1)).unwrap(),
        ]);
        let outcome = leaves_all_as_it_is(&*store, store.append_set(set.unwrap())).await;
        expect_error!(outcome, Error::StreamDeleted { stream } if stream == target);
    }
}

/// A soft-deleted stream cannot be read or looked up, on whichever node.
///
/// Behaviours: R2.3, R4.4, R5.1.
pub async fn refuses_to_read_a_soft_deleted_stream(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let target = stream_of(&*store, "s", 3).await;
    soft_delete(&*store, &target).await;
    for node in [store, other] {
        assert_is_soft_deleted(&*node, &target).await;
        for direction in [Direction::Forward, Direction::Backward] {
            for (from, limit) in [(0, 10), (1, 10), (7, 1), (1, 0)] {
                let request = PageRequest::new(target.clone(), direction, EventNumber::from(from), limit);
                let outcome = node.read_page(request).await;
                expect_error!(outcome, Error::StreamDeleted { stream } if stream == target);
            }
        }
        for read in [
            Read::new(target.clone()),
            Read::new(target.clone()).with_direction(Direction::Backward),
        ] {
            let mut events = node.numbered(read);
            let first = events.next().await.unwrap();
            expect_error!(first, Error::StreamDeleted { stream } if stream == target);
            assert!(events.next().await.is_none());
        }
    }
}

/// A lazy read ends with an error at the next page once its stream has been soft-deleted.
///
/// Behaviours: R2.15, R2.16.
pub async fn ends_a_lazy_read_of_a_stream_that_is_soft_deleted(harness: &dyn Harness) {
    for direction in [Direction::Forward, Direction::Backward] {
        let rest = read_on_after(harness, direction, soft_delete).await;
        expect_error!(rest, Error::StreamDeleted { stream } if stream.as_str() == "s");
        harness
            .store()
            .delete(Delete::new(stream("s"), Deletion::Hard))
            .await
            .unwrap();
    }
}

/// The events of a soft-deleted stream stay in `$all`.
///
/// Behaviours: R2.8, R4.6.
pub async fn keeps_soft_deleted_events_in_all_streams(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 3).await;
    grow(&*store, &stream("other"), 2).await;
    let before = (
        info_of(&*store, StreamSelector::All).await,
        read_whole(&*store, StreamSelector::All).await,
    );
    soft_delete(&*store, &target).await;
    let after = (
        info_of(&*store, StreamSelector::All).await,
        read_whole(&*store, StreamSelector::All).await,
    );
    assert_eq!(after, before);
    let next = grow(&*store, &stream("other"), 1).await;
    assert_eq!((next.first_version, next.first_position), (3.into(), 6.into()));
}

/// The events of a soft-deleted stream stay in the streams that link to them.
///
/// Behaviours: R2.8, R4.6.
pub async fn keeps_links_to_soft_deleted_events(harness: &dyn Harness) {
    let store = harness.store();
    let source = stream_of(&*store, "source", 3).await;
    let target = stream("s");
    link_any(&*store, &target, ids_in(&*store, source.clone()).await).await;
    let before = read_whole(&*store, target.clone()).await;
    soft_delete(&*store, &source).await;
    let after = read_whole(&*store, target).await;
    assert_eq!(after, before);
    assert_eq!(numbers_of(&after), numbers(1..=3));
    assert!(after.iter().all(|event| event.stream == source));
}

/// Events of a soft-deleted stream can still be linked.
///
/// Behaviours: R3.9.
pub async fn links_events_of_a_soft_deleted_stream(harness: &dyn Harness) {
    let store = harness.store();
    let source = stream_of(&*store, "source", 3).await;
    let ids = ids_in(&*store, source.clone()).await;
    soft_delete(&*store, &source).await;
    let target = stream("s");
    link_any(&*store, &target, ids.clone()).await;
    assert_eq!(ids_in(&*store, target).await, ids);
    assert_is_sound(&*store).await;
}

/// The ids of soft-deleted events stay taken.
///
/// Behaviours: R1.27.
pub async fn keeps_the_ids_of_soft_deleted_events(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let new = events(2);
    append(&*store, &target, exactly(0), new.clone()).await.unwrap();
    soft_delete(&*store, &target).await;
    let outcome = refused(&*store, &stream("other"), ExpectedVersion::Any, new[1..].to_vec()).await;
    expect_error!(outcome, Error::DuplicateEvent { event_id } if [event_id] == new_ids_of(&new)[1..]);
}

/// A soft delete leaves other streams alone, also ones whose names read as a pattern for it.
pub async fn soft_deletes_just_the_one_stream(harness: &dyn Harness) {
    let store = harness.store();
    let others = ["a", "A", "a%", "_", "%", "", "a,1"];
    for name in others {
        stream_of(&*store, name, 2).await;
    }
    let target = stream_of(&*store, "a_", 2).await;
    soft_delete(&*store, &target).await;
    for name in others {
        assert_eq!(read_whole(&*store, stream(name)).await.len(), 2, "{name:?}");
    }
}
