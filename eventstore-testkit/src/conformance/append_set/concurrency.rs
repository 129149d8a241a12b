use std::sync::Arc;

use eventstore_core::{AppendReceipt, Error, ExpectedVersion, Result, StreamSelector};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::{append_set, assert_positions_are_contiguous, to};
use crate::conformance::Harness;
use crate::conformance::sample::{events, exactly, grow, numbers, numbers_of, read_whole, stream, stream_of};
use crate::conformance::soundness::assert_is_sound;

const WRITERS: usize = 8;
const NAMES: [&str; 4] = ["a", "b", "c", "d"];

/// Sets over the same streams in different orders, and single appends beside them, all succeed.
///
/// Behaviours: R13.7, T23.
pub async fn lets_sets_in_different_orders_all_succeed(harness: &dyn Harness) {
    const ROUNDS: usize = 10;
    let nodes = [harness.store(), harness.another_node().await];
    let mut writers = JoinSet::new();
    for index in 0..WRITERS {
        let store = Arc::clone(&nodes[index % 2]);
        writers.spawn(async move {
            let mut receipts = Vec::new();
            for round in 0..ROUNDS {
                let mut names = NAMES;
                names.rotate_left((index + round) % NAMES.len());
                if index >= WRITERS / 2 {
                    names.reverse();
                }
                let set = names.map(|name| to(name, ExpectedVersion::Any, events(2)));
                receipts.extend(append_set(&*store, set.to_vec()).await.unwrap());
                receipts.push(grow(&*store, &stream(names[0]), 1).await);
            }
            receipts
        });
    }
    let receipts = writers.join_all().await.concat();
    assert_positions_are_contiguous(&receipts, 0);
    for name in NAMES {
        let own = receipts.iter().filter(|receipt| receipt.stream.as_str() == name);
        let count: u64 = own.map(AppendReceipt::count).sum();
        let stored = read_whole(&*nodes[0], stream(name)).await;
        assert_eq!(numbers_of(&stored), numbers(1..=u32::try_from(count).unwrap()));
    }
    assert_is_sound(&*nodes[0]).await;
}

/// Of several sets that expect the same versions, in whatever order, one wins.
pub async fn lets_one_of_several_sets_at_the_same_versions_win(harness: &dyn Harness) {
    let store = harness.store();
    for name in NAMES {
        stream_of(&*store, name, 3).await;
    }
    let outcomes = append_concurrently(harness, exactly(3)).await;
    assert_one_winner(
        &outcomes,
        |error| matches!(error, Error::WrongExpectedVersion { actual: Some(actual), .. } if *actual == 5.into()),
    );
    let all = read_whole(&*store, StreamSelector::All).await;
    assert_eq!(numbers_of(&all), numbers(1..=20));
    assert_is_sound(&*store).await;
}

/// Of several sets that create the same streams, in whatever order, one wins.
pub async fn lets_one_of_several_creating_sets_win(harness: &dyn Harness) {
    let outcomes = append_concurrently(harness, ExpectedVersion::NoStream).await;
    assert_one_winner(
        &outcomes,
        |error| matches!(error, Error::StreamAlreadyExists { version, .. } if *version == 2.into()),
    );
    assert_is_sound(&*harness.store()).await;
}

/// Sets with any version that create the same streams all succeed.
pub async fn lets_all_any_version_sets_to_missing_streams_succeed(harness: &dyn Harness) {
    let outcomes = append_concurrently(harness, ExpectedVersion::Any).await;
    let receipts: Vec<_> = outcomes.into_iter().map(Result::unwrap).collect();
    assert_positions_are_contiguous(receipts.iter().flatten(), 0);
    assert_is_sound(&*harness.store()).await;
}

/// Lets all writers append two events to each stream, each writer in another order.
async fn append_concurrently(harness: &dyn Harness, expected: ExpectedVersion) -> Vec<Result<Vec<AppendReceipt>>> {
    let nodes = [harness.store(), harness.another_node().await];
    let start = Arc::new(Barrier::new(WRITERS));
    let mut writers = JoinSet::new();
    for index in 0..WRITERS {
        let (store, start) = (Arc::clone(&nodes[index % 2]), Arc::clone(&start));
        let mut names = NAMES;
        names.rotate_left(index % NAMES.len());
        writers.spawn(async move {
            start.wait().await;
            append_set(&*store, names.map(|name| to(name, expected, events(2))).to_vec()).await
        });
    }
    writers.join_all().await
}

fn assert_one_winner(outcomes: &[Result<Vec<AppendReceipt>>], is_right: impl Fn(&Error) -> bool) {
    let losers: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
    assert_eq!(losers.len(), outcomes.len() - 1, "one winner: {outcomes:?}");
    assert!(losers.iter().all(|error| is_right(error)), "{losers:?}");
}
