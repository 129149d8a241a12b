use std::sync::Arc;

use eventstore_core::{AppendReceipt, Delete, Deletion, Error, ExpectedVersion, Result, StreamName, StreamSelector};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use super::{ROUNDS, assert_does_not_exist, race_with_deletion};
use crate::conformance::sample::{append, events, link, numbers_of, read_whole, stream, stream_of, version_of};
use crate::conformance::soundness::assert_is_sound;
use crate::conformance::{Backend, Harness};

/// Of several soft deletes of a stream at once, one wins.
///
/// Behaviours: R4.4.
pub async fn lets_one_of_several_soft_deletes_win(harness: &dyn Harness) {
    let target = stream_of(&*harness.store(), "s", 3).await;
    let outcomes = delete_concurrently(harness, Delete::new(target, Deletion::Soft)).await;
    assert_one_winner(&outcomes, |error| matches!(error, Error::StreamDeleted { .. }));
}

/// Of several hard deletes of a stream at once, one wins.
///
/// Behaviours: R4.13.
pub async fn lets_one_of_several_hard_deletes_win(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 3).await;
    let outcomes = delete_concurrently(harness, Delete::new(target, Deletion::Hard)).await;
    assert_one_winner(&outcomes, |error| matches!(error, Error::StreamNotFound { .. }));
    assert_eq!(version_of(&*store, StreamSelector::All).await, 3.into());
    assert_is_sound(&*store).await;
}

/// A hard delete wins over a soft one at the same time, whichever comes first.
///
/// Behaviours: T29.
pub async fn hard_deletes_what_is_soft_deleted_at_the_same_time(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    for _ in 0..ROUNDS {
        let target = stream_of(&*store, "s", 3).await;
        let (here, softly) = (Arc::clone(&store), Delete::new(target.clone(), Deletion::Soft));
        let call = async move { here.delete(softly).await };
        let (softly, hard) = race_with_deletion(call, &other, Delete::new(target.clone(), Deletion::Hard)).await;
        hard.unwrap();
        assert!(
            matches!(softly, Ok(()) | Err(Error::StreamNotFound { .. })),
            "{softly:?}"
        );
        assert_does_not_exist(&*store, &target).await;
    }
}

/// Whatever is appended, linked, deleted and undeleted at once, what can be read fits together.
pub async fn keeps_everything_sound_whatever_happens_at_once(harness: &dyn Harness) {
    const WRITERS: usize = 6;
    let nodes = [harness.store(), harness.another_node().await];
    let mut writers = JoinSet::new();
    for index in 0..WRITERS {
        let store = Arc::clone(&nodes[index % 2]);
        writers.spawn(async move {
            let mut appended = 0;
            for round in 0..40 {
                appended += act(&*store, index * 7 + round).await;
            }
            appended
        });
    }
    let appended: u64 = writers.join_all().await.into_iter().sum();
    for store in &nodes {
        assert_is_sound(&**store).await;
        assert_eq!(version_of(&**store, StreamSelector::All).await.get(), appended);
    }
}

/// Does one of several things to one of three streams; gives back how many events it appended.
async fn act(store: &dyn Backend, step: usize) -> u64 {
    let names = ["a", "b", "c"].map(stream);
    let (target, source) = (&names[step % 3], &names[(step + 1) % 3]);
    match step % 11 {
        0 | 3 => note(store.delete(Delete::new(target.clone(), Deletion::Hard)).await),
        1 | 6 => note(store.delete(Delete::new(target.clone(), Deletion::Soft)).await),
        2 | 7 => note(store.undelete(target).await),
        4 | 8 => link_from(store, target, source).await,
        _ => {
            let outcome = append(store, target, ExpectedVersion::Any, events(2)).await;
            let count = outcome.as_ref().map_or(0, AppendReceipt::count);
            note(outcome.map(drop));
            return count;
        }
    }
    0
}

/// Links an event of the source that is in `$all` now, and may be gone or linked the next moment.
async fn link_from(store: &dyn Backend, target: &StreamName, source: &StreamName) {
    let all = read_whole(store, StreamSelector::All).await;
    assert!(numbers_of(&all).is_sorted());
    if let Some(event) = all.iter().rfind(|event| event.stream == *source) {
        let outcome = link(store, target, ExpectedVersion::Any, vec![event.event_id]).await;
        note(outcome.map(drop));
    }
}

/// Accepts every refusal that a concurrent call may be the reason of.
fn note(outcome: Result<()>) {
    match outcome {
        Ok(())
        | Err(
            Error::StreamNotFound { .. }
            | Error::StreamDeleted { .. }
            | Error::EventsNotFound { .. }
            | Error::DuplicateEvent { .. },
        ) => {}
        Err(error) => panic!("nothing concurrent explains this: {error:?}"),
    }
}

async fn delete_concurrently(harness: &dyn Harness, delete: Delete) -> Vec<Result<()>> {
    const CALLERS: usize = 8;
    let nodes = [harness.store(), harness.another_node().await];
    let start = Arc::new(Barrier::new(CALLERS));
    let mut callers = JoinSet::new();
    for index in 0..CALLERS {
        let (store, start, delete) = (Arc::clone(&nodes[index % 2]), Arc::clone(&start), delete.clone());
        callers.spawn(async move {
            start.wait().await;
            store.delete(delete).await
        });
    }
    callers.join_all().await
}

fn assert_one_winner(outcomes: &[Result<()>], is_right: impl Fn(&Error) -> bool) {
    let losers: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
    assert_eq!(losers.len(), outcomes.len() - 1, "one winner: {outcomes:?}");
    assert!(losers.iter().all(|error| is_right(error)), "{losers:?}");
}
