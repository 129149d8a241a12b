use std::sync::Arc;

use eventstore_core::{
    Append, AppendReceipt, Delete, Deletion, Error, ExpectedVersion, Idempotence, NewEvent, Result, StreamName,
};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::conformance::refusal::leaves_all_as_it_is;
use crate::conformance::sample::{
    append, event, event_type, events, every_expectation, exactly, grow, ids_in, link_any, new_ids_of, stream,
    stream_of,
};
use crate::conformance::{Backend, Harness, expect_error};

const WRITERS: usize = 8;

/// A repeated append is answered with its first receipt, whatever is expected of the stream, and writes nothing.
///
/// Behaviours: R1.28.
pub async fn answers_a_repeated_append_with_its_receipt(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let target = stream_of(&*store, "s", 2).await;
    let new = events(3);
    let first = repeat(&*store, &target, exactly(2), new.clone()).await.unwrap();
    assert!(!first.is_deduplicated);
    assert_eq!((first.first_version, first.last_version), (3.into(), 5.into()));
    for expected in every_expectation(99).into_iter().chain([exactly(2), exactly(5)]) {
        for node in [&store, &other] {
            let again = leaves_all_as_it_is(&**node, repeat(&**node, &target, expected, new.clone())).await;
            assert_eq!(again.unwrap(), deduplicated(&first), "{expected}");
        }
    }
}

/// A repeated append is answered with its first receipt although the stream has moved on.
///
/// Behaviours: R1.28.
pub async fn answers_a_repeated_append_after_the_stream_moved_on(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let (created, extended) = (events(2), events(3));
    let first = repeat(&*store, &target, ExpectedVersion::NoStream, created.clone())
        .await
        .unwrap();
    grow(&*store, &stream("other"), 4).await;
    let second = repeat(&*store, &target, exactly(2), extended.clone()).await.unwrap();
    grow(&*store, &target, 2).await;

    for (expected, new, receipt) in [
        (ExpectedVersion::NoStream, created, first),
        (exactly(2), extended, second),
    ] {
        let again = leaves_all_as_it_is(&*store, repeat(&*store, &target, expected, new)).await;
        assert_eq!(again.unwrap(), deduplicated(&receipt));
    }
}

/// A large append can be repeated as well.
///
/// Behaviours: R1.28.
pub async fn answers_a_repeated_large_append(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let new = events(2_500);
    let first = repeat(&*store, &target, exactly(0), new.clone()).await.unwrap();
    assert_eq!(first.count(), 2_500);
    let again = leaves_all_as_it_is(&*store, repeat(&*store, &target, exactly(0), new)).await;
    assert_eq!(again.unwrap(), deduplicated(&first));
}

/// An idempotent append finds what was appended without saying that it may be repeated.
pub async fn answers_the_repetition_of_an_ordinary_append(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let new = events(2);
    let first = append(&*store, &target, exactly(0), new.clone()).await.unwrap();
    let again = leaves_all_as_it_is(&*store, repeat(&*store, &target, exactly(0), new)).await;
    assert_eq!(again.unwrap(), deduplicated(&first));
}

/// Events with the same ids are the same to an idempotent append, whatever else it says about them: nothing of that is stored.
pub async fn takes_the_same_ids_for_the_same_events(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let new = events(2);
    let first = repeat(&*store, &target, exactly(0), new.clone()).await.unwrap();
    for changed in each_changed(&new[1]) {
        let events = vec![new[0].clone(), changed];
        let again = leaves_all_as_it_is(&*store, repeat(&*store, &target, exactly(0), events)).await;
        assert_eq!(again.unwrap(), deduplicated(&first));
    }
}

/// An append that compares contents refuses another type, or other data, and answers the repetition of the same.
pub async fn refuses_another_content_if_it_is_compared(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let new = events(2);
    let first = compare(&*store, &target, new.clone()).await.unwrap();
    assert!(!first.is_deduplicated);
    for changed in each_changed(&new[1]) {
        let events = vec![new[0].clone(), changed];
        let outcome = leaves_all_as_it_is(&*store, compare(&*store, &target, events)).await;
        expect_error!(outcome, Error::DifferentContent { event_id } if event_id == new[1].id);
    }
    let attributed = new[1].clone().with_metadata("{\"attempt\": 2}");
    for again in [new.clone(), vec![new[0].clone(), attributed]] {
        let again = leaves_all_as_it_is(&*store, compare(&*store, &target, again)).await;
        assert_eq!(again.unwrap(), deduplicated(&first));
    }
}

/// The event with another type, and with other data.
fn each_changed(event: &NewEvent) -> [NewEvent; 2] {
    let renamed = event.clone().with_event_type(event_type("Unhappened"));
    let rewritten = event.clone().with_data("{\"a\": 2}");
    [renamed, rewritten]
}

async fn compare(store: &dyn Backend, stream: &StreamName, events: Vec<NewEvent>) -> Result<AppendReceipt> {
    let append = Append::new(stream.clone(), ExpectedVersion::NoStream, events)?;
    store.append(append.with_idempotence(Idempotence::ByContent)).await
}

/// An idempotent append of new events is appended like any other.
pub async fn appends_new_events_of_an_idempotent_append(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 3).await;
    for (expected, version) in [
        (ExpectedVersion::Any, 4),
        (ExpectedVersion::StreamExists, 5),
        (exactly(5), 6),
    ] {
        let receipt = repeat(&*store, &target, expected, events(1)).await.unwrap();
        assert!(!receipt.is_deduplicated);
        assert_eq!(
            (receipt.first_version, receipt.last_version),
            (version.into(), version.into())
        );
    }
}

/// An idempotent append of new events is refused like any other.
pub async fn refuses_new_events_of_an_idempotent_append(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 3).await;
    for wrong in [exactly(0), exactly(2), exactly(4)] {
        let outcome = refused(&*store, &target, wrong, events(1)).await;
        expect_error!(outcome, Error::WrongExpectedVersion { actual: Some(actual), .. } if actual == 3.into());
    }
    let outcome = refused(&*store, &target, ExpectedVersion::NoStream, events(1)).await;
    expect_error!(outcome, Error::StreamAlreadyExists { version, .. } if version == 3.into());
    let missing = stream("missing");
    let outcome = refused(&*store, &missing, ExpectedVersion::StreamExists, events(1)).await;
    expect_error!(outcome, Error::StreamNotFound { stream } if stream == missing);
    let outcome = refused(&*store, &missing, exactly(1), events(1)).await;
    expect_error!(outcome, Error::WrongExpectedVersion { actual: None, .. });
}

/// Of several attempts to create a stream at once, one writes, and all are answered with the same receipt.
///
/// Behaviours: R1.28.
pub async fn answers_concurrent_attempts_to_create_with_one_receipt(harness: &dyn Harness) {
    for (index, expected) in [ExpectedVersion::Any, ExpectedVersion::NoStream, exactly(0)]
        .into_iter()
        .enumerate()
    {
        let target = stream(&format!("s-{index}"));
        answers_concurrent_attempts(harness, &target, expected, 1).await;
    }
}

/// Of several attempts to extend a stream at once, one writes, and all are answered with the same receipt.
///
/// Behaviours: R1.28.
pub async fn answers_concurrent_attempts_to_extend_with_one_receipt(harness: &dyn Harness) {
    for (index, expected) in [ExpectedVersion::Any, ExpectedVersion::StreamExists, exactly(3)]
        .into_iter()
        .enumerate()
    {
        let target = stream_of(&*harness.store(), &format!("s-{index}"), 3).await;
        answers_concurrent_attempts(harness, &target, expected, 4).await;
    }
}

/// Events of which only the first ones are stored are no repetition.
pub async fn refuses_an_append_that_was_stored_in_part(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let stored = store_events(&*store, &target, 2).await;
    let longer = [stored.clone(), events(1)].concat();
    refuses_as_duplicate(&*store, &target, &longer, &stored).await;
}

/// Events of which only the last ones are stored are no repetition.
pub async fn refuses_an_append_that_begins_with_a_new_event(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let stored = store_events(&*store, &target, 2).await;
    let longer = [events(1), stored.clone()].concat();
    refuses_as_duplicate(&*store, &target, &longer, &stored).await;
}

/// New events around and between stored ones are no repetition.
pub async fn refuses_an_append_that_overlaps_another_one(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let stored = store_events(&*store, &target, 4).await;
    let overlap = [stored[2..].to_vec(), events(2)].concat();
    refuses_as_duplicate(&*store, &target, &overlap, &stored[2..]).await;
    let around = vec![event(), stored[1].clone(), event()];
    refuses_as_duplicate(&*store, &target, &around, &stored[1..2]).await;
    let between = vec![stored[0].clone(), event(), stored[1].clone()];
    refuses_as_duplicate(&*store, &target, &between, &stored[..2]).await;
}

/// The same events in another order are no repetition.
pub async fn refuses_stored_events_in_another_order(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let stored = store_events(&*store, &target, 3).await;
    let reordered = vec![stored[0].clone(), stored[2].clone(), stored[1].clone()];
    refuses_as_duplicate(&*store, &target, &reordered, &stored[1..]).await;
}

/// Stored events that are not adjacent are no repetition.
pub async fn refuses_stored_events_that_are_not_adjacent(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let stored = store_events(&*store, &target, 3).await;
    let apart = vec![stored[0].clone(), stored[2].clone()];
    refuses_as_duplicate(&*store, &target, &apart, &stored[2..]).await;
}

/// Stored events with a link between them are no repetition, even if they follow each other in `$all`.
pub async fn refuses_stored_events_with_a_link_between_them(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let foreign = store_events(&*store, &stream("other"), 1).await;
    let first = store_events(&*store, &target, 1).await;
    link_any(&*store, &target, new_ids_of(&foreign)).await;
    let second = store_events(&*store, &target, 1).await;
    let apart = [first, second.clone()].concat();
    refuses_as_duplicate(&*store, &target, &apart, &second).await;
}

/// Events that are stored in another stream are no repetition.
pub async fn refuses_events_that_stand_in_another_stream(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let stored = store_events(&*store, &stream("other"), 2).await;
    refuses_as_duplicate(&*store, &target, &stored, &stored[..1]).await;
    let mine = store_events(&*store, &target, 1).await;
    let mixed = [mine, stored.clone()].concat();
    refuses_as_duplicate(&*store, &target, &mixed, &stored[..1]).await;
}

/// Events that are only linked into the stream are no repetition.
pub async fn refuses_events_that_are_linked_into_the_stream(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let stored = store_events(&*store, &stream("other"), 2).await;
    link_any(&*store, &target, new_ids_of(&stored)).await;
    refuses_as_duplicate(&*store, &target, &stored, &stored[..1]).await;
}

/// An append to a soft-deleted stream is refused, even if it is stored there.
///
/// Behaviours: R1.15.
pub async fn refuses_to_repeat_an_append_to_a_soft_deleted_stream(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let stored = store_events(&*store, &target, 2).await;
    store.delete(Delete::new(target.clone(), Deletion::Soft)).await.unwrap();
    let overlap = [stored.clone(), events(1)].concat();
    for new in [stored, overlap, events(1)] {
        for expected in every_expectation(2) {
            let outcome = refused(&*store, &target, expected, new.clone()).await;
            expect_error!(outcome, Error::StreamDeleted { stream } if stream == target);
        }
    }
}

async fn repeat(
    store: &dyn Backend,
    target: &StreamName,
    expected: ExpectedVersion,
    events: Vec<NewEvent>,
) -> Result<AppendReceipt> {
    store
        .append(Append::new(target.clone(), expected, events)?.with_idempotence(Idempotence::ByIds))
        .await
}

async fn refused(
    store: &dyn Backend,
    target: &StreamName,
    expected: ExpectedVersion,
    events: Vec<NewEvent>,
) -> Result<AppendReceipt> {
    leaves_all_as_it_is(store, repeat(store, target, expected, events)).await
}

fn deduplicated(receipt: &AppendReceipt) -> AppendReceipt {
    AppendReceipt {
        is_deduplicated: true,
        ..receipt.clone()
    }
}

async fn store_events(store: &dyn Backend, target: &StreamName, count: usize) -> Vec<NewEvent> {
    let new = events(count);
    append(store, target, ExpectedVersion::Any, new.clone()).await.unwrap();
    new
}

/// The refusal names one of the events at fault; it does not depend on what is expected of the stream.
async fn refuses_as_duplicate(store: &dyn Backend, target: &StreamName, new: &[NewEvent], at_fault: &[NewEvent]) {
    let at_fault = new_ids_of(at_fault);
    for expected in [ExpectedVersion::Any, ExpectedVersion::NoStream, exactly(0), exactly(99)] {
        let outcome = refused(store, target, expected, new.to_vec()).await;
        expect_error!(outcome, Error::DuplicateEvent { event_id } if at_fault.contains(&event_id));
    }
}

/// Tries the same append many times at once, which is to write its events from this version on, once.
async fn answers_concurrent_attempts(
    harness: &dyn Harness,
    target: &StreamName,
    expected: ExpectedVersion,
    first_version: u32,
) {
    let nodes = [harness.store(), harness.another_node().await];
    let start = Arc::new(Barrier::new(WRITERS));
    let new = events(7);
    let mut writers = JoinSet::new();
    for index in 0..WRITERS {
        let (store, start) = (Arc::clone(&nodes[index % 2]), Arc::clone(&start));
        let (target, new) = (target.clone(), new.clone());
        writers.spawn(async move {
            start.wait().await;
            repeat(&*store, &target, expected, new).await.unwrap()
        });
    }
    let receipts = writers.join_all().await;

    let written = receipts.iter().filter(|receipt| !receipt.is_deduplicated).count();
    assert_eq!(written, 1, "{receipts:?}");
    let first = deduplicated(&receipts[0]);
    assert!(
        receipts.iter().all(|receipt| deduplicated(receipt) == first),
        "{receipts:?}"
    );
    assert_eq!(first.first_version, first_version.into());
    assert_eq!(first.count(), 7);
    let before = usize::try_from(first_version - 1).unwrap();
    assert_eq!(ids_in(&*nodes[0], target.clone()).await[before..], new_ids_of(&new));
}
