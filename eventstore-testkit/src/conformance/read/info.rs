use eventstore_core::{Error, StreamSelector, StreamVersion};

use crate::conformance::sample::{grow, stream, stream_of};
use crate::conformance::{Harness, expect_error};

/// What is known about a stream: its name and how many events were put into it.
///
/// Behaviours: R5.1.
pub async fn knows_the_version_of_a_stream(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 3).await;
    grow(&*store, &stream("other"), 2).await;
    grow(&*store, &target, 1).await;

    let selector = StreamSelector::from(target);
    let info = store.stream_info(&selector).await.unwrap();
    assert_eq!(info.selector, selector);
    assert_eq!(info.version, 4.into());
}

/// The version of `$all` is the position of the newest event, 0 before the first one.
///
/// Behaviours: R1.5, R5.1.
pub async fn knows_the_version_of_all_streams(harness: &dyn Harness) {
    let store = harness.store();
    let info = store.stream_info(&StreamSelector::All).await.unwrap();
    assert_eq!(
        (info.selector, info.version),
        (StreamSelector::All, StreamVersion::ZERO)
    );

    grow(&*store, &stream("a"), 2).await;
    let receipt = grow(&*store, &stream("b"), 3).await;
    let info = store.stream_info(&StreamSelector::All).await.unwrap();
    assert_eq!(info.version, 5.into());
    assert_eq!(receipt.last_position, info.version.into());
}

/// A missing stream is not found.
///
/// Behaviours: R5.1, R5.2.
pub async fn knows_no_missing_stream(harness: &dyn Harness) {
    let (store, missing) = (harness.store(), stream("missing"));
    stream_of(&*store, "other", 1).await;
    let outcome = store.stream_info(&missing.clone().into()).await;
    expect_error!(outcome, Error::StreamNotFound { stream } if stream == missing);
}

/// A stream that never held an event is at version 0.
///
/// Behaviours: R1.10.
pub async fn knows_an_empty_stream_at_version_0(harness: &dyn Harness) {
    let target = stream("s");
    harness.put_empty_stream(&target).await;
    let info = harness.store().stream_info(&target.into()).await.unwrap();
    assert_eq!(info.version, StreamVersion::ZERO);
}

/// The time of a stream's creation stays as it is.
///
/// Behaviours: R5.1.
pub async fn keeps_the_time_of_creation(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 1).await;
    let selector = StreamSelector::from(target.clone());
    let created_at = store.stream_info(&selector).await.unwrap().created_at;
    grow(&*store, &target, 1).await;
    assert_eq!(store.stream_info(&selector).await.unwrap().created_at, created_at);
}
