use eventstore_core::{Delete, Deletion, Error, ExpectedVersion, Result, StreamName, StreamSelector, StreamVersion};

use super::{assert_does_not_exist, assert_is_soft_deleted, soft_delete};
use crate::conformance::refusal::leaves_all_as_it_is;
use crate::conformance::sample::{every_expectation, exactly, info_of, stream, stream_of, version_of};
use crate::conformance::{Backend, Harness, expect_error};

/// Softly, a stream with events is deleted at any version, at its own, and if it only has to exist.
///
/// Behaviours: R4.2, R4.4.
pub async fn soft_deletes_a_stream_that_meets_the_expectation(harness: &dyn Harness) {
    let store = harness.store();
    for (index, expected) in [ExpectedVersion::Any, ExpectedVersion::StreamExists, exactly(3)]
        .into_iter()
        .enumerate()
    {
        let target = stream_of(&*store, &format!("s-{index}"), 3).await;
        store
            .delete(Delete::new(target.clone(), Deletion::Soft).with_expected_version(expected))
            .await
            .unwrap();
        assert_is_soft_deleted(&*store, &target).await;
    }
}

/// For good, a stream with events is deleted at any version, at its own, and if it only has to exist.
///
/// Behaviours: R4.2, R4.10.
pub async fn hard_deletes_a_stream_that_meets_the_expectation(harness: &dyn Harness) {
    let store = harness.store();
    for (index, expected) in [ExpectedVersion::Any, ExpectedVersion::StreamExists, exactly(3)]
        .into_iter()
        .enumerate()
    {
        let target = stream_of(&*store, &format!("s-{index}"), 3).await;
        store
            .delete(Delete::new(target.clone(), Deletion::Hard).with_expected_version(expected))
            .await
            .unwrap();
        assert_does_not_exist(&*store, &target).await;
    }
}

/// A stream that never held an event passes every expected-version check but that of a version beyond 0.
///
/// Behaviours: R4.2.
pub async fn deletes_an_empty_stream(harness: &dyn Harness) {
    let store = harness.store();
    for delete in [
        |stream| Delete::new(stream, Deletion::Soft),
        |stream| Delete::new(stream, Deletion::Hard),
    ] {
        for (index, expected) in every_expectation(0).into_iter().enumerate() {
            let target = stream(&format!("s-{index}-{:?}", delete(stream("")).deletion()));
            harness.put_empty_stream(&target).await;
            let outcome = refused(&*store, delete(target.clone()).with_expected_version(exactly(1))).await;
            expect_error!(
                outcome,
                Error::WrongExpectedVersion {
                    actual: Some(StreamVersion::ZERO),
                    ..
                }
            );
            store
                .delete(delete(target.clone()).with_expected_version(expected))
                .await
                .unwrap();
            assert!(store.stream_info(&target.into()).await.is_err());
        }
    }
}

/// A stream at another version is not deleted.
///
/// Behaviours: R4.2.
pub async fn rejects_a_wrong_expected_version(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 3).await;
    for delete in [
        |stream| Delete::new(stream, Deletion::Soft),
        |stream| Delete::new(stream, Deletion::Hard),
    ] {
        for wrong in [
            exactly(0),
            exactly(2),
            exactly(4),
            ExpectedVersion::Exact(StreamVersion::MAX),
        ] {
            let outcome = refused(&*store, delete(target.clone()).with_expected_version(wrong)).await;
            expect_error!(
                outcome,
                Error::WrongExpectedVersion { stream, expected, actual: Some(actual) }
                    if stream == target && expected == wrong && actual == 3.into()
            );
        }
    }
}

/// A stream with events that is expected not to exist is not deleted.
///
/// Behaviours: R4.2.
pub async fn no_stream_refuses_a_stream_with_events(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 3).await;
    for delete in [
        |stream| Delete::new(stream, Deletion::Soft),
        |stream| Delete::new(stream, Deletion::Hard),
    ] {
        let outcome = refused(
            &*store,
            delete(target.clone()).with_expected_version(ExpectedVersion::NoStream),
        )
        .await;
        expect_error!(outcome, Error::StreamAlreadyExists { stream, version } if stream == target && version == 3.into());
    }
}

/// A missing stream is not found, also where an append would create it.
///
/// Behaviours: R4.2.
pub async fn does_not_find_a_missing_stream(harness: &dyn Harness) {
    let store = harness.store();
    for delete in [
        |stream| Delete::new(stream, Deletion::Soft),
        |stream| Delete::new(stream, Deletion::Hard),
    ] {
        for expected in [
            ExpectedVersion::Any,
            ExpectedVersion::NoStream,
            ExpectedVersion::StreamExists,
            exactly(0),
        ] {
            let outcome = refused(&*store, delete(stream("missing")).with_expected_version(expected)).await;
            expect_error!(outcome, Error::StreamNotFound { stream } if stream.as_str() == "missing");
        }
    }
}

/// `$all` is neither deleted nor undeleted, even under a name that was taken as storage knows it.
///
/// Behaviours: R4.1.
pub async fn never_deletes_all_streams(harness: &dyn Harness) {
    let store = harness.store();
    stream_of(&*store, "s", 3).await;
    let all = StreamName::from_storage(StreamSelector::ALL);
    for delete in [
        |stream| Delete::new(stream, Deletion::Soft),
        |stream| Delete::new(stream, Deletion::Hard),
    ] {
        let outcome = refused(&*store, delete(all.clone())).await;
        expect_error!(outcome, Error::StreamNotFound { stream } if stream == all);
    }
    let outcome = leaves_all_as_it_is(&*store, store.undelete(&all)).await;
    expect_error!(outcome, Error::StreamNotFound { stream } if stream == all);
}

/// A missing stream is not at a version beyond 0.
///
/// Behaviours: R4.2.
pub async fn rejects_an_expected_version_of_a_missing_stream(harness: &dyn Harness) {
    let store = harness.store();
    for delete in [
        |stream| Delete::new(stream, Deletion::Soft),
        |stream| Delete::new(stream, Deletion::Hard),
    ] {
        let outcome = refused(&*store, delete(stream("missing")).with_expected_version(exactly(1))).await;
        expect_error!(
            outcome,
            Error::WrongExpectedVersion { stream, expected, actual: None }
                if stream.as_str() == "missing" && expected == exactly(1)
        );
    }
}

/// A second soft delete is refused as such, whatever is expected.
///
/// Behaviours: R4.4.
pub async fn refuses_a_second_soft_delete(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 3).await;
    soft_delete(&*store, &target).await;
    for expected in every_expectation(3).into_iter().chain([exactly(7)]) {
        let outcome = refused(
            &*store,
            Delete::new(target.clone(), Deletion::Soft).with_expected_version(expected),
        )
        .await;
        expect_error!(outcome, Error::StreamDeleted { stream } if stream == target);
    }
}

/// For a hard delete, a soft-deleted stream still has its version.
///
/// Behaviours: R4.5, T29.
pub async fn checks_the_version_of_a_soft_deleted_stream(harness: &dyn Harness) {
    let store = harness.store();
    for (index, expected) in [ExpectedVersion::Any, ExpectedVersion::StreamExists, exactly(3)]
        .into_iter()
        .enumerate()
    {
        let target = stream_of(&*store, &format!("s-{index}"), 3).await;
        soft_delete(&*store, &target).await;
        for wrong in [exactly(0), exactly(2), exactly(4)] {
            let outcome = refused(
                &*store,
                Delete::new(target.clone(), Deletion::Hard).with_expected_version(wrong),
            )
            .await;
            expect_error!(outcome, Error::WrongExpectedVersion { actual: Some(actual), .. } if actual == 3.into());
        }
        let outcome = refused(
            &*store,
            Delete::new(target.clone(), Deletion::Hard).with_expected_version(ExpectedVersion::NoStream),
        )
        .await;
        expect_error!(outcome, Error::StreamAlreadyExists { version, .. } if version == 3.into());

        store
            .delete(Delete::new(target.clone(), Deletion::Hard).with_expected_version(expected))
            .await
            .unwrap();
        assert_does_not_exist(&*store, &target).await;
    }
}

/// Without hard deletes, nothing is deleted for good, whether it is soft-deleted or not.
///
/// Behaviours: R4.9.
pub async fn refuses_a_hard_delete_where_it_is_not_enabled(harness: &dyn Harness) {
    let store = harness.store_without_hard_deletes().await;
    let target = stream_of(&*store, "s", 3).await;
    for expected in [ExpectedVersion::Any, ExpectedVersion::StreamExists, exactly(3)] {
        let outcome = refused(
            &*store,
            Delete::new(target.clone(), Deletion::Hard).with_expected_version(expected),
        )
        .await;
        expect_error!(outcome, Error::HardDeletesDisabled);
    }
    soft_delete(&*store, &target).await;
    let outcome = refused(&*store, Delete::new(target.clone(), Deletion::Hard)).await;
    expect_error!(outcome, Error::HardDeletesDisabled);
    store.undelete(&target).await.unwrap();
    assert_eq!(version_of(&*store, target).await, 3.into());
}

/// Without hard deletes, a wrong version is complained about first.
///
/// Behaviours: R4.9.
pub async fn complains_about_the_version_before_disabled_hard_deletes(harness: &dyn Harness) {
    let store = harness.store_without_hard_deletes().await;
    let target = stream_of(&*store, "s", 3).await;
    for wrong in [exactly(0), exactly(2), exactly(4)] {
        let outcome = refused(
            &*store,
            Delete::new(target.clone(), Deletion::Hard).with_expected_version(wrong),
        )
        .await;
        expect_error!(outcome, Error::WrongExpectedVersion { actual: Some(actual), .. } if actual == 3.into());
    }
    let outcome = refused(
        &*store,
        Delete::new(target, Deletion::Hard).with_expected_version(ExpectedVersion::NoStream),
    )
    .await;
    expect_error!(outcome, Error::StreamAlreadyExists { version, .. } if version == 3.into());
    let missing = Delete::new(stream("missing"), Deletion::Hard);
    let outcome = refused(&*store, missing.clone().with_expected_version(exactly(1))).await;
    expect_error!(outcome, Error::WrongExpectedVersion { actual: None, .. });
    let outcome = refused(
        &*store,
        missing.clone().with_expected_version(ExpectedVersion::StreamExists),
    )
    .await;
    expect_error!(outcome, Error::StreamNotFound { .. });
    for expected in [ExpectedVersion::Any, ExpectedVersion::NoStream, exactly(0)] {
        let outcome = refused(&*store, missing.clone().with_expected_version(expected)).await;
        expect_error!(outcome, Error::HardDeletesDisabled);
    }
}

/// Hard deletes are a setting of a store: others on the same storage may have them.
///
/// Behaviours: R4.9.
pub async fn enables_hard_deletes_for_each_store(harness: &dyn Harness) {
    let without = harness.store_without_hard_deletes().await;
    let target = stream_of(&*without, "s", 3).await;
    assert_eq!(info_of(&*harness.store(), target.clone()).await.version, 3.into());
    harness
        .store()
        .delete(Delete::new(target.clone(), Deletion::Hard))
        .await
        .unwrap();
    assert_does_not_exist(&*without, &target).await;
}

async fn refused(store: &dyn Backend, delete: Delete) -> Result<()> {
    let name = delete.stream().clone();
    let outcome = leaves_all_as_it_is(store, store.delete(delete)).await;
    assert!(outcome.is_err(), "the deletion of {name:?} was to be refused");
    outcome
}
