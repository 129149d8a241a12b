use eventstore_core::{Direction, EventFilter, Read, StreamSelector};

use super::{category, correlation, event_of, filtered, prefix, put, types};
use crate::conformance::sample::{ids_in, link_any, numbers, numbers_of, read, stream};
use crate::conformance::{Backend, Harness};

/// The conditions on streams concern the stream that a linked event was appended to, not the one that is read.
pub async fn looks_at_the_stream_that_a_linked_event_was_appended_to(harness: &dyn Harness) {
    let store = store_with_links(harness).await;
    for (filter, expected) in [
        (category("order"), &[2, 4][..]),
        (category("bill"), &[3, 5]),
        (category("links"), &[1, 6]),
        (prefix("order-2"), &[4]),
        (prefix("links-"), &[1, 6]),
        (prefix("l"), &[1, 6]),
    ] {
        assert_links(&*store, filter, expected).await;
    }
}

/// Types and correlation ids of linked events are their own.
pub async fn gives_linked_events_that_match(harness: &dyn Harness) {
    let store = store_with_links(harness).await;
    for (filter, expected) in [
        (types(&["Placed"]), &[2, 4, 6][..]),
        (types(&["Linked"]), &[1]),
        (correlation(1), &[1, 2]),
        (correlation(2), &[3, 4]),
        (correlation(2).with_category("order").unwrap(), &[4]),
    ] {
        assert_links(&*store, filter, expected).await;
    }
}

/// In `$all` an event that matches is read once, however often it is linked, whatever the streams are called that it is
/// linked into.
pub async fn gives_linked_events_once_in_all_streams(harness: &dyn Harness) {
    let store = store_with_links(harness).await;
    for (filter, expected) in [
        (category("order"), &[1, 3][..]),
        (correlation(2), &[2, 3]),
        (category("links"), &[5, 6]),
    ] {
        let found = filtered(&*store, StreamSelector::All, filter.clone()).await;
        assert_eq!(numbers_of(&found), numbers(expected.iter().copied()), "{filter:?}");
    }
}

/// Events of two categories, linked between two events of the stream `links-1` itself.
async fn store_with_links(harness: &dyn Harness) -> std::sync::Arc<dyn Backend> {
    let store = harness.store();
    for (name, kind, correlation_id) in [
        ("order-1", "Placed", 1),
        ("bill-1", "Paid", 2),
        ("order-2", "Placed", 2),
        ("bill-1", "Paid", 3),
    ] {
        put(&*store, name, vec![event_of(kind, correlation_id)]).await;
    }
    let ids = ids_in(&*store, StreamSelector::All).await;
    put(&*store, "links-1", vec![event_of("Linked", 1)]).await;
    link_any(&*store, &stream("links-1"), ids).await;
    put(&*store, "links-1", vec![event_of("Placed", 0)]).await;
    store
}

async fn assert_links(store: &dyn Backend, filter: EventFilter, expected: &[u32]) {
    for page_size in [1, 2, 10] {
        let size = std::num::NonZeroU32::new(page_size).unwrap();
        let request = Read::new(stream("links-1"))
            .with_filter(filter.clone())
            .with_page_size(size);
        let found = read(store, request.clone()).await;
        assert_eq!(numbers_of(&found), numbers(expected.iter().copied()), "{request:?}");
        let found = read(store, request.clone().with_direction(Direction::Backward)).await;
        assert_eq!(
            numbers_of(&found),
            numbers(expected.iter().rev().copied()),
            "{request:?}"
        );
    }
}
