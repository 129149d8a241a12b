use std::cmp::Ordering;

use eventstore_core::{Append, Delete, Deletion, ExpectedVersion, StreamInfo, StreamQuery, StreamSort, Timestamp};

use super::{list, names_of};
use crate::conformance::contents::all_streams;
use crate::conformance::sample::{events, stream, stream_of};
use crate::conformance::{Backend, Harness};

/// Unless told otherwise, streams are listed in the order of their creation, `$all` first.
///
/// Behaviours: R5.3.
pub async fn lists_streams_in_the_order_of_their_creation(harness: &dyn Harness) {
    let store = harness.store();
    for name in ["c", "a", "B", "b"] {
        stream_of(&*store, name, 1).await;
    }
    let page = list(&*store, StreamQuery::default()).await;
    assert_eq!(names_of(&page.streams), ["$all", "c", "a", "B", "b"]);
    let query = StreamQuery {
        is_descending: true,
        ..StreamQuery::default()
    };
    assert_eq!(
        names_of(&list(&*store, query).await.streams),
        ["b", "B", "a", "c", "$all"]
    );
}

/// Names are in the order of their bytes.
///
/// Behaviours: R5.3.
pub async fn sorts_by_name_byte_by_byte(harness: &dyn Harness) {
    let store = harness.store();
    let names = [
        "z", "a", "B", "ä", "_", "a-1", "a1", "A", "", "é", "配", "-", " ", "Z", "aB", "ab",
    ];
    for name in names {
        stream_of(&*store, name, 1).await;
    }
    let mut expected: Vec<_> = names.into_iter().chain(["$all"]).collect();
    expected.sort_unstable();
    assert_eq!(names_of(&sorted(&*store, StreamSort::Name, false).await), expected);
    expected.reverse();
    assert_eq!(names_of(&sorted(&*store, StreamSort::Name, true).await), expected);
}

/// Versions are in the order of numbers, streams at the same one in that of their ids.
///
/// Behaviours: R5.3.
pub async fn sorts_by_version(harness: &dyn Harness) {
    let store = harness.store();
    for (name, count) in [("d", 2), ("a", 10), ("c", 2), ("b", 1), ("e", 2)] {
        stream_of(&*store, name, count).await;
    }
    assert_is_sorted(&*store, StreamSort::Version, |a, b| a.version.cmp(&b.version)).await;
    let streams = sorted(&*store, StreamSort::Version, false).await;
    assert_eq!(names_of(&streams), ["b", "d", "c", "e", "a", "$all"]);
}

/// Times of creation are in their order, streams of the same one in that of their ids.
///
/// Behaviours: R5.3.
pub async fn sorts_by_time_of_creation(harness: &dyn Harness) {
    let store = harness.store();
    for (name, at) in [
        ("d", "2002-01-01T00:00:00Z"),
        ("a", "2003-01-01T00:00:00.000001Z"),
        ("e", "2003-01-01T00:00:00.000002Z"),
        ("c", "2002-01-01T00:00:00Z"),
        ("b", "1969-01-01T00:00:00Z"),
        ("f", "2002-01-01T00:00:00Z"),
    ] {
        create_at(&*store, name, at.parse().unwrap()).await;
    }
    assert_is_sorted(&*store, StreamSort::CreatedAt, |a, b| a.created_at.cmp(&b.created_at)).await;
    let streams = sorted(&*store, StreamSort::CreatedAt, false).await;
    assert_eq!(names_of(&streams), ["b", "d", "c", "f", "a", "e", "$all"]);
}

/// Times of deletion are in their order; streams that are not deleted come after them, in the order of their ids.
///
/// Behaviours: R5.3, R5.9.
pub async fn sorts_by_time_of_deletion(harness: &dyn Harness) {
    let store = harness.store();
    for name in ["a", "b", "c", "d", "e"] {
        stream_of(&*store, name, 1).await;
    }
    for name in ["d", "b", "e"] {
        store.delete(Delete::new(stream(name), Deletion::Soft)).await.unwrap();
    }
    let by_deletion = |a: &StreamInfo, b: &StreamInfo| match (a.deleted_at, b.deleted_at) {
        (Some(a), Some(b)) => a.cmp(&b),
        (a, b) => a.is_none().cmp(&b.is_none()),
    };
    assert_is_sorted(&*store, StreamSort::DeletedAt, by_deletion).await;
    let streams = sorted(&*store, StreamSort::DeletedAt, false).await;
    assert_eq!(names_of(&streams), ["d", "b", "e", "$all", "a", "c"]);
    let streams = sorted(&*store, StreamSort::DeletedAt, true).await;
    assert_eq!(names_of(&streams), ["c", "a", "$all", "e", "b", "d"]);
}

/// Descending is ascending backwards, down to the streams that sort alike.
async fn assert_is_sorted(store: &dyn Backend, sort: StreamSort, order: impl Fn(&StreamInfo, &StreamInfo) -> Ordering) {
    let mut expected = all_streams(store).await;
    expected.sort_by(|a, b| order(a, b).then(a.id.cmp(&b.id)));
    assert_eq!(sorted(store, sort, false).await, expected);
    expected.reverse();
    assert_eq!(sorted(store, sort, true).await, expected);
}

async fn sorted(store: &dyn Backend, sort: StreamSort, is_descending: bool) -> Vec<StreamInfo> {
    let query = StreamQuery {
        sort,
        is_descending,
        ..StreamQuery::default()
    };
    list(store, query).await.streams
}

async fn create_at(store: &dyn Backend, name: &str, at: Timestamp) {
    let append = Append::new(stream(name), ExpectedVersion::NoStream, events(1)).unwrap();
    store.append(append.with_created_at(at)).await.unwrap();
}
