use eventstore_core::backend::{Page, PageRequest};
use eventstore_core::{Direction, Error, EventNumber, StreamSelector};

use crate::conformance::sample::{number, numbers_of, stream, stream_of};
use crate::conformance::{Harness, expect_error};

const EVENTS: u32 = 5;

/// A page says truly up to which number it goes, and whether it is the last one, forward.
///
/// Behaviours: R2.12.
pub async fn tells_truly_where_a_forward_page_ends(harness: &dyn Harness) {
    tells_truly_where_a_page_ends(harness, Direction::Forward).await;
}

/// A page says truly down to which number it goes, and whether it is the last one, backward.
///
/// Behaviours: R2.14.
pub async fn tells_truly_where_a_backward_page_ends(harness: &dyn Harness) {
    tells_truly_where_a_page_ends(harness, Direction::Backward).await;
}

/// The page of an empty `$all` is empty and the last one.
///
/// Behaviours: R2.4.
pub async fn reads_an_empty_last_page_of_an_empty_store(harness: &dyn Harness) {
    for direction in [Direction::Forward, Direction::Backward] {
        let request = request(StreamSelector::All, direction, 1, 10);
        let page = harness.store().read_page(request).await.unwrap();
        assert_eq!(page.events, []);
        assert!(page.is_last);
        assert!(page.scanned_to <= EventNumber::FIRST, "{page:?}");
    }
}

/// The page of a stream that never held an event is empty and the last one.
///
/// Behaviours: R1.10, R2.4.
pub async fn reads_an_empty_last_page_of_an_empty_stream(harness: &dyn Harness) {
    let target = stream("s");
    harness.put_empty_stream(&target).await;
    for direction in [Direction::Forward, Direction::Backward] {
        let request = request(target.clone().into(), direction, 1, 10);
        let page = harness.store().read_page(request).await.unwrap();
        assert_eq!(page.events, []);
        assert!(page.is_last);
    }
}

/// A missing stream is not found, whatever is asked of it.
///
/// Behaviours: R2.3.
pub async fn does_not_find_a_missing_stream(harness: &dyn Harness) {
    let (store, missing) = (harness.store(), stream("missing"));
    stream_of(&*store, "other", 1).await;
    for direction in [Direction::Forward, Direction::Backward] {
        for (from, limit) in [(1, 10), (0, 10), (7, 1), (1, 0)] {
            let request = request(missing.clone().into(), direction, from, limit);
            let outcome = store.read_page(request).await;
            expect_error!(outcome, Error::StreamNotFound { stream } if stream == missing);
        }
    }
}

async fn tells_truly_where_a_page_ends(harness: &dyn Harness, direction: Direction) {
    let store = harness.store();
    let target = stream_of(&*store, "s", usize::try_from(EVENTS).unwrap()).await;
    for selector in [StreamSelector::All, target.into()] {
        for from in 0..=EVENTS + 3 {
            for limit in 0..=EVENTS + 2 {
                let request = request(selector.clone(), direction, from, limit);
                let page = store.read_page(request.clone()).await.unwrap();
                assert_page_is_true(&request, &page);
            }
        }
    }
}

fn assert_page_is_true(request: &PageRequest, page: &Page) {
    let mut existing: Vec<_> = (1..=EVENTS)
        .map(number)
        .filter(|&found| is_asked_for(request, found))
        .collect();
    if request.direction == Direction::Backward {
        existing.reverse();
    }
    let size = existing.len().min(usize::try_from(request.limit).unwrap());
    let (on_page, beyond) = existing.split_at(size);
    let is_scanned = |found: &EventNumber| match request.direction {
        Direction::Forward => *found <= page.scanned_to,
        Direction::Backward => *found >= page.scanned_to,
    };

    assert_eq!(numbers_of(&page.events), on_page, "{request:?}");
    assert_eq!(page.is_last, beyond.is_empty(), "{request:?}: {page:?}");
    assert!(on_page.iter().all(is_scanned), "{request:?}: {page:?}");
    assert!(!beyond.iter().any(is_scanned), "{request:?}: {page:?}");
    if request.direction == Direction::Forward {
        let furthest = number(EVENTS).max(request.from.previous());
        assert!(
            page.scanned_to <= furthest,
            "beyond what is stored there, {request:?}: {page:?}"
        );
    }
}

fn is_asked_for(request: &PageRequest, number: EventNumber) -> bool {
    match request.direction {
        Direction::Forward => number >= request.from,
        Direction::Backward => number <= request.from,
    }
}

fn request(selector: StreamSelector, direction: Direction, from: u32, limit: u32) -> PageRequest {
    PageRequest::new(selector, direction, from.into(), limit)
}
