use eventstore_core::backend::{Page, PageRequest};
use eventstore_core::{Direction, EventNumber, Read, StreamSelector};

use super::hard_delete;
use crate::conformance::sample::{grow, ids_in, link_any, numbers, numbers_of, read, stream, stream_of};
use crate::conformance::{Backend, Harness};

/// What is left of the numbers 1 to 10.
const LEFT: [u32; 4] = [3, 4, 6, 8];
const END: u32 = 10;

/// Over gaps, a page says truly up to which number it goes, and whether it is the last one, forward.
///
/// Behaviours: R2.9, R2.13.
pub async fn tells_truly_where_a_forward_page_over_gaps_ends(harness: &dyn Harness) {
    let store = harness.store();
    let selector = all_with_gaps(&*store).await;
    tells_truly_where_a_page_ends(&*store, &selector, Direction::Forward).await;
}

/// Over gaps, a page says truly down to which number it goes, and whether it is the last one, backward.
///
/// Behaviours: R2.9, R2.13.
pub async fn tells_truly_where_a_backward_page_over_gaps_ends(harness: &dyn Harness) {
    let store = harness.store();
    let selector = all_with_gaps(&*store).await;
    tells_truly_where_a_page_ends(&*store, &selector, Direction::Backward).await;
}

/// Where links have vanished, a page says truly up to which number it goes, and whether it is the last one, forward.
///
/// Behaviours: R2.9, R2.13.
pub async fn tells_truly_where_a_forward_page_over_vanished_links_ends(harness: &dyn Harness) {
    let store = harness.store();
    let selector = links_with_gaps(&*store).await;
    tells_truly_where_a_page_ends(&*store, &selector, Direction::Forward).await;
}

/// Where links have vanished, a page says truly down to which number it goes, and whether it is the last one, backward.
///
/// Behaviours: R2.9, R2.13.
pub async fn tells_truly_where_a_backward_page_over_vanished_links_ends(harness: &dyn Harness) {
    let store = harness.store();
    let selector = links_with_gaps(&*store).await;
    tells_truly_where_a_page_ends(&*store, &selector, Direction::Backward).await;
}

/// Lazily, pages of any size over gaps are together what is left; a limit counts events, not numbers.
///
/// Behaviours: R2.9, R2.13.
pub async fn reads_over_gaps_in_pages_of_any_size(harness: &dyn Harness) {
    let store = harness.store();
    let selector = all_with_gaps(&*store).await;
    reads_in_pages_of_any_size(&*store, &selector).await;
}

/// Lazily, pages of any size where links have vanished are together what is left; a limit counts events, not numbers.
///
/// Behaviours: R2.9, R2.13.
pub async fn reads_over_vanished_links_in_pages_of_any_size(harness: &dyn Harness) {
    let store = harness.store();
    let selector = links_with_gaps(&*store).await;
    reads_in_pages_of_any_size(&*store, &selector).await;
}

/// If all events are gone, the page of `$all` is empty and the last one, and goes to its end.
///
/// Behaviours: R2.4.
pub async fn reads_an_empty_last_page_where_everything_is_gone(harness: &dyn Harness) {
    let store = harness.store();
    let source = stream_of(&*store, "source", 3).await;
    hard_delete(&*store, &source).await;
    reads_an_empty_last_page_up_to_3(&*store, &StreamSelector::All).await;
}

/// Of a stream whose links have all vanished, the page is empty and the last one, and goes to its end.
///
/// Behaviours: R2.4.
pub async fn reads_an_empty_last_page_where_all_links_have_vanished(harness: &dyn Harness) {
    let store = harness.store();
    let (source, target) = (stream_of(&*store, "source", 3).await, stream("s"));
    link_any(&*store, &target, ids_in(&*store, source.clone()).await).await;
    hard_delete(&*store, &source).await;
    reads_an_empty_last_page_up_to_3(&*store, &target.into()).await;
}

async fn tells_truly_where_a_page_ends(store: &dyn Backend, selector: &StreamSelector, direction: Direction) {
    for from in 0..=END + 2 {
        for limit in 0..=END {
            let request = request(selector, direction, from, limit);
            let page = store.read_page(request.clone()).await.unwrap();
            assert_page_is_true(&request, &page);
        }
    }
}

async fn reads_in_pages_of_any_size(store: &dyn Backend, selector: &StreamSelector) {
    for page_size in [1, 2, 3, 4, 10, 1_000] {
        let all = || Read::new(selector.clone()).with_page_size(std::num::NonZeroU32::new(page_size).unwrap());
        let backward = LEFT.into_iter().rev();
        for (request, expected) in [
            (all(), numbers(LEFT)),
            (all().with_limit(3), numbers([3, 4, 6])),
            (all().with_start(5.into()), numbers([6, 8])),
            (all().with_start(9.into()), numbers([])),
            (all().with_direction(Direction::Backward), numbers(backward)),
            (
                all()
                    .with_direction(Direction::Backward)
                    .with_start(7.into())
                    .with_limit(2),
                numbers([6, 4]),
            ),
            (
                all().with_direction(Direction::Backward).with_start(2.into()),
                numbers([]),
            ),
        ] {
            let events = read(store, request.clone()).await;
            assert_eq!(numbers_of(&events), expected, "{request:?}");
        }
    }
}

async fn reads_an_empty_last_page_up_to_3(store: &dyn Backend, selector: &StreamSelector) {
    let page = store
        .read_page(request(selector, Direction::Forward, 1, 10))
        .await
        .unwrap();
    assert_eq!((page.events.len(), page.scanned_to, page.is_last), (0, 3.into(), true));
    let page = store
        .read_page(request(selector, Direction::Backward, 9, 10))
        .await
        .unwrap();
    assert_eq!((page.events.len(), page.is_last), (0, true));
    assert!(page.scanned_to <= EventNumber::FIRST);
}

/// `$all` with gaps at the begin, in the middle and at the end.
async fn all_with_gaps(store: &dyn Backend) -> StreamSelector {
    put_kept_and_gone(store).await;
    hard_delete(store, &stream("gone")).await;
    StreamSelector::All
}

/// A stream of links with gaps at the begin, in the middle and at the end.
async fn links_with_gaps(store: &dyn Backend) -> StreamSelector {
    put_kept_and_gone(store).await;
    let target = stream("s");
    link_any(store, &target, ids_in(store, StreamSelector::All).await).await;
    hard_delete(store, &stream("gone")).await;
    target.into()
}

/// Puts what is to be left of `$all` into one stream, and all else into another one.
async fn put_kept_and_gone(store: &dyn Backend) {
    for number in 1..=END {
        let name = if LEFT.contains(&number) { "kept" } else { "gone" };
        grow(store, &stream(name), 1).await;
    }
}

fn assert_page_is_true(request: &PageRequest, page: &Page) {
    let is_forward = request.direction == Direction::Forward;
    let mut asked = numbers(LEFT);
    asked.retain(|number| {
        if is_forward {
            *number >= request.from
        } else {
            *number <= request.from
        }
    });
    if !is_forward {
        asked.reverse();
    }
    let size = asked.len().min(usize::try_from(request.limit).unwrap());
    let (on_page, beyond) = asked.split_at(size);
    let is_scanned = |number: &EventNumber| {
        if is_forward {
            *number <= page.scanned_to
        } else {
            *number >= page.scanned_to
        }
    };

    assert_eq!(numbers_of(&page.events), on_page, "{request:?}");
    assert!(on_page.iter().all(is_scanned), "{request:?}: {page:?}");
    assert!(!beyond.iter().any(is_scanned), "{request:?}: {page:?}");
    assert!(beyond.is_empty() || !page.is_last, "{request:?}: {page:?}");
    let is_full = u32::try_from(on_page.len()).unwrap() == request.limit;
    // A full page may not know that only a gap follows.
    assert!(page.is_last || is_full || !beyond.is_empty(), "{request:?}: {page:?}");
    if is_forward && page.is_last {
        let end = EventNumber::from(END).max(request.from.previous());
        assert_eq!(page.scanned_to, end, "{request:?}: {page:?}");
    }
    if is_forward {
        let furthest = EventNumber::from(END).max(request.from.previous());
        assert!(
            page.scanned_to <= furthest,
            "beyond what is stored there, {request:?}: {page:?}"
        );
    }
}

fn request(selector: &StreamSelector, direction: Direction, from: u32, limit: u32) -> PageRequest {
    PageRequest::new(selector.clone(), direction, from.into(), limit)
}
