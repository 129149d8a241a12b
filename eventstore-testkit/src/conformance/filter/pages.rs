use std::num::NonZeroU32;
use std::sync::Arc;

use eventstore_core::backend::{NumberedEvent, Page, PageRequest};
use eventstore_core::{Direction, EventNumber, EventReaderExt, Read, StreamSelector};
use futures_util::TryStreamExt;

use super::{
    category, correlation, event_of, fill, fill_with_links_and_holes, filters, matching, prefix, put, streams,
    streams_and_links, types,
};
use crate::conformance::sample::{events, number, numbers, numbers_of, read, stream, version_of};
use crate::conformance::{Backend, Harness};

/// Lazily, with a filter, pages of any size together are the events that match, in both directions and on every node.
pub async fn reads_matching_events_in_pages_of_any_size(harness: &dyn Harness) {
    let nodes = [harness.store(), harness.another_node().await];
    fill(&*nodes[0]).await;
    reads_in_pages_of_any_size(&nodes, &streams()).await;
}

/// Lazily, with a filter, pages of any size of links and over holes together are the events that match.
pub async fn reads_matching_links_over_holes_in_pages_of_any_size(harness: &dyn Harness) {
    let nodes = [harness.store(), harness.another_node().await];
    fill_with_links_and_holes(&*nodes[0]).await;
    reads_in_pages_of_any_size(&nodes, &streams_and_links()).await;
}

async fn reads_in_pages_of_any_size(nodes: &[Arc<dyn Backend>; 2], selectors: &[StreamSelector]) {
    for selector in selectors {
        for filter in filters() {
            let expected = matching(&*nodes[0], selector, &filter).await;
            for (page_size, node) in [(1, 0), (1, 1), (3, 0), (1_000, 1)] {
                let request = Read::new(selector.clone())
                    .with_filter(filter.clone())
                    .with_page_size(size(page_size));
                assert_reads(&*nodes[node], request.clone(), expected.clone()).await;
                let reversed = expected.iter().rev().cloned().collect();
                assert_reads(&*nodes[node], request.with_direction(Direction::Backward), reversed).await;
            }
        }
    }
}

/// With a filter, a start is a number like without it, whether its event matches or not.
pub async fn starts_a_filtered_read_at_any_number(harness: &dyn Harness) {
    let store = harness.store();
    fill(&*store).await;
    starts_at_any_number(&*store, StreamSelector::All).await;
}

/// With a filter, a start is the number of a link, or of a hole, like without it.
pub async fn starts_a_filtered_read_of_links_at_any_number(harness: &dyn Harness) {
    let store = harness.store();
    fill_with_links_and_holes(&*store).await;
    for selector in [StreamSelector::All, stream(super::LINKS).into()] {
        starts_at_any_number(&*store, selector).await;
    }
}

async fn starts_at_any_number(store: &dyn Backend, selector: StreamSelector) {
    let filter = types(&["Paid"]);
    let all = matching(store, &selector, &filter).await;
    for from in (0..40).step_by(3).map(number) {
        let request = Read::new(selector.clone()).with_filter(filter.clone()).with_start(from);
        let (mut later, mut earlier) = (all.clone(), all.clone());
        later.retain(|event| event.number >= from);
        earlier.retain(|event| event.number <= from);
        earlier.reverse();
        assert_reads(store, request.clone(), later).await;
        assert_reads(store, request.with_direction(Direction::Backward), earlier).await;
    }
}

/// With a filter, a limit counts the events that match.
pub async fn counts_only_matching_events(harness: &dyn Harness) {
    let store = harness.store();
    fill(&*store).await;
    counts_only_what_matches(&*store).await;
}

/// With a filter, a limit counts the events that match, holes or not.
pub async fn counts_only_matching_events_over_holes(harness: &dyn Harness) {
    let store = harness.store();
    fill_with_links_and_holes(&*store).await;
    counts_only_what_matches(&*store).await;
}

async fn counts_only_what_matches(store: &dyn Backend) {
    for filter in [types(&["Paid"]), category("order"), correlation(3), prefix("bill")] {
        let all = matching(store, &StreamSelector::All, &filter).await;
        for (limit, page_size) in [(0, 5), (1, 1), (2, 1), (3, 2), (3, 3), (4, 1_000), (1_000, 2)] {
            let request = Read::all()
                .with_filter(filter.clone())
                .with_limit(limit)
                .with_page_size(size(page_size));
            let limit = usize::try_from(limit).unwrap();
            assert_reads(store, request.clone(), all.iter().take(limit).cloned().collect()).await;
            let newest = all.iter().rev().take(limit).cloned().collect();
            assert_reads(store, request.with_direction(Direction::Backward), newest).await;
        }
    }
}

/// Lazily, with a filter, a few events among very many others are found, however many pages hold none.
pub async fn finds_few_events_among_many(harness: &dyn Harness) {
    let store = harness.store();
    let others = || events(300);
    for (name, kind) in [("a-1", "Rare"), ("b-1", "Rare"), ("a-2", "Other")] {
        put(&*store, "other", others()).await;
        put(&*store, name, vec![event_of(kind, 7)]).await;
    }
    put(&*store, "other", others()).await;
    for (filter, expected) in [
        (types(&["Rare"]), &[301, 602][..]),
        (category("a"), &[301, 903]),
        (category("a").with_event_types(["Rare"]).unwrap(), &[301]),
        (correlation(7), &[301, 602, 903]),
        (correlation(7).with_stream_prefix("b").unwrap(), &[602]),
        (types(&["Unknown"]), &[]),
    ] {
        let request = Read::all().with_filter(filter).with_page_size(size(2));
        let found = read(&*store, request.clone()).await;
        assert_eq!(numbers_of(&found), numbers(expected.iter().copied()), "{request:?}");
        let found = read(&*store, request.clone().with_direction(Direction::Backward)).await;
        assert_eq!(
            numbers_of(&found),
            numbers(expected.iter().rev().copied()),
            "{request:?}"
        );
    }
}

/// With a filter, a page says truly up to which number it goes, and whether it is the last one, forward.
pub async fn tells_truly_where_a_filtered_forward_page_ends(harness: &dyn Harness) {
    let nodes = [harness.store(), harness.another_node().await];
    fill(&*nodes[0]).await;
    tells_truly_where_a_filtered_page_ends(&nodes, &streams(), Direction::Forward).await;
}

/// With a filter, a page of links or over holes says truly up to which number it goes, forward.
pub async fn tells_truly_where_a_filtered_forward_page_over_holes_ends(harness: &dyn Harness) {
    let nodes = [harness.store(), harness.another_node().await];
    fill_with_links_and_holes(&*nodes[0]).await;
    tells_truly_where_a_filtered_page_ends(&nodes, &streams_and_links(), Direction::Forward).await;
}

/// With a filter, a page says truly down to which number it goes, and whether it is the last one, backward.
pub async fn tells_truly_where_a_filtered_backward_page_ends(harness: &dyn Harness) {
    let nodes = [harness.store(), harness.another_node().await];
    fill(&*nodes[0]).await;
    tells_truly_where_a_filtered_page_ends(&nodes, &streams(), Direction::Backward).await;
}

/// With a filter, a page of links or over holes says truly down to which number it goes, backward.
pub async fn tells_truly_where_a_filtered_backward_page_over_holes_ends(harness: &dyn Harness) {
    let nodes = [harness.store(), harness.another_node().await];
    fill_with_links_and_holes(&*nodes[0]).await;
    tells_truly_where_a_filtered_page_ends(&nodes, &streams_and_links(), Direction::Backward).await;
}

/// With a filter, the page of an empty store is empty and the last one.
pub async fn reads_an_empty_last_page_of_an_empty_store_with_a_filter(harness: &dyn Harness) {
    let store = harness.store();
    for direction in [Direction::Forward, Direction::Backward] {
        for filter in filters() {
            let request = PageRequest::new(StreamSelector::All, direction, EventNumber::FIRST, 10)
                .with_filter(filter)
                .with_positions();
            let page = store.read_page(request).await.unwrap();
            assert_eq!((&*page.events, page.is_last), (&[][..], true));
            assert!(page.scanned_to <= EventNumber::FIRST, "{page:?}");
        }
    }
}

/// With a filter, the page of a stream that never held an event is empty and the last one.
pub async fn reads_an_empty_last_page_of_an_empty_stream_with_a_filter(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    harness.put_empty_stream(&target).await;
    for direction in [Direction::Forward, Direction::Backward] {
        for filter in filters() {
            let request = PageRequest::new(target.clone(), direction, EventNumber::FIRST, 10)
                .with_filter(filter)
                .with_positions();
            let page = store.read_page(request).await.unwrap();
            assert_eq!((&*page.events, page.is_last), (&[][..], true));
        }
    }
}

async fn tells_truly_where_a_filtered_page_ends(
    nodes: &[Arc<dyn Backend>; 2],
    selectors: &[StreamSelector],
    direction: Direction,
) {
    for selector in selectors {
        let head = version_of(&*nodes[0], selector.clone()).await.into();
        for filter in [types(&["Shipped"]), category("bill"), correlation(4)] {
            let all = matching(&*nodes[0], selector, &filter).await;
            for from in (0..40).step_by(2).map(number).chain([EventNumber::MAX]) {
                for (limit, node) in [(0, 0), (1, 0), (2, 1), (50, 0), (50, 1)] {
                    let request = PageRequest::new(selector.clone(), direction, from, limit)
                        .with_filter(filter.clone())
                        .with_positions();
                    let page = nodes[node].read_page(request.clone()).await.unwrap();
                    assert_page_is_true(&request, head, &all, &page);
                }
            }
        }
    }
}

fn assert_page_is_true(request: &PageRequest, head: EventNumber, all: &[NumberedEvent], page: &Page) {
    let is_forward = request.direction == Direction::Forward;
    let lies_before = |a: EventNumber, b: EventNumber| if is_forward { a < b } else { a > b };
    let mut asked: Vec<_> = all
        .iter()
        .filter(|event| !lies_before(event.number, request.from))
        .collect();
    if !is_forward {
        asked.reverse();
    }
    let scanned = |event: &&NumberedEvent| !lies_before(page.scanned_to, event.number);
    let (on_page, beyond): (Vec<_>, Vec<_>) = asked.into_iter().partition(scanned);

    let told = format!("{request:?}: {page:?}");
    assert!(page.events.iter().eq(on_page), "{told}");
    assert!(page.events.len() <= usize::try_from(request.limit).unwrap(), "{told}");
    assert!(beyond.is_empty() || !page.is_last, "{told}");
    let start = if is_forward {
        request.from
    } else {
        request.from.min(head)
    };
    if !page.is_last && request.limit > 0 {
        assert!(!lies_before(page.scanned_to, start), "gets nowhere, {told}");
    }
    if is_forward {
        assert!(
            page.scanned_to <= head.max(request.from.previous()),
            "beyond what is stored there, {told}"
        );
    }
}

async fn assert_reads(store: &dyn Backend, request: Read, expected: Vec<NumberedEvent>) {
    let found: Vec<_> = store
        .numbered(request.clone().with_positions())
        .try_collect()
        .await
        .unwrap();
    assert_eq!(found, expected, "{request:?}");
}

fn size(events: u32) -> NonZeroU32 {
    NonZeroU32::new(events).unwrap()
}
