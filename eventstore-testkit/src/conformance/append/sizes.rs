use eventstore_core::{ExpectedVersion, StreamSelector};

use crate::conformance::Harness;
use crate::conformance::sample::{
    append, events, exactly, ids_of, new_ids_of, numbers, numbers_of, read_whole, stream,
};

/// One event at a time.
///
/// Behaviours: R1.39.
pub async fn appends_1_event_at_once(harness: &dyn Harness) {
    appends_at_once(harness, 1).await;
}

/// 999 events at once.
///
/// Behaviours: R1.39.
pub async fn appends_999_events_at_once(harness: &dyn Harness) {
    appends_at_once(harness, 999).await;
}

/// 1,000 events at once.
///
/// Behaviours: R1.39.
pub async fn appends_1000_events_at_once(harness: &dyn Harness) {
    appends_at_once(harness, 1_000).await;
}

/// 1,001 events at once.
///
/// Behaviours: R1.39.
pub async fn appends_1001_events_at_once(harness: &dyn Harness) {
    appends_at_once(harness, 1_001).await;
}

/// 10,000 events at once.
///
/// Behaviours: R1.9, R1.39.
pub async fn appends_10000_events_at_once(harness: &dyn Harness) {
    appends_at_once(harness, 10_000).await;
}

/// Appends this many events to a new stream, and again to the stream that now exists.
async fn appends_at_once(harness: &dyn Harness, count: u32) {
    let (store, target) = (harness.store(), stream("s"));
    let size = usize::try_from(count).unwrap();
    let (first, second) = (events(size), events(size));
    let ids = [new_ids_of(&first), new_ids_of(&second)].concat();

    append(&*store, &target, exactly(0), first).await.unwrap();
    let receipt = append(&*store, &target, ExpectedVersion::Any, second).await.unwrap();
    assert_eq!(
        (receipt.first_version, receipt.last_version),
        ((count + 1).into(), (2 * count).into())
    );

    for selector in [StreamSelector::All, target.into()] {
        let stored = read_whole(&*store, selector).await;
        assert_eq!(ids_of(&stored), ids);
        assert_eq!(numbers_of(&stored), numbers(1..=2 * count));
    }
}
