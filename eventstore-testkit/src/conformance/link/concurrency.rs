use std::sync::Arc;

use eventstore_core::{Error, EventId, ExpectedVersion, LinkReceipt, Result, StreamName};
use futures_util::future::join;
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::source_events;
use crate::conformance::sample::{
    append, events, exactly, grow, ids_in, ids_of, link, link_any, new_ids_of, numbers, numbers_of, read_whole, stream,
    stream_of, version_of,
};
use crate::conformance::soundness::assert_is_sound;
use crate::conformance::{Harness, expect_error};

const WRITERS: usize = 8;
const BATCH: usize = 3;

/// Of several links that expect the same version of a target, one wins.
///
/// Behaviours: R3.10, T6.
pub async fn lets_one_of_several_links_at_the_same_version_win(harness: &dyn Harness) {
    let target = stream_of(&*harness.store(), "s", 3).await;
    let outcomes = link_concurrently(harness, &target, exactly(3)).await;
    assert_one_winner(
        &outcomes,
        |error| matches!(error, Error::WrongExpectedVersion { actual: Some(actual), .. } if *actual == 6.into()),
    );
    assert_whole_batches(harness, &target, &outcomes, 3).await;
}

/// Of several links that expect version 0 of a missing target, one wins.
///
/// Behaviours: R3.10, T6.
pub async fn lets_one_of_several_links_at_version_0_win(harness: &dyn Harness) {
    let target = stream("s");
    let outcomes = link_concurrently(harness, &target, exactly(0)).await;
    assert_one_winner(
        &outcomes,
        |error| matches!(error, Error::WrongExpectedVersion { actual: Some(actual), .. } if *actual == 3.into()),
    );
    assert_whole_batches(harness, &target, &outcomes, 0).await;
}

/// Of several links that create a target, one wins.
///
/// Behaviours: R3.11, T9.
pub async fn lets_one_of_several_creating_links_win(harness: &dyn Harness) {
    let target = stream("s");
    let outcomes = link_concurrently(harness, &target, ExpectedVersion::NoStream).await;
    assert_one_winner(
        &outcomes,
        |error| matches!(error, Error::StreamAlreadyExists { version, .. } if *version == 3.into()),
    );
    assert_whole_batches(harness, &target, &outcomes, 0).await;
}

/// All of several links into a missing target succeed, if any version will do.
///
/// Behaviours: R3.11, T9.
pub async fn lets_all_any_version_links_to_a_missing_target_succeed(harness: &dyn Harness) {
    let target = stream("s");
    let outcomes = link_concurrently(harness, &target, ExpectedVersion::Any).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_whole_batches(harness, &target, &outcomes, 0).await;
}

/// All of several links into an existing target succeed, if any version will do, or if it only has to exist.
///
/// Behaviours: R3.10.
pub async fn lets_all_links_to_an_existing_target_succeed(harness: &dyn Harness) {
    let target = stream_of(&*harness.store(), "s", 3).await;
    let outcomes = link_concurrently(harness, &target, ExpectedVersion::StreamExists).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    assert_whole_batches(harness, &target, &outcomes, 3).await;
}

/// Of several links of the same event into the same target, one wins.
///
/// Behaviours: R3.4.
pub async fn lets_one_of_several_links_of_the_same_event_win(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let ids = source_events(&*store, 1).await;
    let outcomes = concurrently(harness, &target, ExpectedVersion::Any, vec![ids.clone(); WRITERS]).await;
    let id = ids[0];
    assert_one_winner(
        &outcomes,
        |error| matches!(error, Error::DuplicateEvent { event_id } if *event_id == id),
    );
    assert_eq!(version_of(&*store, target.clone()).await, 1.into());
    assert_eq!(ids_in(&*store, target).await, ids);
}

/// Links and appends to the same stream all succeed and share its versions without a gap.
pub async fn lets_links_and_appends_share_a_stream(harness: &dyn Harness) {
    const ROUNDS: usize = 10;
    let nodes = [harness.store(), harness.another_node().await];
    let ids = source_events(&*nodes[0], WRITERS * ROUNDS).await;
    let target = stream("s");
    let mut writers = JoinSet::new();
    for (index, ids) in ids.chunks(ROUNDS).map(<[EventId]>::to_vec).enumerate() {
        let (store, target) = (Arc::clone(&nodes[index % 2]), target.clone());
        writers.spawn(async move {
            for id in ids {
                link_any(&*store, &target, vec![id]).await;
                grow(&*store, &target, 1).await;
            }
        });
    }
    writers.join_all().await;
    let total = u32::try_from(2 * WRITERS * ROUNDS).unwrap();
    assert_eq!(numbers_of(&read_whole(&*nodes[0], target).await), numbers(1..=total));
    assert_is_sound(&*nodes[0]).await;
}

/// Streams that are appended to and linked into each other at the same time block no one.
pub async fn lets_links_cross_each_other(harness: &dyn Harness) {
    const ROUNDS: usize = 20;
    let nodes = [harness.store(), harness.another_node().await];
    let names = ["a", "b"];
    let mut writers = JoinSet::new();
    for index in 0..4 {
        let store = Arc::clone(&nodes[index % 2]);
        let (source, target) = (stream(names[index / 2]), stream(names[1 - index / 2]));
        writers.spawn(async move {
            for _ in 0..ROUNDS {
                let receipt = grow(&*store, &source, 1).await;
                let at = eventstore_core::Read::new(source.clone())
                    .with_start(receipt.first_version.into())
                    .with_limit(1);
                let id = crate::conformance::sample::read(&*store, at).await[0].event_id;
                link_any(&*store, &target, vec![id]).await;
            }
        });
    }
    writers.join_all().await;
    for name in names {
        let stored = read_whole(&*nodes[0], stream(name)).await;
        assert_eq!(numbers_of(&stored), numbers(1..=80));
    }
    assert_is_sound(&*nodes[0]).await;
}

/// Why a link is refused held at one moment: where the append of an event creates the target, the event is known only once the
/// target exists.
///
/// Behaviours: R3.6.
pub async fn tells_what_refused_a_link_at_one_moment(harness: &dyn Harness) {
    const ROUNDS: usize = 50;
    let (store, another) = (harness.store(), harness.another_node().await);
    for round in 0..ROUNDS {
        let (target, events) = (stream(&format!("s{round}")), events(1));
        let wanted = vec![new_ids_of(&events)[0], Uuid::now_v7().into()];
        let (refused, appended) = join(
            link(&*store, &target, ExpectedVersion::NoStream, wanted.clone()),
            append(&*another, &target, ExpectedVersion::NoStream, events),
        )
        .await;
        appended.unwrap();
        match refused {
            Err(Error::EventsNotFound { event_ids }) => assert_eq!(event_ids, wanted),
            other => expect_error!(other, Error::StreamAlreadyExists { .. }),
        }
    }
}

/// Lets all writers link events of their own at the same time.
async fn link_concurrently(
    harness: &dyn Harness,
    target: &StreamName,
    expected: ExpectedVersion,
) -> Vec<Result<LinkReceipt>> {
    let ids = source_events(&*harness.store(), WRITERS * BATCH).await;
    let batches = ids.chunks(BATCH).map(<[EventId]>::to_vec).collect();
    concurrently(harness, target, expected, batches).await
}

async fn concurrently(
    harness: &dyn Harness,
    target: &StreamName,
    expected: ExpectedVersion,
    batches: Vec<Vec<EventId>>,
) -> Vec<Result<LinkReceipt>> {
    let nodes = [harness.store(), harness.another_node().await];
    let start = Arc::new(Barrier::new(batches.len()));
    let mut writers = JoinSet::new();
    for (index, ids) in batches.into_iter().enumerate() {
        let (store, start, target) = (Arc::clone(&nodes[index % 2]), Arc::clone(&start), target.clone());
        writers.spawn(async move {
            start.wait().await;
            link(&*store, &target, expected, ids).await
        });
    }
    writers.join_all().await
}

fn assert_one_winner(outcomes: &[Result<LinkReceipt>], is_right: impl Fn(&Error) -> bool) {
    let losers: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
    assert_eq!(losers.len(), outcomes.len() - 1, "one winner: {outcomes:?}");
    assert!(losers.iter().all(|error| is_right(error)), "{losers:?}");
}

/// The target holds what the winners linked after `before` events, each batch in one piece where its receipt says.
async fn assert_whole_batches(
    harness: &dyn Harness,
    target: &StreamName,
    outcomes: &[Result<LinkReceipt>],
    before: usize,
) {
    let store = harness.store();
    let source = ids_in(&*store, stream("source")).await;
    let linked = read_whole(&*store, target.clone()).await;
    let receipts: Vec<_> = outcomes.iter().flatten().collect();
    let total = u32::try_from(before + receipts.len() * BATCH).unwrap();
    assert_eq!(numbers_of(&linked), numbers(1..=total));
    assert_eq!(version_of(&*store, target.clone()).await, total.into());
    for receipt in receipts {
        let range = receipt.first_version.into()..=receipt.last_version.into();
        let placed: Vec<_> = linked
            .iter()
            .filter(|event| range.contains(&event.number))
            .cloned()
            .collect();
        assert!(
            source.chunks(BATCH).any(|batch| batch == ids_of(&placed)),
            "{receipt:?}"
        );
    }
    assert_is_sound(&*store).await;
}
