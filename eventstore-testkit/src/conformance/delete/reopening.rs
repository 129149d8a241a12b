use eventstore_core::StreamSelector;

use super::{assert_does_not_exist, assert_is_soft_deleted, hard_delete, soft_delete};
use crate::conformance::contents::Contents;
use crate::conformance::reopening::reopened;
use crate::conformance::sample::{grow, info_of, stream, stream_of, version_of};
use crate::conformance::{Harness, Stop};

/// What was deleted is deleted when the storage is opened again, softly or for good.
pub async fn keeps_deletions_when_it_is_reopened(harness: &dyn Harness) {
    let mut store = harness.store();
    for stop in Stop::ALL {
        let kept = stream_of(&*store, &format!("kept {stop:?}"), 1).await;
        let [soft, hard, back] = ["soft", "hard", "back"].map(|name| stream(&format!("{name} {stop:?}")));
        for target in [&soft, &hard, &back] {
            grow(&*store, target, 2).await;
        }
        soft_delete(&*store, &soft).await;
        soft_delete(&*store, &back).await;
        hard_delete(&*store, &hard).await;
        store.undelete(&back).await.unwrap();
        let before = Contents::of(&*store).await;
        store = reopened(harness, store, stop).await;
        assert_eq!(Contents::of(&*store).await, before, "after the end {stop:?}");
        assert_is_soft_deleted(&*store, &soft).await;
        assert_does_not_exist(&*store, &hard).await;
        store.undelete(&soft).await.unwrap();
        grow(&*store, &kept, 1).await;
    }
}

/// Positions and ids of streams that are gone are not given again when the storage is opened again, although nothing is left
/// that tells of them.
pub async fn gives_no_number_again_when_it_is_reopened(harness: &dyn Harness) {
    let mut store = harness.store();
    stream_of(&*store, "first", 1).await;
    for stop in Stop::ALL {
        let last = stream_of(&*store, "last", 3).await;
        let (id, end) = (
            info_of(&*store, last.clone()).await.id,
            version_of(&*store, StreamSelector::All).await,
        );
        hard_delete(&*store, &last).await;
        store = reopened(harness, store, stop).await;
        assert_eq!(
            version_of(&*store, StreamSelector::All).await,
            end,
            "after the end {stop:?}"
        );
        let created = grow(&*store, &stream(&format!("{stop:?}")), 1).await;
        assert_eq!(created.first_position, end.next().into(), "after the end {stop:?}");
        let next_id = info_of(&*store, created.stream).await.id;
        assert!(
            next_id > id,
            "after the end {stop:?}: the id {next_id} is not beyond {id}"
        );
    }
}
