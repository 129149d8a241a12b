use crate::conformance::contents::Contents;
use crate::conformance::reopening::reopened;
use crate::conformance::sample::{ids_in, link_any, stream, stream_of};
use crate::conformance::{Harness, Stop};

/// Links are there when the storage is opened again, and further ones follow them.
pub async fn keeps_links_when_it_is_reopened(harness: &dyn Harness) {
    let mut store = harness.store();
    let target = stream("links");
    for (stop, version) in Stop::ALL.into_iter().zip([3_u32, 6]) {
        let source = stream_of(&*store, &format!("{stop:?}"), 3).await;
        let ids = ids_in(&*store, source).await;
        link_any(&*store, &target, vec![ids[1], ids[0]]).await;
        let before = Contents::of(&*store).await;
        store = reopened(harness, store, stop).await;
        assert_eq!(Contents::of(&*store).await, before, "after the end {stop:?}");
        let receipt = link_any(&*store, &target, vec![ids[2]]).await;
        assert_eq!(receipt.first_version, version.into(), "after the end {stop:?}");
    }
}
