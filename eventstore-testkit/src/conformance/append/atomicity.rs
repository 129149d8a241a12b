use eventstore_core::{EventNumber, Read, StreamSelector};
use tokio::task::JoinSet;

use crate::conformance::Harness;
use crate::conformance::sample::{
    append, events, exactly, grow, ids_of, new_ids_of, numbers, numbers_of, read, read_whole, stream,
};

/// The events of one append are stored in its order, at consecutive versions and positions.
///
/// Behaviours: R1.8, R1.10.
pub async fn gives_consecutive_versions_and_positions(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let new = events(5);
    let ids = new_ids_of(&new);
    append(&*store, &target, exactly(0), new).await.unwrap();

    for selector in [StreamSelector::All, target.into()] {
        let stored = read_whole(&*store, selector).await;
        assert_eq!(ids_of(&stored), ids);
        assert_eq!(numbers_of(&stored), numbers(1..=5));
    }
}

/// A receipt names the stream, the versions and the positions of the append's events.
///
/// Behaviours: R1.8.
pub async fn receipts_name_versions_and_positions(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    grow(&*store, &stream("other"), 4).await;
    grow(&*store, &target, 2).await;
    let receipt = grow(&*store, &target, 3).await;

    assert_eq!(receipt.stream, target);
    assert_eq!((receipt.first_version, receipt.last_version), (3.into(), 5.into()));
    assert_eq!((receipt.first_position, receipt.last_position), (7.into(), 9.into()));
}

/// Positions in `$all` are 1 to n without a gap, whatever the streams.
///
/// Behaviours: R1.9.
pub async fn positions_are_contiguous_over_many_streams(harness: &dyn Harness) {
    let store = harness.store();
    for round in 0..3 {
        for name in ["a", "b", "c", "d"] {
            grow(&*store, &stream(name), round + 1).await;
        }
    }
    let all = read_whole(&*store, StreamSelector::All).await;
    assert_eq!(numbers_of(&all), numbers(1..=24));
}

/// A reader sees all events of an append, or none.
///
/// Behaviours: R1.8.
pub async fn is_seen_as_a_whole_or_not_at_all(harness: &dyn Harness) {
    const BATCH: usize = 7;
    const BATCHES: usize = 30;
    let (store, target) = (harness.store(), stream("s"));
    let mut writer = JoinSet::new();
    writer.spawn({
        let (store, target) = (store.clone(), target.clone());
        async move {
            for _ in 0..BATCHES {
                grow(&*store, &target, BATCH).await;
            }
        }
    });

    let mut seen = 0;
    while seen < BATCH * BATCHES {
        let from = EventNumber::FIRST;
        seen = read(&*store, Read::all().with_start(from)).await.len();
        assert_eq!(seen % BATCH, 0, "a part of an append was seen");
        tokio::task::yield_now().await;
    }
    writer.join_all().await;
}
