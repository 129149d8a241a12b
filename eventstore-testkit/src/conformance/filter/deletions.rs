use eventstore_core::{Delete, Deletion, StreamSelector};

use super::{category, correlation, event_of, filtered, prefix, put, types};
use crate::conformance::Harness;
use crate::conformance::sample::{events, ids_in, link_any, numbers, numbers_of, stream};

/// Events of a soft-deleted stream still match by its name, in `$all` and where they are linked.
pub async fn gives_events_of_soft_deleted_streams(harness: &dyn Harness) {
    let store = harness.store();
    put(&*store, "order-1", vec![event_of("Placed", 1), event_of("Paid", 1)]).await;
    put(&*store, "bill-1", vec![event_of("Placed", 1)]).await;
    link_any(&*store, &stream("links"), ids_in(&*store, StreamSelector::All).await).await;
    store
        .delete(Delete::new(stream("order-1"), Deletion::Soft))
        .await
        .unwrap();
    for selector in [StreamSelector::All, stream("links").into()] {
        for (filter, expected) in [
            (category("order"), &[1, 2][..]),
            (prefix("order-"), &[1, 2]),
            (types(&["Placed"]), &[1, 3]),
            (correlation(1), &[1, 2, 3]),
        ] {
            let found = filtered(&*store, selector.clone(), filter.clone()).await;
            assert_eq!(
                numbers_of(&found),
                numbers(expected.iter().copied()),
                "{selector} {filter:?}"
            );
        }
    }
}

/// The events of a hard-deleted stream match nothing any more, and the numbers of the others stay.
pub async fn passes_the_holes_of_hard_deletes(harness: &dyn Harness) {
    let store = harness.store();
    put(&*store, "gone-1", (0..20).map(|_| event_of("T", 1)).collect()).await;
    put(&*store, "kept-1", vec![event_of("T", 1)]).await;
    put(&*store, "gone-1", (0..20).map(|_| event_of("T", 1)).collect()).await;
    put(&*store, "kept-1", vec![event_of("T", 1)]).await;
    put(&*store, "gone-1", events(20)).await;
    link_any(&*store, &stream("links"), ids_in(&*store, StreamSelector::All).await).await;
    store
        .delete(Delete::new(stream("gone-1"), Deletion::Hard))
        .await
        .unwrap();
    for filter in [types(&["T"]), correlation(1), category("kept"), prefix("k")] {
        let found = filtered(&*store, StreamSelector::All, filter.clone()).await;
        assert_eq!(numbers_of(&found), numbers([21, 42]), "{filter:?}");
        let found = filtered(&*store, stream("links"), filter.clone()).await;
        assert_eq!(found.len(), 2, "{filter:?}");
    }
    assert!(
        filtered(&*store, StreamSelector::All, category("gone"))
            .await
            .is_empty()
    );
}

/// A name that is used again matches for the new events.
pub async fn gives_events_of_a_name_that_is_used_again(harness: &dyn Harness) {
    let store = harness.store();
    put(&*store, "order-1", vec![event_of("T", 1), event_of("T", 1)]).await;
    store
        .delete(Delete::new(stream("order-1"), Deletion::Hard))
        .await
        .unwrap();
    put(&*store, "order-1", vec![event_of("T", 1)]).await;
    let found = filtered(&*store, StreamSelector::All, category("order")).await;
    assert_eq!(numbers_of(&found), numbers([3]));
    let found = filtered(&*store, stream("order-1"), category("order")).await;
    assert_eq!(numbers_of(&found), numbers([1]));
}
