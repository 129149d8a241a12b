use eventstore_core::{Direction, EventNumber, Read, StreamSelector};

use crate::conformance::Harness;
use crate::conformance::sample::{number, numbers, numbers_of, read, stream_of};

/// Forward, both 0 and 1 mean the first event.
///
/// Behaviours: R2.1, R2.6.
pub async fn starts_forward_with_the_first_event_at_0_and_1(harness: &dyn Harness) {
    reads(harness, |all| all.with_start(EventNumber::ZERO), 1..=5).await;
    reads(harness, |all| all.with_start(EventNumber::FIRST), 1..=5).await;
    reads(harness, |all| all, 1..=5).await;
}

/// Forward, the start itself is included.
///
/// Behaviours: R2.1, R2.6.
pub async fn includes_the_start_forward(harness: &dyn Harness) {
    reads(harness, |all| all.with_start(number(3)), 3..=5).await;
    reads(harness, |all| all.with_start(number(5)), 5..=5).await;
}

/// Forward, there is nothing beyond the end.
///
/// Behaviours: R2.4, R2.6.
pub async fn reads_nothing_beyond_the_end(harness: &dyn Harness) {
    reads(harness, |all| all.with_start(number(6)), []).await;
    reads(harness, |all| all.with_start(number(600)), []).await;
    reads(harness, |all| all.with_start(EventNumber::MAX), []).await;
}

/// Backward, the last event comes first.
///
/// Behaviours: R2.2, R2.6.
pub async fn reads_backward_from_the_end(harness: &dyn Harness) {
    reads(harness, |read| read.with_direction(Direction::Backward), (1..=5).rev()).await;
}

/// Backward, the start itself is included.
///
/// Behaviours: R2.2, R2.6.
pub async fn includes_the_start_backward(harness: &dyn Harness) {
    reads(
        harness,
        |all| all.with_direction(Direction::Backward).with_start(number(3)),
        (1..=3).rev(),
    )
    .await;
    reads(
        harness,
        |all| all.with_direction(Direction::Backward).with_start(number(1)),
        [1],
    )
    .await;
}

/// Backward, a start beyond the end means the last event.
///
/// Behaviours: R2.2, R2.6.
pub async fn starts_backward_with_the_last_event_beyond_the_end(harness: &dyn Harness) {
    reads(
        harness,
        |all| all.with_direction(Direction::Backward).with_start(number(6)),
        (1..=5).rev(),
    )
    .await;
    reads(
        harness,
        |all| all.with_direction(Direction::Backward).with_start(EventNumber::MAX),
        (1..=5).rev(),
    )
    .await;
}

/// Backward, there is nothing from 0 on.
///
/// Behaviours: R2.2, R2.6.
pub async fn reads_nothing_backward_from_0(harness: &dyn Harness) {
    reads(
        harness,
        |all| all.with_direction(Direction::Backward).with_start(EventNumber::ZERO),
        [],
    )
    .await;
}

/// No more events are read than asked for.
///
/// Behaviours: R2.1, R2.2, R2.6.
pub async fn reads_no_more_than_the_limit(harness: &dyn Harness) {
    reads(harness, |all| all.with_limit(2), 1..=2).await;
    reads(harness, |all| all.with_start(number(2)).with_limit(3), 2..=4).await;
    reads(harness, |all| all.with_start(number(4)).with_limit(9), 4..=5).await;
    reads(harness, |all| all.with_limit(u64::MAX), 1..=5).await;
    reads(
        harness,
        |all| all.with_direction(Direction::Backward).with_limit(2),
        [5, 4],
    )
    .await;
    reads(
        harness,
        |all| {
            all.with_direction(Direction::Backward)
                .with_start(number(3))
                .with_limit(2)
        },
        [3, 2],
    )
    .await;
}

/// A limit of 0 reads nothing.
///
/// Behaviours: R2.5.
pub async fn reads_nothing_with_a_limit_of_0(harness: &dyn Harness) {
    reads(harness, |all| all.with_limit(0), []).await;
    reads(harness, |all| all.with_direction(Direction::Backward).with_limit(0), []).await;
}

/// Reads a stream of five events, and `$all`, where the same five are.
async fn reads(harness: &dyn Harness, choose: impl Fn(Read) -> Read, expected: impl IntoIterator<Item = u32>) {
    let store = harness.store();
    if store.stream_info(&StreamSelector::All).await.unwrap().version == 0.into() {
        stream_of(&*store, "s", 5).await;
    }
    let expected = numbers(expected);
    for selector in ["s", StreamSelector::ALL] {
        let request = choose(Read::new(selector.parse::<StreamSelector>().unwrap()));
        assert_eq!(
            numbers_of(&read(&*store, request.clone()).await),
            expected,
            "{request:?}"
        );
    }
}
