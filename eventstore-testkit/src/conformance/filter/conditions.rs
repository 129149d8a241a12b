use eventstore_core::{EventFilter, StreamSelector};

use super::{
    category, correlation, event_of, fill, fill_with_links_and_holes, filtered, filters, matching, prefix, put,
    streams, streams_and_links, types,
};
use crate::conformance::sample::{event_type, numbers, numbers_of, read_whole, stream};
use crate::conformance::{Backend, Harness};

/// A filter of types gives the events of any of them.
pub async fn gives_events_of_any_of_the_types(harness: &dyn Harness) {
    let store = store_with_different_events(harness).await;
    for (names, expected) in [
        (&["Placed"][..], &[1, 3, 6][..]),
        (&["Placed", "Paid"], &[1, 2, 3, 4, 6]),
        (&["Paid", "Unknown"], &[2, 4]),
        (&["placed"], &[]),
        (&[""], &[7]),
    ] {
        assert_gives(&*store, types(names), expected).await;
    }
}

/// A filter of no types at all gives nothing.
pub async fn gives_nothing_for_no_types(harness: &dyn Harness) {
    let store = store_with_different_events(harness).await;
    assert_gives(&*store, types(&[]), &[]).await;
}

/// A filter of a prefix gives the events of streams whose names begin so, the name itself included.
pub async fn gives_events_of_streams_whose_names_begin_so(harness: &dyn Harness) {
    let store = store_with_different_events(harness).await;
    for (text, expected) in [
        ("order-1", &[1, 2, 5][..]),
        ("order-", &[1, 2, 4, 5]),
        ("o", &[1, 2, 4, 5, 6]),
        ("er-1", &[]),
        ("order-17-and-more", &[]),
    ] {
        assert_gives(&*store, prefix(text), expected).await;
    }
}

/// Every name begins with the empty prefix.
pub async fn gives_everything_for_the_empty_prefix(harness: &dyn Harness) {
    let store = store_with_different_events(harness).await;
    assert_gives(&*store, prefix(""), &[1, 2, 3, 4, 5, 6, 7]).await;
}

/// A filter of a category gives the events of the streams whose names have it before the first `-`, or as a whole.
pub async fn gives_events_of_a_category(harness: &dyn Harness) {
    let store = store_with_different_events(harness).await;
    for (name, expected) in [
        ("order", &[1, 2, 4, 5][..]),
        ("orders", &[6]),
        ("bill", &[3]),
        ("ord", &[]),
        ("1", &[]),
    ] {
        assert_gives(&*store, category(name), expected).await;
    }
}

/// A filter of a correlation id gives the events that have it; those without one have none.
pub async fn gives_events_of_a_correlation_id(harness: &dyn Harness) {
    let store = store_with_different_events(harness).await;
    for (id, expected) in [(1, &[1, 4][..]), (2, &[2, 3, 6]), (9, &[]), (u128::MAX, &[])] {
        assert_gives(&*store, correlation(id), expected).await;
    }
}

/// Every further condition narrows what the others let through.
pub async fn gives_only_events_that_meet_every_condition(harness: &dyn Harness) {
    let store = store_with_different_events(harness).await;
    let placed = || [event_type("Placed")];
    for (filter, expected) in [
        (category("order").with_event_types(placed()).unwrap(), &[1][..]),
        (category("order").with_stream_prefix("order-1").unwrap(), &[1, 2, 5]),
        (category("bill").with_stream_prefix("order-1").unwrap(), &[]),
        (correlation(2).with_event_types(placed()).unwrap(), &[3, 6]),
        (
            correlation(2)
                .with_event_types(placed())
                .unwrap()
                .with_category("bill")
                .unwrap(),
            &[3],
        ),
        (
            correlation(1)
                .with_event_types(placed())
                .unwrap()
                .with_category("bill")
                .unwrap(),
            &[],
        ),
    ] {
        assert_gives(&*store, filter, expected).await;
    }
}

/// A filter without conditions gives every event.
pub async fn gives_everything_without_conditions(harness: &dyn Harness) {
    let store = store_with_different_events(harness).await;
    assert_gives(&*store, EventFilter::default(), &[1, 2, 3, 4, 5, 6, 7]).await;
}

/// With any filter, whatever is read, the events are those that match of the events without it, numbers and all.
pub async fn leaves_out_just_the_events_that_do_not_match(harness: &dyn Harness) {
    let store = harness.store();
    fill(&*store).await;
    leaves_out_just_what_does_not_match(&*store, &streams()).await;
}

/// With any filter, links and holes or not, the events are those that match of the events without it, numbers and all.
pub async fn leaves_out_just_what_does_not_match_of_links_and_over_holes(harness: &dyn Harness) {
    let store = harness.store();
    fill_with_links_and_holes(&*store).await;
    leaves_out_just_what_does_not_match(&*store, &streams_and_links()).await;
}

async fn leaves_out_just_what_does_not_match(store: &dyn Backend, selectors: &[StreamSelector]) {
    for selector in selectors {
        for filter in filters() {
            let expected = matching(store, selector, &filter).await;
            let found = filtered(store, selector.clone(), filter.clone()).await;
            assert_eq!(found, expected, "{selector} {filter:?}");
            assert!(
                *selector != StreamSelector::All || found.is_empty() == (Some(&filter) == filters().last()),
                "tries nothing: {filter:?}"
            );
        }
    }
}

/// A filtered read of one stream gives events of that stream only.
pub async fn gives_only_events_of_the_stream(harness: &dyn Harness) {
    let store = store_with_different_events(harness).await;
    let target = stream("order-1");
    assert_eq!(read_whole(&*store, target.clone()).await.len(), 2);
    for (filter, expected) in [
        (types(&["Placed"]), &[1][..]),
        (correlation(2), &[2]),
        (category("order"), &[1, 2]),
        (prefix("order-17"), &[]),
        (category("bill"), &[]),
    ] {
        let found = filtered(&*store, target.clone(), filter.clone()).await;
        assert_eq!(numbers_of(&found), numbers(expected.iter().copied()), "{filter:?}");
    }
}

async fn store_with_different_events(harness: &dyn Harness) -> std::sync::Arc<dyn Backend> {
    let store = harness.store();
    for (name, kind, correlation_id) in [
        ("order-1", "Placed", 1),
        ("order-1", "Paid", 2),
        ("bill-1", "Placed", 2),
        ("order-2", "Paid", 1),
        ("order-17", "Shipped", 0),
        ("orders-1", "Placed", 2),
        ("", "", 0),
    ] {
        put(&*store, name, vec![event_of(kind, correlation_id)]).await;
    }
    store
}

async fn assert_gives(store: &dyn Backend, filter: EventFilter, expected: &[u32]) {
    let found = filtered(store, StreamSelector::All, filter.clone()).await;
    assert_eq!(numbers_of(&found), numbers(expected.iter().copied()), "{filter:?}");
}
