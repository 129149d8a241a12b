use std::num::NonZeroU64;

use eventstore_core::backend::{NumberedEvent, Page, PageCursor, PageRequest};
use eventstore_core::{
    Direction, EventFilter, EventNumber, ExpectedVersion, NewEvent, Read, StreamName, StreamSelector,
};

use crate::conformance::sample::{append, event, event_type, link_any, numbers_of, read, read_whole, stream};
use crate::conformance::{Backend, Harness};

/// The sizes of the data and the metadata of each event in bytes; 0 means no metadata.
const SIZES: [(usize, usize); 16] = [
    (2, 0),
    (300, 0),
    (5_000, 300),
    (2, 40_000),
    (40_000, 0),
    (300, 2),
    (2, 2),
    (100_000, 0),
    (2, 0),
    (700, 0),
    (5_000, 5_000),
    (5_000, 0),
    (1_500, 1_500),
    (2, 0),
    (200_000, 300),
    (2, 0),
];

/// From one that no event fits in, to one that all do.
const BOUNDS: [u64; 7] = [1, 302, 1_500, 10_300, 60_000, 200_000, 1_000_000];

/// A page holds no more bytes of payloads than were asked for, or a single event, and tells truly where it ends.
pub async fn holds_no_more_bytes_on_a_page_than_were_asked_for(harness: &dyn Harness) {
    let store = harness.store();
    let target = fill(&*store).await;
    for selector in [StreamSelector::All, target.into()] {
        holds_no_more_bytes(&*store, &selector, &EventFilter::default()).await;
    }
}

/// With a filter, a page holds no more bytes of matching events than were asked for, or a single event, and tells truly where
/// it ends.
pub async fn holds_no_more_bytes_of_matching_events_on_a_page_than_were_asked_for(harness: &dyn Harness) {
    let store = harness.store();
    let target = fill(&*store).await;
    let filter = EventFilter::default().with_event_types([event_type("Kept")]).unwrap();
    for selector in [StreamSelector::All, target.into()] {
        holds_no_more_bytes(&*store, &selector, &filter).await;
    }
}

/// A page of links holds no more bytes of linked events than were asked for, or a single event, and tells truly where it ends.
pub async fn holds_no_more_bytes_of_linked_events_on_a_page_than_were_asked_for(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("links"));
    let linked: Vec<_> = read_whole(&*store, fill(&*store).await).await;
    append(&*store, &target, ExpectedVersion::Any, vec![sized((9_000, 0), 'l')])
        .await
        .unwrap();
    link_any(&*store, &target, linked.iter().map(|event| event.event_id).collect()).await;
    holds_no_more_bytes(&*store, &target.into(), &EventFilter::default()).await;
}

/// Lazily, events are the same ones, whole and in order, however few bytes a page may have.
pub async fn reads_the_same_events_in_pages_of_any_bytes(harness: &dyn Harness) {
    let store = harness.store();
    let expected = read_whole(&*store, fill(&*store).await).await;
    let sizes = |event: &NumberedEvent| (event.data.len(), event.metadata.as_ref().map_or(0, bytes::Bytes::len));
    assert_eq!(expected.iter().map(sizes).collect::<Vec<_>>(), SIZES);
    for bytes in BOUNDS {
        let bounded = Read::all().with_page_bytes(NonZeroU64::new(bytes).unwrap());
        let events = read(&*store, bounded).await;
        assert!(
            events == expected,
            "other events in pages of {bytes} bytes: {:?}",
            numbers_of(&events)
        );
    }
}

async fn holds_no_more_bytes(store: &dyn Backend, selector: &StreamSelector, filter: &EventFilter) {
    let everything = read(store, Read::new(selector.clone()).with_filter(filter.clone())).await;
    for (direction, from) in [
        (Direction::Forward, EventNumber::FIRST),
        (Direction::Backward, EventNumber::MAX),
    ] {
        for bytes in BOUNDS {
            for limit in [3, 1_000] {
                let request = PageRequest::new(selector.clone(), direction, from, limit)
                    .with_positions()
                    .with_filter(filter.clone())
                    .with_max_bytes(NonZeroU64::new(bytes).unwrap());
                assert_pages(store, request, &everything).await;
            }
        }
    }
}

/// All pages from this one on are true, and hold the events together.
async fn assert_pages(store: &dyn Backend, request: PageRequest, everything: &[NumberedEvent]) {
    let mut expected = everything.to_vec();
    if request.direction == Direction::Backward {
        expected.reverse();
    }
    let mut cursor = PageCursor::new(request.clone());
    let mut seen = Vec::new();
    while let Some(next) = cursor.request().cloned() {
        let page = store.read_page(next.clone()).await.unwrap();
        assert_bounded(&request, &page);
        seen.extend(page.events.iter().cloned());
        assert_end(&next, &page, &expected[seen.len().min(expected.len())..]);
        cursor.advance(&page);
    }
    assert!(seen == expected, "{request:?}: {:?}", numbers_of(&seen));
}

fn assert_bounded(request: &PageRequest, page: &Page) {
    let bytes: u64 = page.events.iter().map(|event| event.payload_bytes()).sum();
    let is_bounded = request.max_bytes.is_some_and(|most| bytes <= most.get());
    assert!(
        is_bounded || page.events.len() == 1,
        "{bytes} bytes of {} events on a page of at most {:?}",
        page.events.len(),
        request.max_bytes
    );
}

fn assert_end(request: &PageRequest, page: &Page, beyond: &[NumberedEvent]) {
    let is_scanned = |event: &NumberedEvent| match request.direction {
        Direction::Forward => event.number <= page.scanned_to,
        Direction::Backward => event.number >= page.scanned_to,
    };
    let numbers = numbers_of(beyond);
    assert!(
        !page.is_last || beyond.is_empty(),
        "{request:?}: the last page before {numbers:?}"
    );
    assert!(
        !beyond.iter().any(is_scanned),
        "{request:?}: scanned to {} before {numbers:?}",
        page.scanned_to
    );
    assert!(
        page.events.iter().all(is_scanned),
        "{request:?}: scanned to {}",
        page.scanned_to
    );
}

/// A stream with an event of each size, of which every second one is to be kept.
async fn fill(store: &dyn Backend) -> StreamName {
    let target = stream("s");
    let events: Vec<_> = ('a'..).zip(SIZES).map(|(letter, size)| sized(size, letter)).collect();
    append(store, &target, ExpectedVersion::NoStream, events).await.unwrap();
    target
}

/// Its payloads can be stored in far fewer bytes than they have.
fn sized((data, metadata): (usize, usize), letter: char) -> NewEvent {
    let kind = event_type(if "bdfhjlnp".contains(letter) { "Kept" } else { "Left" });
    let mut event = event().with_event_type(kind).with_data(text(data, letter));
    event.metadata = (metadata > 0).then(|| text(metadata, letter).into());
    event
}

/// A JSON text of this many bytes.
fn text(bytes: usize, letter: char) -> String {
    format!("\"{}\"", letter.to_string().repeat(bytes - 2))
}
