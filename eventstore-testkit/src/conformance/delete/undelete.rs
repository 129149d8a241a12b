use eventstore_core::{Delete, Deletion, Error};

use super::{assert_does_not_exist, assert_is_soft_deleted, hard_delete, soft_delete};
use crate::conformance::refusal::leaves_all_as_it_is;
use crate::conformance::sample::{
    append, events, exactly, grow, ids_in, info_of, link_any, numbers, numbers_of, read_whole, stream, stream_of,
};
use crate::conformance::soundness::assert_is_sound;
use crate::conformance::{Harness, expect_error};

/// An undeleted stream is as it was, on every node.
///
/// Behaviours: R4.5, T29.
pub async fn brings_a_soft_deleted_stream_back_as_it_was(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let target = stream_of(&*store, "s", 3).await;
    let before = (
        info_of(&*store, target.clone()).await,
        read_whole(&*store, target.clone()).await,
    );
    for _ in 0..2 {
        soft_delete(&*store, &target).await;
        assert_is_soft_deleted(&*other, &target).await;
        other.undelete(&target).await.unwrap();
        let after = (
            info_of(&*store, target.clone()).await,
            read_whole(&*store, target.clone()).await,
        );
        assert_eq!(after, before);
    }
}

/// After an undelete, appends go on after the last version of the stream.
///
/// Behaviours: R4.5, T29.
pub async fn appends_to_an_undeleted_stream(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 3).await;
    soft_delete(&*store, &target).await;
    store.undelete(&target).await.unwrap();
    let receipt = append(&*store, &target, exactly(3), events(2)).await.unwrap();
    assert_eq!((receipt.first_version, receipt.first_position), (4.into(), 4.into()));
    assert_eq!(numbers_of(&read_whole(&*store, target).await), numbers(1..=5));
    assert_is_sound(&*store).await;
}

/// After an undelete, links go on after the last version of the stream.
///
/// Behaviours: R4.5, T29.
pub async fn links_into_an_undeleted_stream(harness: &dyn Harness) {
    let store = harness.store();
    let (target, source) = (stream_of(&*store, "s", 3).await, stream_of(&*store, "source", 1).await);
    soft_delete(&*store, &target).await;
    store.undelete(&target).await.unwrap();
    link_any(&*store, &target, ids_in(&*store, source).await).await;
    assert_eq!(numbers_of(&read_whole(&*store, target).await), numbers(1..=4));
    assert_is_sound(&*store).await;
}

/// The undelete of a stream that is not deleted changes nothing.
pub async fn leaves_a_stream_that_is_not_deleted(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 3).await;
    leaves_all_as_it_is(&*store, store.undelete(&target)).await.unwrap();
}

/// A missing stream cannot be undeleted, neither one that never was nor one that was deleted for good.
pub async fn cannot_undelete_a_missing_stream(harness: &dyn Harness) {
    let store = harness.store();
    let gone = stream_of(&*store, "gone", 3).await;
    soft_delete(&*store, &gone).await;
    hard_delete(&*store, &gone).await;
    for missing in [gone, stream("missing")] {
        let outcome = leaves_all_as_it_is(&*store, store.undelete(&missing)).await;
        expect_error!(outcome, Error::StreamNotFound { stream } if stream == missing);
    }
}

/// An undeleted stream can be deleted again, softly and for good.
pub async fn deletes_an_undeleted_stream_again(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 3).await;
    soft_delete(&*store, &target).await;
    store.undelete(&target).await.unwrap();
    grow(&*store, &target, 1).await;
    store
        .delete(Delete::new(target.clone(), Deletion::Soft).with_expected_version(exactly(4)))
        .await
        .unwrap();
    assert_is_soft_deleted(&*store, &target).await;
    store.undelete(&target).await.unwrap();
    store
        .delete(Delete::new(target.clone(), Deletion::Hard).with_expected_version(exactly(4)))
        .await
        .unwrap();
    assert_does_not_exist(&*store, &target).await;
}
