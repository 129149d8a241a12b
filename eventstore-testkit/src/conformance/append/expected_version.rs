use eventstore_core::{Error, ExpectedVersion, StreamVersion};

use crate::conformance::refusal::refused;
use crate::conformance::sample::{append, events, exactly, read_whole, stream, stream_of};
use crate::conformance::{Harness, expect_error};

/// Any version: a missing stream is created.
///
/// Behaviours: R1.12.
pub async fn any_version_creates_a_missing_stream(harness: &dyn Harness) {
    creates_a_missing_stream(harness, ExpectedVersion::Any).await;
}

/// Any version: a stream without events is appended to.
///
/// Behaviours: R1.13.
pub async fn any_version_appends_to_an_empty_stream(harness: &dyn Harness) {
    appends_to_an_empty_stream(harness, ExpectedVersion::Any).await;
}

/// Any version: a stream with events is appended to.
///
/// Behaviours: R1.14.
pub async fn any_version_appends_to_a_stream_with_events(harness: &dyn Harness) {
    appends_to_a_stream_of_three(harness, ExpectedVersion::Any).await;
}

/// No stream: a missing stream is created.
///
/// Behaviours: R1.12.
pub async fn no_stream_creates_a_missing_stream(harness: &dyn Harness) {
    creates_a_missing_stream(harness, ExpectedVersion::NoStream).await;
}

/// No stream: a stream that never held an event counts as none.
///
/// Behaviours: R1.13.
pub async fn no_stream_is_met_by_an_empty_stream(harness: &dyn Harness) {
    appends_to_an_empty_stream(harness, ExpectedVersion::NoStream).await;
}

/// No stream: a stream with events is refused, and the refusal tells its version.
///
/// Behaviours: R1.14.
pub async fn no_stream_refuses_a_stream_with_events(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 3).await;
    let outcome = refused(&*store, &target, ExpectedVersion::NoStream, events(1)).await;
    expect_error!(outcome, Error::StreamAlreadyExists { stream, version } if stream == target && version == 3.into());
}

/// An existing stream: a missing one is refused.
///
/// Behaviours: R1.12.
pub async fn stream_exists_refuses_a_missing_stream(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let outcome = refused(&*store, &target, ExpectedVersion::StreamExists, events(1)).await;
    expect_error!(outcome, Error::StreamNotFound { stream } if stream == target);
}

/// An existing stream: one without events is one.
///
/// Behaviours: R1.13.
pub async fn stream_exists_is_met_by_an_empty_stream(harness: &dyn Harness) {
    appends_to_an_empty_stream(harness, ExpectedVersion::StreamExists).await;
}

/// An existing stream: one with events is appended to.
///
/// Behaviours: R1.14.
pub async fn stream_exists_appends_to_a_stream_with_events(harness: &dyn Harness) {
    appends_to_a_stream_of_three(harness, ExpectedVersion::StreamExists).await;
}

/// Version 0: a missing stream is created.
///
/// Behaviours: R1.12.
pub async fn version_0_creates_a_missing_stream(harness: &dyn Harness) {
    creates_a_missing_stream(harness, exactly(0)).await;
}

/// Version 0: a stream without events is at it.
///
/// Behaviours: R1.13.
pub async fn version_0_is_met_by_an_empty_stream(harness: &dyn Harness) {
    appends_to_an_empty_stream(harness, exactly(0)).await;
}

/// Version 0: a stream with events is refused.
///
/// Behaviours: R1.14.
pub async fn version_0_refuses_a_stream_with_events(harness: &dyn Harness) {
    refuses_a_stream_of_three(harness, exactly(0)).await;
}

/// An exact version: a stream that is at it is appended to.
///
/// Behaviours: R1.14.
pub async fn appends_at_the_exact_version(harness: &dyn Harness) {
    appends_to_a_stream_of_three(harness, exactly(3)).await;
}

/// An exact version: a stream that has moved on is refused.
///
/// Behaviours: R1.14.
pub async fn rejects_a_stale_expected_version(harness: &dyn Harness) {
    refuses_a_stream_of_three(harness, exactly(1)).await;
    refuses_the_stream_of_three(harness, exactly(2)).await;
}

/// An exact version: a stream that has not come so far is refused.
///
/// Behaviours: R1.14.
pub async fn rejects_an_expected_version_ahead_of_the_stream(harness: &dyn Harness) {
    refuses_a_stream_of_three(harness, exactly(4)).await;
    refuses_the_stream_of_three(harness, ExpectedVersion::Exact(StreamVersion::MAX)).await;
}

/// An exact version beyond 0: a missing stream is refused.
///
/// Behaviours: R1.12.
pub async fn rejects_an_expected_version_of_a_missing_stream(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let outcome = refused(&*store, &target, exactly(1), events(1)).await;
    expect_error!(
        outcome,
        Error::WrongExpectedVersion { stream, expected, actual: None } if stream == target && expected == exactly(1)
    );
}

/// An exact version beyond 0: a stream without events is refused.
///
/// Behaviours: R1.13.
pub async fn rejects_an_expected_version_of_an_empty_stream(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    harness.put_empty_stream(&target).await;
    let outcome = refused(&*store, &target, exactly(1), events(1)).await;
    expect_error!(
        outcome,
        Error::WrongExpectedVersion { stream, expected, actual: Some(StreamVersion::ZERO) }
            if stream == target && expected == exactly(1)
    );
}

async fn creates_a_missing_stream(harness: &dyn Harness, expected: ExpectedVersion) {
    let (store, target) = (harness.store(), stream("s"));
    let receipt = append(&*store, &target, expected, events(2)).await.unwrap();
    assert_eq!((receipt.first_version, receipt.last_version), (1.into(), 2.into()));
    assert_eq!(read_whole(&*store, target).await.len(), 2);
}

async fn appends_to_an_empty_stream(harness: &dyn Harness, expected: ExpectedVersion) {
    harness.put_empty_stream(&stream("s")).await;
    creates_a_missing_stream(harness, expected).await;
}

async fn appends_to_a_stream_of_three(harness: &dyn Harness, expected: ExpectedVersion) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 3).await;
    let receipt = append(&*store, &target, expected, events(2)).await.unwrap();
    assert_eq!((receipt.first_version, receipt.last_version), (4.into(), 5.into()));
    assert_eq!(read_whole(&*store, target).await.len(), 5);
}

async fn refuses_a_stream_of_three(harness: &dyn Harness, wrong: ExpectedVersion) {
    stream_of(&*harness.store(), "s", 3).await;
    refuses_the_stream_of_three(harness, wrong).await;
}

async fn refuses_the_stream_of_three(harness: &dyn Harness, wrong: ExpectedVersion) {
    let (store, target) = (harness.store(), stream("s"));
    let outcome = refused(&*store, &target, wrong, events(1)).await;
    expect_error!(
        outcome,
        Error::WrongExpectedVersion { stream, expected, actual: Some(actual) }
            if stream == target && expected == wrong && actual == 3.into()
    );
}
