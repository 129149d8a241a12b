use eventstore_core::{Error, ExpectedVersion, LinkReceipt, Result, StreamVersion};

use super::source_events;
use crate::conformance::refusal::leaves_all_as_it_is;
use crate::conformance::sample::{exactly, ids_in, link, stream, stream_of};
use crate::conformance::{Harness, expect_error};

/// Any version: a missing target is created.
///
/// Behaviours: R1.12, R3.2.
pub async fn any_version_creates_a_missing_target(harness: &dyn Harness) {
    creates_a_missing_target(harness, ExpectedVersion::Any).await;
}

/// Any version: a target without events is linked into.
///
/// Behaviours: R1.13, R3.2.
pub async fn any_version_links_into_an_empty_target(harness: &dyn Harness) {
    links_into_an_empty_target(harness, ExpectedVersion::Any).await;
}

/// Any version: a target with events is linked into.
///
/// Behaviours: R1.14, R3.2.
pub async fn any_version_links_into_a_target_with_events(harness: &dyn Harness) {
    links_into_a_target_of_three(harness, ExpectedVersion::Any).await;
}

/// No stream: a missing target is created.
///
/// Behaviours: R1.12, R3.2.
pub async fn no_stream_creates_a_missing_target(harness: &dyn Harness) {
    creates_a_missing_target(harness, ExpectedVersion::NoStream).await;
}

/// No stream: a target that never held an event counts as none.
///
/// Behaviours: R1.13, R3.2.
pub async fn no_stream_is_met_by_an_empty_target(harness: &dyn Harness) {
    links_into_an_empty_target(harness, ExpectedVersion::NoStream).await;
}

/// No stream: a target with events is refused, and the refusal tells its version.
///
/// Behaviours: R1.14, R3.2.
pub async fn no_stream_refuses_a_target_with_events(harness: &dyn Harness) {
    let store = harness.store();
    stream_of(&*store, "s", 3).await;
    let outcome = refused(harness, ExpectedVersion::NoStream).await;
    expect_error!(outcome, Error::StreamAlreadyExists { stream, version } if stream.as_str() == "s" && version == 3.into());
}

/// An existing stream: a missing target is refused.
///
/// Behaviours: R1.12, R3.2.
pub async fn stream_exists_refuses_a_missing_target(harness: &dyn Harness) {
    let outcome = refused(harness, ExpectedVersion::StreamExists).await;
    expect_error!(outcome, Error::StreamNotFound { stream } if stream.as_str() == "s");
}

/// An existing stream: a target without events is one.
///
/// Behaviours: R1.13, R3.2.
pub async fn stream_exists_is_met_by_an_empty_target(harness: &dyn Harness) {
    links_into_an_empty_target(harness, ExpectedVersion::StreamExists).await;
}

/// An existing stream: a target with events is linked into.
///
/// Behaviours: R1.14, R3.2.
pub async fn stream_exists_links_into_a_target_with_events(harness: &dyn Harness) {
    links_into_a_target_of_three(harness, ExpectedVersion::StreamExists).await;
}

/// Version 0: a missing target is created.
///
/// Behaviours: R1.12, R3.2.
pub async fn version_0_creates_a_missing_target(harness: &dyn Harness) {
    creates_a_missing_target(harness, exactly(0)).await;
}

/// Version 0: a target without events is at it.
///
/// Behaviours: R1.13, R3.2.
pub async fn version_0_is_met_by_an_empty_target(harness: &dyn Harness) {
    links_into_an_empty_target(harness, exactly(0)).await;
}

/// Version 0: a target with events is refused.
///
/// Behaviours: R1.14, R3.2.
pub async fn version_0_refuses_a_target_with_events(harness: &dyn Harness) {
    refuses_a_target_of_three(harness, exactly(0)).await;
}

/// An exact version: a target that is at it is linked into.
///
/// Behaviours: R1.14, R3.2.
pub async fn links_at_the_exact_version(harness: &dyn Harness) {
    links_into_a_target_of_three(harness, exactly(3)).await;
}

/// An exact version: a target that has moved on is refused.
///
/// Behaviours: R1.14, R3.2.
pub async fn rejects_a_stale_expected_version(harness: &dyn Harness) {
    refuses_a_target_of_three(harness, exactly(2)).await;
}

/// An exact version: a target that has not come so far is refused.
///
/// Behaviours: R1.14, R3.2.
pub async fn rejects_an_expected_version_ahead_of_the_target(harness: &dyn Harness) {
    refuses_a_target_of_three(harness, exactly(4)).await;
}

/// An exact version beyond 0: a missing target is refused.
///
/// Behaviours: R1.12, R3.2.
pub async fn rejects_an_expected_version_of_a_missing_target(harness: &dyn Harness) {
    let outcome = refused(harness, exactly(1)).await;
    expect_error!(
        outcome,
        Error::WrongExpectedVersion { stream, expected, actual: None }
            if stream.as_str() == "s" && expected == exactly(1)
    );
}

/// An exact version beyond 0: a target without events is refused.
///
/// Behaviours: R1.13, R3.2.
pub async fn rejects_an_expected_version_of_an_empty_target(harness: &dyn Harness) {
    harness.put_empty_stream(&stream("s")).await;
    let outcome = refused(harness, exactly(1)).await;
    expect_error!(
        outcome,
        Error::WrongExpectedVersion {
            actual: Some(StreamVersion::ZERO),
            ..
        }
    );
}

async fn creates_a_missing_target(harness: &dyn Harness, expected: ExpectedVersion) {
    let (store, target) = (harness.store(), stream("s"));
    let ids = source_events(&*store, 2).await;
    let receipt = link(&*store, &target, expected, ids.clone()).await.unwrap();
    assert_eq!(
        receipt,
        LinkReceipt {
            target: target.clone(),
            first_version: 1.into(),
            last_version: 2.into()
        }
    );
    assert_eq!(ids_in(&*store, target).await, ids);
}

async fn links_into_an_empty_target(harness: &dyn Harness, expected: ExpectedVersion) {
    harness.put_empty_stream(&stream("s")).await;
    creates_a_missing_target(harness, expected).await;
}

async fn links_into_a_target_of_three(harness: &dyn Harness, expected: ExpectedVersion) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 3).await;
    let ids = source_events(&*store, 2).await;
    let receipt = link(&*store, &target, expected, ids.clone()).await.unwrap();
    assert_eq!(
        receipt,
        LinkReceipt {
            target: target.clone(),
            first_version: 4.into(),
            last_version: 5.into()
        }
    );
    assert_eq!(ids_in(&*store, target).await[3..], ids);
}

async fn refuses_a_target_of_three(harness: &dyn Harness, wrong: ExpectedVersion) {
    stream_of(&*harness.store(), "s", 3).await;
    let outcome = refused(harness, wrong).await;
    expect_error!(
        outcome,
        Error::WrongExpectedVersion { stream, expected, actual: Some(actual) }
            if stream.as_str() == "s" && expected == wrong && actual == 3.into()
    );
}

/// Links an event into the stream `s`; it has to leave nothing.
async fn refused(harness: &dyn Harness, wrong: ExpectedVersion) -> Result<LinkReceipt> {
    let (store, target) = (harness.store(), stream("s"));
    let ids = source_events(&*store, 1).await;
    leaves_all_as_it_is(&*store, link(&*store, &target, wrong, ids)).await
}
