use eventstore_core::{StreamQuery, StreamSort};

use super::{count, list, names_of, walk};
use crate::conformance::sample::stream_of;
use crate::conformance::{Backend, Harness};

/// A search finds the streams whose names contain the text, in whatever place.
///
/// Behaviours: R5.6.
pub async fn finds_streams_whose_names_contain_the_text(harness: &dyn Harness) {
    let store = harness.store();
    for name in ["order-1", "order-2", "my-order", "invoice-1"] {
        stream_of(&*store, name, 1).await;
    }
    assert_eq!(found(&*store, "order").await, ["my-order", "order-1", "order-2"]);
    assert_eq!(found(&*store, "-1").await, ["invoice-1", "order-1"]);
    assert_eq!(found(&*store, "order-2").await, ["order-2"]);
    assert_eq!(found(&*store, "all").await, ["$all"]);
    assert_eq!(found(&*store, "$").await, ["$all"]);
    assert!(found(&*store, "order-3").await.is_empty());
}

/// The empty text is contained in every name.
///
/// Behaviours: R5.6.
pub async fn finds_every_stream_with_the_empty_text(harness: &dyn Harness) {
    let store = harness.store();
    for name in ["", "a"] {
        stream_of(&*store, name, 1).await;
    }
    assert_eq!(found(&*store, "").await, ["", "$all", "a"]);
}

/// A search tells upper from lower case.
///
/// Behaviours: R5.6.
pub async fn searches_with_case(harness: &dyn Harness) {
    let store = harness.store();
    for name in ["Order", "order", "ÄRGER", "ärger"] {
        stream_of(&*store, name, 1).await;
    }
    assert_eq!(found(&*store, "Order").await, ["Order"]);
    assert_eq!(found(&*store, "o").await, ["order"]);
    assert_eq!(found(&*store, "ä").await, ["ärger"]);
}

/// Nothing in a search is a wildcard or otherwise special.
///
/// Behaviours: R5.6, T33.
pub async fn takes_wildcards_literally(harness: &dyn Harness) {
    let store = harness.store();
    let odd = [
        "a_b",
        "a%b",
        "a\\b",
        "a'b",
        "a\"b",
        "a*b",
        "a.b",
        "a?b",
        "a[b]",
        "a:b $1",
        "a🇪🇺b",
    ];
    for name in odd.into_iter().chain(["axb", "ab"]) {
        stream_of(&*store, name, 1).await;
    }
    for special in ["_", "%", "\\", "'", "\"", "*", ".", "?", "[b]", ":b $1", "🇪🇺"] {
        let expected = containing(&odd, special);
        assert_eq!(found(&*store, special).await, expected, "{special:?}");
    }
    for nothing in ["a_", "%_%", "\\_", "%%", "^a", "_b_"] {
        let expected = containing(&odd, nothing);
        assert_eq!(found(&*store, nothing).await, expected, "{nothing:?}");
    }
}

/// A text that no name can hold is found nowhere.
///
/// Behaviours: R5.6, T56.
pub async fn finds_nothing_with_a_text_that_no_name_can_hold(harness: &dyn Harness) {
    let store = harness.store();
    stream_of(&*store, "a", 1).await;
    for text in ["\0", "a\0", &"a".repeat(100_000)] {
        assert!(found(&*store, text).await.is_empty());
    }
}

/// The totals of a search count what it finds.
///
/// Behaviours: R5.4.
pub async fn counts_what_a_search_finds(harness: &dyn Harness) {
    let store = harness.store();
    for name in ["a-1", "a-2", "a-3", "b-1"] {
        stream_of(&*store, name, 1).await;
    }
    for (search, total_streams, total_pages) in [("a-", 3, 2), ("b", 1, 1), ("c", 0, 1)] {
        let query = StreamQuery {
            page_size: count(2),
            ..search_for(search)
        };
        let page = list(&*store, query).await;
        assert_eq!(
            (page.total_streams, page.total_pages),
            (total_streams, total_pages),
            "{search:?}"
        );
    }
}

/// A search can be gone through page by page.
pub async fn goes_through_the_pages_of_a_search(harness: &dyn Harness) {
    let store = harness.store();
    for name in ["a-1", "b-1", "a-2", "b-2", "a-3", "a-4", "a-5"] {
        stream_of(&*store, name, 1).await;
    }
    for is_descending in [false, true] {
        let query = StreamQuery {
            page_size: count(2),
            is_descending,
            ..search_for("a-")
        };
        let streams = walk(&*store, &query).await;
        let mut expected = vec!["a-1", "a-2", "a-3", "a-4", "a-5"];
        if is_descending {
            expected.reverse();
        }
        assert_eq!(names_of(&streams), expected);
    }
}

/// The names that a search finds, in their order.
async fn found(store: &dyn Backend, search: &str) -> Vec<String> {
    let page = list(store, search_for(search)).await;
    assert_eq!(usize::try_from(page.total_streams).unwrap(), page.streams.len());
    let mut names: Vec<_> = names_of(&page.streams).into_iter().map(str::to_owned).collect();
    names.sort_unstable();
    names
}

fn search_for(text: &str) -> StreamQuery {
    StreamQuery {
        search: Some(text.to_owned()),
        sort: StreamSort::Name,
        ..StreamQuery::default()
    }
}

fn containing<'a>(names: &[&'a str], text: &str) -> Vec<&'a str> {
    let mut names: Vec<_> = names.iter().copied().filter(|name| name.contains(text)).collect();
    names.sort_unstable();
    names
}
