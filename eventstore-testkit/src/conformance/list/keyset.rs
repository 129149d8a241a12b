use eventstore_core::{Delete, Deletion, StreamInfo, StreamName};

use super::{count, names_of};
use crate::conformance::sample::{info_of, stream, stream_of};
use crate::conformance::{Backend, Harness};

/// Names in the order of their bytes, which is not that of any language, with characters that are special elsewhere.
const NAMES: [&str; 16] = [
    "",
    "%",
    "A",
    "Z",
    "\\",
    "_",
    "a",
    "a%b",
    "a-1",
    "a-10",
    "a-2",
    "a\\b",
    "a_b",
    "ä",
    "\u{10ffff}",
    "\u{10ffff}\u{10ffff}z",
];

/// Streams are listed by name in the order of the bytes, without `$all`, each with what `stream_info` returns about it.
pub async fn lists_streams_by_name_without_all_streams(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    put_streams(&*store).await;
    for node in [store, other] {
        let streams = node.streams_by_name("", None, count(100)).await.unwrap();
        assert_eq!(names_of(&streams), NAMES);
        for info in streams {
            assert_eq!(info_of(&*node, info.selector.clone()).await, info);
        }
    }
}

/// A list by name contains just the streams whose names begin with the prefix, whatever characters it has.
pub async fn lists_the_streams_whose_names_begin_so(harness: &dyn Harness) {
    let store = harness.store();
    put_streams(&*store).await;
    let longer = [
        "a-",
        "a-1\u{10ffff}",
        "\u{10ffff}\u{10ffff}",
        "$",
        "$all",
        "b",
        "\u{10fffe}",
        "a\u{10ffff}",
    ];
    for prefix in NAMES.into_iter().chain(longer) {
        let expected: Vec<_> = NAMES.into_iter().filter(|name| name.starts_with(prefix)).collect();
        assert_eq!(begin_with(&*store, prefix).await, expected, "{prefix:?}");
    }
}

/// A name that ends with the highest character, or the one before it, is found by every prefix of it.
pub async fn finds_names_that_end_with_the_highest_characters(harness: &dyn Harness) {
    let store = harness.store();
    let names = [
        "a\u{d7ff}",
        "a\u{e000}",
        "a\u{10fffe}",
        "a\u{10ffff}",
        "a\u{10ffff}%",
        "b",
    ];
    for name in names {
        stream_of(&*store, name, 1).await;
    }
    for prefix in [
        "a",
        "a\u{d7ff}",
        "a\u{e000}",
        "a\u{10fffe}",
        "a\u{10ffff}",
        "a\u{10ffff}%",
    ] {
        let expected: Vec<_> = names.into_iter().filter(|name| name.starts_with(prefix)).collect();
        assert_eq!(begin_with(&*store, prefix).await, expected, "{prefix:?}");
    }
}

/// No name begins with a text that no name can hold.
pub async fn finds_no_name_that_begins_with_a_text_that_none_can_hold(harness: &dyn Harness) {
    let store = harness.store();
    stream_of(&*store, "a", 1).await;
    for prefix in ["\0", "a\0", &"a".repeat(100_000)] {
        assert!(begin_with(&*store, prefix).await.is_empty());
    }
}

/// A list by name goes on after a name, whether or not a stream has it.
pub async fn goes_on_after_a_name(harness: &dyn Harness) {
    let store = harness.store();
    put_streams(&*store).await;
    for prefix in ["", "a", "a-", "\u{10ffff}"] {
        for after in NAMES.into_iter().chain(["a-1\u{10ffff}", "b", "0"]) {
            let streams = store
                .streams_by_name(prefix, Some(&stream(after)), count(100))
                .await
                .unwrap();
            let is_listed = |name: &&str| name.starts_with(prefix) && *name > after;
            let expected: Vec<_> = NAMES.into_iter().filter(is_listed).collect();
            assert_eq!(names_of(&streams), expected, "{prefix:?} after {after:?}");
        }
    }
}

/// The pages of a list by name are full except for the last one, and together they are the list.
pub async fn lists_streams_by_name_page_by_page(harness: &dyn Harness) {
    let store = harness.store();
    put_streams(&*store).await;
    for prefix in ["", "a", "a-1"] {
        let expected: Vec<_> = NAMES.into_iter().filter(|name| name.starts_with(prefix)).collect();
        for size in [1, 2, 3, 16] {
            assert_eq!(
                walk_names(&*store, prefix, size).await,
                expected,
                "{prefix:?} by {size}"
            );
        }
    }
}

/// The newest streams come first, without `$all`, each with what `stream_info` returns about it.
pub async fn lists_the_newest_streams_first(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    assert!(store.newest_streams(None, count(10)).await.unwrap().is_empty());
    for name in ["b", "c", "a"] {
        stream_of(&*store, name, 1).await;
    }
    stream_of(&*store, "d", 2).await;
    for node in [store, other] {
        let streams = node.newest_streams(None, count(10)).await.unwrap();
        assert_eq!(names_of(&streams), ["d", "a", "c", "b"]);
        for info in &streams {
            assert_eq!(info_of(&*node, info.selector.clone()).await, *info);
        }
        let newest = node.newest_streams(None, count(2)).await.unwrap();
        assert_eq!(newest, streams[..2]);
    }
}

/// A list of the newest streams goes on before an id, whether or not a stream has it.
pub async fn goes_on_before_an_id(harness: &dyn Harness) {
    let store = harness.store();
    for name in ["b", "c", "a"] {
        stream_of(&*store, name, 1).await;
    }
    let all = store.newest_streams(None, count(10)).await.unwrap();
    let ids = all.iter().flat_map(|info| [info.id, info.id + 1]);
    for before in ids.chain([0, 1, u64::MAX]) {
        let expected: Vec<_> = all.iter().filter(|info| info.id < before).cloned().collect();
        let streams = store.newest_streams(Some(before), count(10)).await.unwrap();
        assert_eq!(streams, expected, "before {before}");
    }
    let second = store.newest_streams(Some(all[0].id), count(1)).await.unwrap();
    assert_eq!(second, all[1..2]);
}

/// Lists by name and of the newest streams contain soft-deleted streams, and no hard-deleted ones.
pub async fn keeps_just_soft_deleted_streams_in_lists_without_totals(harness: &dyn Harness) {
    let store = harness.store();
    for name in ["a", "b", "c"] {
        stream_of(&*store, name, 1).await;
    }
    store.delete(Delete::new(stream("a"), Deletion::Soft)).await.unwrap();
    store.delete(Delete::new(stream("b"), Deletion::Hard)).await.unwrap();
    let by_name = store.streams_by_name("", None, count(10)).await.unwrap();
    assert_eq!(names_of(&by_name), ["a", "c"]);
    assert!(
        by_name[0].deleted_at.is_some() && by_name[1].deleted_at.is_none(),
        "{by_name:?}"
    );
    let mut newest = store.newest_streams(None, count(10)).await.unwrap();
    newest.reverse();
    assert_eq!(newest, by_name);
    let after = store.streams_by_name("", Some(&stream("b")), count(10)).await.unwrap();
    assert_eq!(after, by_name[1..]);
}

/// Created in an order that is not that of the names.
async fn put_streams(store: &dyn Backend) {
    for name in NAMES.into_iter().rev() {
        stream_of(store, name, 1).await;
    }
}

async fn begin_with(store: &dyn Backend, prefix: &str) -> Vec<String> {
    let streams = store.streams_by_name(prefix, None, count(100)).await.unwrap();
    names_of(&streams).into_iter().map(str::to_owned).collect()
}

async fn walk_names(store: &dyn Backend, prefix: &str, size: u32) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    loop {
        let after = names.last().map(|name| StreamName::from_storage(name.as_str()));
        let page: Vec<StreamInfo> = store
            .streams_by_name(prefix, after.as_ref(), count(size))
            .await
            .unwrap();
        names.extend(names_of(&page).into_iter().map(str::to_owned));
        assert!(names.len() <= NAMES.len(), "the pages have no end: {names:?}");
        if page.len() < usize::try_from(size).unwrap() {
            return names;
        }
    }
}
