use eventstore_core::{
    Append, Delete, Deletion, ExpectedVersion, PageStart, StreamInfo, StreamQuery, StreamSelector, StreamSort,
};

use super::{after, count, list, page, walk};
use crate::conformance::contents::all_streams;
use crate::conformance::sample::{events, grow, stream, stream_of};
use crate::conformance::{Backend, Harness};

const SORTS: [StreamSort; 5] = [
    StreamSort::Id,
    StreamSort::Name,
    StreamSort::Version,
    StreamSort::CreatedAt,
    StreamSort::DeletedAt,
];

/// Numbered pages are disjoint and complete, in every order.
///
/// Behaviours: R5.4, R5.9, T34.
pub async fn numbered_pages_are_disjoint_and_complete(harness: &dyn Harness) {
    let store = harness.store();
    put_streams_that_sort_alike(&*store).await;
    numbered_pages_are_complete(&*store).await;
}

/// Pages that begin after the last stream of the one before are disjoint and complete, in every order.
///
/// Behaviours: R5.9, T34.
pub async fn pages_after_a_stream_are_disjoint_and_complete(harness: &dyn Harness) {
    let store = harness.store();
    put_streams_that_sort_alike(&*store).await;
    pages_after_a_stream_are_complete(&*store).await;
}

/// A page after a stream tells the totals of all pages.
///
/// Behaviours: R5.4.
pub async fn a_page_after_a_stream_tells_all_totals(harness: &dyn Harness) {
    let store = harness.store();
    put_streams_that_sort_alike(&*store).await;
    let first = all_streams(&*store).await.remove(0);
    let query = StreamQuery {
        start: after(&first),
        page_size: count(3),
        ..StreamQuery::default()
    };
    let page = list(&*store, query).await;
    assert_eq!((page.streams.len(), page.total_streams, page.total_pages), (3, 8, 3));
}

/// A page beyond the end is empty, its totals are those of all pages.
///
/// Behaviours: R5.4.
pub async fn a_page_beyond_the_end_is_empty(harness: &dyn Harness) {
    let store = harness.store();
    put_streams_that_sort_alike(&*store).await;
    for number in [3, 4, 1_000, u32::MAX] {
        for page_size in [4, u32::MAX] {
            let query = StreamQuery {
                start: page(number),
                page_size: count(page_size),
                ..StreamQuery::default()
            };
            let page = list(&*store, query).await;
            assert!(page.streams.is_empty(), "{page:?}");
            assert_eq!(page.total_streams, 8);
        }
    }
    let last = all_streams(&*store).await.pop().unwrap();
    let query = StreamQuery {
        start: after(&last),
        ..StreamQuery::default()
    };
    let page = list(&*store, query).await;
    assert!(page.streams.is_empty(), "{page:?}");
    assert_eq!((page.total_streams, page.total_pages), (8, 1));
}

/// Unless told otherwise, a page holds 50 streams.
///
/// Behaviours: R5.3.
pub async fn lists_50_streams_a_page_unless_told_otherwise(harness: &dyn Harness) {
    let store = harness.store();
    for index in 0..59 {
        stream_of(&*store, &format!("s-{index}"), 1).await;
    }
    let first = list(&*store, StreamQuery::default()).await;
    assert_eq!(
        (first.streams.len(), first.total_streams, first.total_pages),
        (50, 60, 2)
    );
    let second = list(
        &*store,
        StreamQuery {
            start: page(2),
            ..StreamQuery::default()
        },
    )
    .await;
    assert_eq!(second.streams.len(), 10);
}

/// Who goes on after a stream misses none that was there, and sees none twice, though others are created meanwhile.
///
/// Behaviours: R5.9, T34.
pub async fn goes_on_after_a_stream_while_others_are_created(harness: &dyn Harness) {
    for sort in [
        StreamSort::Id,
        StreamSort::Name,
        StreamSort::CreatedAt,
        StreamSort::DeletedAt,
    ] {
        for is_descending in [false, true] {
            stays_complete(harness, sort, is_descending).await;
        }
    }
}

/// Who goes on after a stream that has been deleted meanwhile misses none of the others.
///
/// Behaviours: R5.9, T34.
pub async fn goes_on_after_a_stream_that_is_gone(harness: &dyn Harness) {
    let store = harness.store();
    put_streams_that_sort_alike(&*store).await;
    for query in queries() {
        let query = StreamQuery {
            page_size: count(3),
            ..query
        };
        let whole = walk(&*store, &query).await;
        let gone = whole[2].clone();
        let rest: Vec<_> = whole[3..].iter().map(|info| info.selector.clone()).collect();
        if let StreamSelector::Stream(name) = &gone.selector {
            store.delete(Delete::new(name.clone(), Deletion::Hard)).await.unwrap();
        }
        let start = after(&gone);
        let page_size = count(100);
        let goes_on = list(
            &*store,
            StreamQuery {
                start,
                page_size,
                ..query.clone()
            },
        )
        .await;
        let found: Vec<_> = goes_on.streams.iter().map(|info| info.selector.clone()).collect();
        assert_eq!(found, rest, "after {}, which is gone: {query:?}", gone.selector);
        if let StreamSelector::Stream(name) = gone.selector {
            let events = events(usize::try_from(gone.version.get()).unwrap());
            let again = Append::new(name, ExpectedVersion::NoStream, events).unwrap();
            store.append(again.with_created_at(gone.created_at)).await.unwrap();
        }
    }
}

/// Goes through the pages; before each one, streams are created that sort before and behind it.
async fn stays_complete(harness: &dyn Harness, sort: StreamSort, is_descending: bool) {
    let store = harness.store();
    let prefix = format!("{sort:?}-{is_descending}");
    for index in 0..5 {
        grow(&*store, &stream(&format!("{prefix}-m-{index}")), 1).await;
    }
    let before: Vec<_> = all_streams(&*store).await.into_iter().map(|info| info.id).collect();
    let mut seen: Vec<StreamInfo> = Vec::new();
    let mut start = PageStart::Number(count(1));
    for round in 0..1_000 {
        let query = StreamQuery {
            search: None,
            sort,
            is_descending,
            start,
            page_size: count(2),
        };
        let page = list(&*store, query).await;
        let Some(last) = page.streams.last() else { break };
        start = after(last);
        seen.extend(page.streams);
        // Later on nothing new comes, or the walk would have no end.
        for name in ["", "z-"].iter().filter(|_| round < 3) {
            grow(&*store, &stream(&format!("{name}{prefix}-{round}")), 1).await;
        }
    }
    let mut ids: Vec<_> = seen.iter().map(|info| info.id).collect();
    ids.sort_unstable();
    assert!(ids.is_sorted_by(|a, b| a < b), "a stream came twice: {seen:?}");
    assert!(
        before.iter().all(|id| ids.contains(id)),
        "a stream was left out: {seen:?}"
    );
}

/// Pages are disjoint and complete, in every order, also of streams of which some are soft-deleted.
///
/// Behaviours: R5.4, R5.9, T34.
pub async fn pages_of_soft_deleted_streams_are_disjoint_and_complete(harness: &dyn Harness) {
    let store = harness.store();
    put_streams_that_sort_alike(&*store).await;
    for name in ["f", "a"] {
        store.delete(Delete::new(stream(name), Deletion::Soft)).await.unwrap();
    }
    numbered_pages_are_complete(&*store).await;
    pages_after_a_stream_are_complete(&*store).await;
}

async fn numbered_pages_are_complete(store: &dyn Backend) {
    for query in queries() {
        let whole = list(store, query.clone()).await.streams;
        assert_eq!(whole.len(), 8);
        for (size, pages) in [(1, 8), (2, 4), (3, 3), (8, 1), (9, 1)] {
            let mut together = Vec::new();
            for number in 1..=pages {
                let query = StreamQuery {
                    start: page(number),
                    page_size: count(size),
                    ..query.clone()
                };
                let page = list(store, query).await;
                assert_eq!((page.total_streams, page.total_pages), (8, pages.into()));
                together.extend(page.streams);
            }
            assert_eq!(together, whole, "{query:?}");
        }
    }
}

async fn pages_after_a_stream_are_complete(store: &dyn Backend) {
    for query in queries() {
        let whole = list(store, query.clone()).await.streams;
        for size in [1, 2, 3, 8, 9] {
            let query = StreamQuery {
                page_size: count(size),
                ..query.clone()
            };
            assert_eq!(walk(store, &query).await, whole, "{query:?}");
        }
    }
}

/// Seven streams beside `$all`: two versions, two times of creation.
async fn put_streams_that_sort_alike(store: &dyn Backend) {
    for (name, count) in [("g", 2), ("b", 1), ("f", 1), ("a", 2), ("e", 1), ("c", 2), ("d", 1)] {
        let append = Append::new(stream(name), ExpectedVersion::NoStream, events(count)).unwrap();
        let at = if name < "d" {
            "2001-01-01T00:00:00Z"
        } else {
            "2002-02-02T00:00:00.000001Z"
        };
        store.append(append.with_created_at(at.parse().unwrap())).await.unwrap();
    }
}

/// Everything on one page, in every order.
fn queries() -> impl Iterator<Item = StreamQuery> {
    SORTS.into_iter().flat_map(|sort| {
        [false, true].map(|is_descending| StreamQuery {
            sort,
            is_descending,
            ..StreamQuery::default()
        })
    })
}
