use eventstore_core::{Delete, Deletion, StreamQuery, StreamSelector, StreamVersion};

use super::{list, names_of};
use crate::conformance::sample::{grow, ids_in, info_of, link_any, stream, stream_of};
use crate::conformance::{Backend, Harness};

/// An empty store lists `$all`, which has the id 0.
///
/// Behaviours: R1.5, R5.4.
pub async fn lists_only_all_streams_of_an_empty_store(harness: &dyn Harness) {
    let page = list(&*harness.store(), StreamQuery::default()).await;
    assert_eq!(names_of(&page.streams), ["$all"]);
    assert_eq!((page.total_streams, page.total_pages), (1, 1));
    let all = &page.streams[0];
    assert_eq!(all.selector, StreamSelector::All);
    assert_eq!((all.id, all.version, all.deleted_at), (0, StreamVersion::ZERO, None));
}

/// A list contains, for each stream, what `stream_info` returns about it.
///
/// Behaviours: R5.4.
pub async fn lists_what_is_known_about_each_stream(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    for (name, count) in [("b", 2), ("a", 1), ("", 3)] {
        stream_of(&*store, name, count).await;
    }
    grow(&*store, &stream("a"), 1).await;
    for node in [store, other] {
        lists(&*node, &[("$all", 7), ("b", 2), ("a", 2), ("", 3)]).await;
    }
}

/// A stream that holds nothing but links is listed as any other.
///
/// Behaviours: R5.4.
pub async fn lists_a_stream_of_links(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let source = stream_of(&*store, "source", 2).await;
    link_any(&*store, &stream("linked"), ids_in(&*store, source).await).await;
    for node in [store, other] {
        lists(&*node, &[("$all", 2), ("source", 2), ("linked", 2)]).await;
    }
}

/// The list contains these streams at these versions, each with what `stream_info` returns about it.
async fn lists(store: &dyn Backend, expected: &[(&str, u64)]) {
    let page = list(store, StreamQuery::default()).await;
    for info in &page.streams {
        assert_eq!(info_of(store, info.selector.clone()).await, *info);
    }
    let listed: Vec<_> = page
        .streams
        .iter()
        .map(|info| (info.selector.as_str(), info.version.get()))
        .collect();
    assert_eq!(listed, expected);
}

/// Every stream has an id of its own, which stays.
pub async fn lists_each_stream_with_an_id_of_its_own(harness: &dyn Harness) {
    let store = harness.store();
    for name in ["c", "b", "a"] {
        stream_of(&*store, name, 1).await;
    }
    let before = list(&*store, StreamQuery::default()).await.streams;
    let ids: Vec<_> = before.iter().map(|info| info.id).collect();
    assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
    grow(&*store, &stream("b"), 2).await;
    let after = list(&*store, StreamQuery::default()).await.streams;
    assert!(after.iter().map(|info| info.id).eq(ids));
}

/// A soft-deleted stream is listed with the time of its deletion, an undeleted one without.
///
/// Behaviours: R5.5.
pub async fn lists_soft_deleted_streams_with_their_time(harness: &dyn Harness) {
    let store = harness.store();
    let (kept, target) = (stream_of(&*store, "kept", 1).await, stream_of(&*store, "s", 2).await);
    let before = list(&*store, StreamQuery::default()).await;
    store.delete(Delete::new(target.clone(), Deletion::Soft)).await.unwrap();

    let deleted = list(&*store, StreamQuery::default()).await;
    assert_eq!(
        (deleted.total_streams, names_of(&deleted.streams)),
        (3, vec!["$all", "kept", "s"])
    );
    let info = &deleted.streams[2];
    let deleted_at = info.deleted_at.unwrap();
    assert!(deleted_at >= info.created_at, "{info:?}");
    assert_eq!(
        (info.id, info.version, info.created_at),
        (before.streams[2].id, 2.into(), before.streams[2].created_at)
    );
    assert_eq!(deleted.streams[1], info_of(&*store, kept).await);

    store.undelete(&target).await.unwrap();
    assert_eq!(list(&*store, StreamQuery::default()).await, before);
}

/// A hard-deleted stream is listed no more; a name that is used again is another stream.
///
/// Behaviours: R1.7, R5.5.
pub async fn lists_no_hard_deleted_streams(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 2).await;
    stream_of(&*store, "kept", 1).await;
    let before = info_of(&*store, target.clone()).await;
    store.delete(Delete::new(target.clone(), Deletion::Hard)).await.unwrap();
    let page = list(&*store, StreamQuery::default()).await;
    assert_eq!((page.total_streams, names_of(&page.streams)), (2, vec!["$all", "kept"]));
    assert_eq!(page.streams[0].version, 3.into());

    stream_of(&*store, "s", 1).await;
    let page = list(&*store, StreamQuery::default()).await;
    assert_eq!(names_of(&page.streams), ["$all", "kept", "s"]);
    assert!(page.streams[2].id > before.id);
}

/// A stream that never held an event is listed.
pub async fn lists_an_empty_stream(harness: &dyn Harness) {
    let store = harness.store();
    harness.put_empty_stream(&stream("s")).await;
    let page = list(&*store, StreamQuery::default()).await;
    assert_eq!(names_of(&page.streams), ["$all", "s"]);
    assert_eq!(page.streams[1].version, StreamVersion::ZERO);
}
