use std::num::NonZeroU32;

use eventstore_core::backend::PageRequest;
use eventstore_core::{Delete, Deletion, Direction, Error, EventNumber, EventReaderExt, Read, StreamSelector};
use futures_util::{StreamExt, TryStreamExt};

use super::{category, correlation, event_of, expect_error, filters, put, types};
use crate::conformance::Harness;
use crate::conformance::sample::{events, number, numbers, numbers_of, stream, stream_of, version_of};

/// Lazily, with a filter, forward, events appended meanwhile are included if they match.
pub async fn includes_matching_events_appended_while_reading_forward(harness: &dyn Harness) {
    let store = harness.store();
    put(
        &*store,
        "a-1",
        vec![event_of("T", 1), event_of("T", 2), event_of("T", 1)],
    )
    .await;
    let one = NonZeroU32::MIN;
    for filter in [types(&["T"]), category("a"), correlation(1)] {
        let before = EventNumber::from(version_of(&*store, StreamSelector::All).await);
        let mut reading = store.numbered(Read::all().with_filter(filter.clone()).with_page_size(one));
        let first = reading.try_next().await.unwrap().unwrap();
        assert_eq!(first.number, number(1));
        put(&*store, "b-1", events(20)).await;
        put(&*store, "a-1", vec![event_of("T", 1)]).await;

        let rest: Vec<_> = reading.try_collect().await.unwrap();
        let last = rest.last().unwrap();
        assert_eq!(last.number, before.after(21).unwrap(), "{filter:?}");
        assert!(rest.iter().all(|event| filter.matches(event)));
    }
}

/// Lazily, with a filter, backward, events appended meanwhile are left out.
pub async fn leaves_out_matching_events_appended_while_reading_backward(harness: &dyn Harness) {
    let store = harness.store();
    put(
        &*store,
        "a-1",
        vec![event_of("T", 1), event_of("U", 1), event_of("T", 1)],
    )
    .await;
    let mut reading = store.numbered(
        Read::all()
            .with_direction(Direction::Backward)
            .with_filter(types(&["T"]))
            .with_page_size(NonZeroU32::MIN),
    );
    let first = reading.try_next().await.unwrap().unwrap();
    assert_eq!(first.number, number(3));
    put(&*store, "a-1", vec![event_of("T", 1)]).await;
    let rest: Vec<_> = reading.try_collect().await.unwrap();
    assert_eq!(numbers_of(&rest), numbers([1]));
}

/// With a filter, a missing stream is not found, whatever is asked of it.
pub async fn does_not_find_a_missing_stream_with_a_filter(harness: &dyn Harness) {
    let (store, missing) = (harness.store(), stream("missing"));
    stream_of(&*store, "other", 1).await;
    for filter in filters() {
        for direction in [Direction::Forward, Direction::Backward] {
            let request =
                PageRequest::new(missing.clone(), direction, EventNumber::FIRST, 5).with_filter(filter.clone());
            let outcome = store.read_page(request).await;
            expect_error!(outcome, Error::StreamNotFound { stream } if stream == missing);
        }
        let mut reading = store.numbered(Read::new(missing.clone()).with_filter(filter));
        let first = reading.next().await.unwrap();
        expect_error!(first, Error::StreamNotFound { stream } if stream == missing);
        assert!(reading.next().await.is_none());
    }
}

/// With a filter, a soft-deleted stream says that it is.
pub async fn refuses_a_soft_deleted_stream_with_a_filter(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 3).await;
    store.delete(Delete::new(target.clone(), Deletion::Soft)).await.unwrap();
    for filter in filters() {
        for direction in [Direction::Forward, Direction::Backward] {
            let request =
                PageRequest::new(target.clone(), direction, EventNumber::FIRST, 5).with_filter(filter.clone());
            let outcome = store.read_page(request).await;
            expect_error!(outcome, Error::StreamDeleted { stream } if stream == target);
        }
    }
}
