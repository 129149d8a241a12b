use std::sync::Arc;

use eventstore_core::{AppendReceipt, Error, ExpectedVersion, Result, StreamName, StreamSelector, StreamVersion};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::conformance::sample::{
    append, event, events, exactly, ids_of, new_ids_of, numbers, numbers_of, read_whole, stream, stream_of,
};
use crate::conformance::{Backend, Harness};

const WRITERS: usize = 8;
const BATCH: usize = 7;

/// Of several writers that expect the same version of a stream, one wins.
///
/// Behaviours: R1.11, R1.22.
pub async fn lets_one_of_several_writers_at_the_same_version_win(harness: &dyn Harness) {
    let target = stream_of(&*harness.store(), "s", 3).await;
    let outcomes = append_concurrently(harness, &target, exactly(3)).await;
    assert_one_winner(
        &outcomes,
        |error| matches!(error, Error::WrongExpectedVersion { actual: Some(actual), .. } if *actual == 10.into()),
    );
    assert_whole_batches(&*harness.store(), &target, &outcomes, 3).await;
}

/// Of several writers that expect version 0 of a missing stream, one wins.
///
/// Behaviours: R1.11, R1.19, R1.22.
pub async fn lets_one_of_several_writers_at_version_0_win(harness: &dyn Harness) {
    let target = stream("s");
    let outcomes = append_concurrently(harness, &target, exactly(0)).await;
    assert_one_winner(
        &outcomes,
        |error| matches!(error, Error::WrongExpectedVersion { actual: Some(actual), .. } if *actual == 7.into()),
    );
    assert_whole_batches(&*harness.store(), &target, &outcomes, 0).await;
}

/// Of several writers that create a stream, one wins.
///
/// Behaviours: R1.19.
pub async fn lets_one_of_several_creators_win(harness: &dyn Harness) {
    let target = stream("s");
    let outcomes = append_concurrently(harness, &target, ExpectedVersion::NoStream).await;
    assert_one_winner(
        &outcomes,
        |error| matches!(error, Error::StreamAlreadyExists { version, .. } if *version == 7.into()),
    );
    assert_whole_batches(&*harness.store(), &target, &outcomes, 0).await;
}

/// All of several writers to a missing stream succeed, if any version will do.
///
/// Behaviours: R1.19.
pub async fn lets_all_any_version_writers_to_a_missing_stream_succeed(harness: &dyn Harness) {
    let target = stream("s");
    let outcomes = append_concurrently(harness, &target, ExpectedVersion::Any).await;
    assert_all_won(&outcomes);
    assert_whole_batches(&*harness.store(), &target, &outcomes, 0).await;
}

/// All of several writers to an existing stream succeed, if any version will do.
///
/// Behaviours: R1.21.
pub async fn lets_all_any_version_writers_to_an_existing_stream_succeed(harness: &dyn Harness) {
    let target = stream_of(&*harness.store(), "s", 3).await;
    let outcomes = append_concurrently(harness, &target, ExpectedVersion::Any).await;
    assert_all_won(&outcomes);
    assert_whole_batches(&*harness.store(), &target, &outcomes, 3).await;
}

/// All of several writers succeed, if they only expect the stream to exist.
///
/// Behaviours: R1.23, T7.
pub async fn lets_all_writers_that_expect_a_stream_succeed(harness: &dyn Harness) {
    let target = stream_of(&*harness.store(), "s", 3).await;
    let outcomes = append_concurrently(harness, &target, ExpectedVersion::StreamExists).await;
    assert_all_won(&outcomes);
    assert_whole_batches(&*harness.store(), &target, &outcomes, 3).await;
}

/// Of several writers of the same event to different streams, one wins.
///
/// Behaviours: R1.27.
pub async fn lets_one_of_several_writers_of_the_same_event_win(harness: &dyn Harness) {
    let event = event();
    let mut writers = JoinSet::new();
    for (index, store) in nodes(harness).await.into_iter().enumerate() {
        let (target, event) = (stream(&format!("s-{index}")), event.clone());
        writers.spawn(async move { append(&*store, &target, ExpectedVersion::Any, vec![event]).await });
    }
    let outcomes = writers.join_all().await;
    let id = event.id;
    assert_one_winner(
        &outcomes,
        |error| matches!(error, Error::DuplicateEvent { event_id } if *event_id == id),
    );
    let all = read_whole(&*harness.store(), StreamSelector::All).await;
    assert_eq!(ids_of(&all), [id]);
    assert_eq!(numbers_of(&all), numbers(1..=1));
}

/// Writers to many streams from several nodes give positions without a gap, each batch in one piece.
///
/// Behaviours: R1.9.
pub async fn keeps_positions_contiguous_under_concurrent_writers(harness: &dyn Harness) {
    let mut writers = JoinSet::new();
    for (index, store) in nodes(harness).await.into_iter().enumerate() {
        writers.spawn(async move {
            for round in 0..10 {
                let target = stream(&format!("s-{}", (index + round) % 4));
                let new = events(1 + round % 3);
                let ids = new_ids_of(&new);
                let receipt = append(&*store, &target, ExpectedVersion::Any, new).await.unwrap();
                let first = usize::try_from(receipt.first_position.get()).unwrap();
                let all = read_whole(&*store, StreamSelector::All).await;
                assert_eq!(ids_of(&all[first - 1..first - 1 + ids.len()]), ids);
            }
        });
    }
    writers.join_all().await;
    let all = read_whole(&*harness.store(), StreamSelector::All).await;
    assert_eq!(numbers_of(&all), numbers(1..=u32::try_from(WRITERS).unwrap() * 19));
}

/// One store for each writer, on two nodes in turn.
async fn nodes(harness: &dyn Harness) -> Vec<Arc<dyn Backend>> {
    let pair = [harness.store(), harness.another_node().await];
    pair.into_iter().cycle().take(WRITERS).collect()
}

/// Lets all writers append a batch to the stream at the same time.
async fn append_concurrently(
    harness: &dyn Harness,
    target: &StreamName,
    expected: ExpectedVersion,
) -> Vec<Result<AppendReceipt>> {
    let start = Arc::new(Barrier::new(WRITERS));
    let mut writers = JoinSet::new();
    for store in nodes(harness).await {
        let (start, target) = (Arc::clone(&start), target.clone());
        writers.spawn(async move {
            start.wait().await;
            append(&*store, &target, expected, events(BATCH)).await
        });
    }
    writers.join_all().await
}

fn assert_one_winner(outcomes: &[Result<AppendReceipt>], is_right: impl Fn(&Error) -> bool) {
    let losers: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
    assert_eq!(losers.len(), outcomes.len() - 1, "one winner: {outcomes:?}");
    assert!(losers.iter().all(|error| is_right(error)), "{losers:?}");
}

fn assert_all_won(outcomes: &[Result<AppendReceipt>]) {
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
}

/// The stream holds what the winners appended after `before` events, as their receipts say, and nothing else.
async fn assert_whole_batches(
    store: &dyn Backend,
    target: &StreamName,
    outcomes: &[Result<AppendReceipt>],
    before: usize,
) {
    let mut receipts: Vec<_> = outcomes.iter().flatten().collect();
    receipts.sort_by_key(|receipt| receipt.first_version);
    let total = u32::try_from(before + receipts.len() * BATCH).unwrap();
    let batch = u64::try_from(BATCH).unwrap();

    for selector in [StreamSelector::All, target.clone().into()] {
        assert_eq!(numbers_of(&read_whole(store, selector).await), numbers(1..=total));
    }
    let mut last = u32::try_from(before).unwrap().into();
    for receipt in receipts {
        assert_eq!(receipt.first_version, StreamVersion::next(last));
        assert_eq!(receipt.last_version, last.after(batch).unwrap());
        assert_eq!(receipt.first_position, receipt.first_version.into());
        assert_eq!(receipt.last_position, receipt.last_version.into());
        last = receipt.last_version;
    }
}
