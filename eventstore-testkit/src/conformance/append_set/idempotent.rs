use std::sync::Arc;

use eventstore_core::{Append, Error, ExpectedVersion, Idempotence};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::{append_set, assert_positions_are_contiguous, to};
use crate::conformance::refusal::leaves_all_as_it_is;
use crate::conformance::sample::{events, exactly, grow, stream, version_of};
use crate::conformance::soundness::assert_is_sound;
use crate::conformance::{Harness, expect_error};

/// A repeated set of idempotent appends is answered with the first receipts, and writes nothing.
pub async fn answers_a_repeated_set_with_its_receipts(harness: &dyn Harness) {
    let store = harness.store();
    let set = idempotent_set();
    let first = append_set(&*store, set.clone()).await.unwrap();
    grow(&*store, &stream("a"), 1).await;
    let again = leaves_all_as_it_is(&*store, append_set(&*store, set)).await.unwrap();
    assert!(again.iter().all(|receipt| receipt.is_deduplicated));
    for (first, again) in first.iter().zip(&again) {
        assert_eq!(
            (
                &first.stream,
                first.first_version,
                first.first_position,
                first.last_position
            ),
            (
                &again.stream,
                again.first_version,
                again.first_position,
                again.last_position
            )
        );
    }
}

/// Of a set with a repeated append and new ones, only the new ones are written.
pub async fn writes_only_what_is_new_in_a_set(harness: &dyn Harness) {
    let store = harness.store();
    let repeated = to("a", exactly(0), events(2)).with_idempotence(Idempotence::ByIds);
    let first = append_set(&*store, vec![repeated.clone()]).await.unwrap();
    grow(&*store, &stream("other"), 4).await;
    let [before, after] = ["b", "c"].map(|name| to(name, exactly(0), events(3)).with_idempotence(Idempotence::ByIds));
    let receipts = append_set(&*store, vec![before, repeated, after]).await.unwrap();
    assert!(receipts[1].is_deduplicated);
    assert_eq!(receipts[1].first_position, first[0].first_position);
    assert!(!receipts[0].is_deduplicated && !receipts[2].is_deduplicated);
    assert_positions_are_contiguous([&receipts[0], &receipts[2]], 6);
    assert_is_sound(&*store).await;
}

/// A set with a repeated append and a refused one is refused.
pub async fn refuses_a_set_with_a_repeated_append_and_a_refused_one(harness: &dyn Harness) {
    let store = harness.store();
    let repeated = to("a", exactly(0), events(2)).with_idempotence(Idempotence::ByIds);
    append_set(&*store, vec![repeated.clone()]).await.unwrap();
    let refused = to("b", exactly(7), events(1));
    let new = to("c", exactly(0), events(1));
    let outcome = leaves_all_as_it_is(&*store, append_set(&*store, vec![new, repeated, refused])).await;
    expect_error!(outcome, Error::WrongExpectedVersion { stream, .. } if stream.as_str() == "b");
}

/// Of several attempts of one set at once, one writes.
pub async fn answers_concurrent_attempts_of_a_set_with_the_same_receipts(harness: &dyn Harness) {
    const WRITERS: usize = 8;
    let nodes = [harness.store(), harness.another_node().await];
    let start = Arc::new(Barrier::new(WRITERS));
    let set = idempotent_set();
    let mut writers = JoinSet::new();
    for index in 0..WRITERS {
        let (store, start, set) = (Arc::clone(&nodes[index % 2]), Arc::clone(&start), set.clone());
        writers.spawn(async move {
            start.wait().await;
            append_set(&*store, set).await.unwrap()
        });
    }
    let answers = writers.join_all().await;
    let written = answers
        .iter()
        .filter(|receipts| receipts.iter().all(|receipt| !receipt.is_deduplicated));
    assert_eq!(written.count(), 1, "{answers:?}");
    let places = |receipts: &[eventstore_core::AppendReceipt]| -> Vec<_> {
        receipts
            .iter()
            .map(|receipt| (receipt.first_version, receipt.first_position))
            .collect()
    };
    assert!(answers.iter().all(|receipts| places(receipts) == places(&answers[0])));
    assert_eq!(version_of(&*nodes[0], stream("a")).await, 2.into());
    assert_eq!(version_of(&*nodes[0], stream("b")).await, 3.into());
    assert_is_sound(&*nodes[0]).await;
}

fn idempotent_set() -> Vec<Append> {
    vec![
        to("b", ExpectedVersion::NoStream, events(3)).with_idempotence(Idempotence::ByIds),
        to("a", exactly(0), events(2)).with_idempotence(Idempotence::ByIds),
    ]
}
