use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use eventstore_core::backend::{InProcessReceiver, PageRequest};
use eventstore_core::{EventFilter, EventReader, EventType, StreamSelector};
use tokio::time::advance;

use super::super::{Part, TailCache, TailRead, TailReader};
use super::{Counting, MANY, all, cache, read_page};

/// What came by in-process delivery, and how far it goes; nothing if a page was read.
async fn handed_over(reader: &TailReader, request: PageRequest) -> Option<(Vec<u64>, u64)> {
    match reader.read(request).await.unwrap() {
        TailRead::Page(_) => None,
        TailRead::HandedOver(Part { events, up_to }) => {
            let numbers = events.iter().map(|event| event.number.get());
            Some((numbers.collect(), up_to.get()))
        }
    }
}

/// A cache whose backend holds this many events, and some that came by in-process delivery.
async fn cache_with(events: usize, handed_over: &[(u32, u32)]) -> (Arc<Counting>, Arc<TailCache>, TailReader) {
    let backend = Counting::new(MANY);
    backend.append("s", events).await;
    let cache = cache(&backend);
    let reader = cache.reader(StreamSelector::All);
    advance(Duration::from_millis(1)).await;
    for (from, count) in handed_over {
        hand_over(&cache, *from, *count).await;
    }
    (backend, cache, reader)
}

async fn hand_over(cache: &TailCache, from: u32, count: u32) {
    let page = cache.backend.read_page(all(from, count)).await.unwrap();
    cache.receive(&page.events, tokio::time::Instant::now().into_std());
}

/// After a failover, other events may have the same numbers.
#[tokio::test(start_paused = true)]
async fn gives_nothing_of_a_storage_that_was_exchanged() {
    let (backend, cache, reader) = cache_with(9, &[(6, 2)]).await;
    read_page(&reader, all(1, 3)).await.unwrap();
    let began_at = tokio::time::Instant::now();
    advance(Duration::from_millis(1)).await;
    let reads = backend.reads();
    backend.storage_epoch.store(1, Ordering::SeqCst);
    read_page(&reader, all(1, 3)).await.unwrap();
    assert_eq!(backend.reads(), reads + 1);
    assert_eq!(handed_over(&reader, all(6, 2)).await, None);
    let late = backend.store.read_page(all(6, 2)).await.unwrap();
    cache.receive(&late.events, began_at.into_std());
    assert_eq!(handed_over(&reader, all(6, 2)).await, None, "it began before");
    hand_over(&cache, 6, 2).await;
    assert_eq!(handed_over(&reader, all(6, 2)).await, Some((vec![6, 7], 7)));
}

#[tokio::test(start_paused = true)]
async fn what_was_handed_over_is_not_read() {
    let (backend, cache, reader) = cache_with(9, &[(1, 2), (3, 1)]).await;
    let reads = backend.reads();
    assert_eq!(handed_over(&reader, all(1, 10)).await, Some((vec![1, 2, 3], 3)));
    assert_eq!(handed_over(&reader, all(2, 1)).await, Some((vec![2], 2)));
    assert_eq!(handed_over(&reader, all(0, 1)).await, Some((vec![1], 1)));
    assert_eq!(backend.reads(), reads);
    hand_over(&cache, 4, 1).await;
    assert_eq!(handed_over(&reader, all(3, 10)).await, Some((vec![3, 4], 4)));
    assert_eq!(handed_over(&reader, all(5, 10)).await, None);
}

#[tokio::test(start_paused = true)]
async fn what_was_handed_over_is_given_without_a_gap_only() {
    let (_, cache, reader) = cache_with(9, &[(2, 2), (7, 2)]).await;
    assert_eq!(handed_over(&reader, all(1, 10)).await, None);
    assert_eq!(handed_over(&reader, all(2, 10)).await, None);
    assert_eq!(handed_over(&reader, all(7, 10)).await, Some((vec![7, 8], 8)));
    // Events that come late are taken if they still join.
    hand_over(&cache, 2, 2).await;
    assert_eq!(handed_over(&reader, all(2, 10)).await, None);
    hand_over(&cache, 5, 2).await;
    assert_eq!(handed_over(&reader, all(6, 10)).await, Some((vec![6, 7, 8], 8)));
}

#[tokio::test(start_paused = true)]
async fn what_was_handed_over_is_filtered_and_passed_over() {
    let (backend, cache, reader) = cache_with(2, &[]).await;
    backend.append("s", 1).await;
    backend.append("s", 2).await;
    hand_over(&cache, 1, 5).await;
    let rare = || {
        EventFilter::default()
            .with_event_types([EventType::new("Rare").unwrap()])
            .unwrap()
    };
    assert_eq!(
        handed_over(&reader, all(1, 9).with_filter(rare())).await,
        Some((vec![3], 5))
    );
    assert_eq!(
        handed_over(&reader, all(4, 9).with_filter(rare())).await,
        Some((vec![], 5))
    );
}

/// Behaviours: R4.16.
#[tokio::test(start_paused = true)]
async fn what_was_handed_over_goes_to_readers_that_were_there_before_and_for_a_moment_only() {
    let (_, cache, reader) = cache_with(3, &[(1, 3)]).await;
    let late = cache.reader(StreamSelector::All);
    assert_eq!(handed_over(&late, all(1, 9)).await, None);
    assert!(handed_over(&reader, all(1, 9)).await.is_some());
    advance(Duration::from_secs(1)).await;
    assert_eq!(handed_over(&reader, all(1, 9)).await, None);
}

#[tokio::test(start_paused = true)]
async fn no_more_is_kept_of_what_was_handed_over_than_may_be() {
    let (_, _, reader) = cache_with(30_000, &[(1, 6_000), (6_001, 6_000)]).await;
    assert_eq!(handed_over(&reader, all(2_000, 9)).await, None);
    assert_eq!(handed_over(&reader, all(2_001, 1)).await, Some((vec![2_001], 2_001)));
}
