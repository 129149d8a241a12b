use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use eventstore_core::StreamSelector;
use tokio::time::advance;

use super::super::TailReader;
use super::{Counting, MANY, all, cache, numbers, read_page};

/// A backend with this many events, of which the first page of 100 was read, and the cache.
async fn after_the_first_page(events: usize) -> (Arc<Counting>, TailReader) {
    let backend = Counting::new(MANY);
    backend.append("s", events).await;
    let reader = cache(&backend).reader(StreamSelector::All);
    let page = read_page(&reader, all(1, 100)).await.unwrap();
    assert_eq!((page.events.len(), backend.reads()), (100, 1));
    (backend, reader)
}

#[tokio::test(start_paused = true)]
async fn reads_one_page_ahead_of_whoever_runs_through_them() {
    let (backend, reader) = after_the_first_page(1_000).await;
    tokio::task::yield_now().await;
    assert_eq!(backend.reads(), 1, "who reads one page only costs no more");
    for (from, reads) in [(101, 3), (201, 4), (301, 5)] {
        let page = read_page(&reader, all(from, 100)).await.unwrap();
        assert_eq!(
            numbers(&page),
            (u64::from(from)..u64::from(from) + 100).collect::<Vec<_>>()
        );
        tokio::task::yield_now().await;
        assert_eq!(backend.reads(), reads, "after {from}");
    }
}

#[tokio::test(start_paused = true)]
async fn reads_on_while_somebody_waits_for_what_is_read_ahead() {
    let (backend, reader) = after_the_first_page(1_000).await;
    backend.permits.forget_permits(MANY);
    backend.permits.add_permits(1);
    read_page(&reader, all(101, 100)).await.unwrap();
    let next = read_page(&reader, all(201, 100));
    let release = async {
        tokio::task::yield_now().await;
        assert_eq!(backend.reads(), 3);
        backend.permits.add_permits(1);
    };
    let (page, ()) = tokio::join!(next, release);
    assert_eq!(page.unwrap().scanned_to, 300.into());
    assert_eq!(backend.reads(), 4, "the next page is under way");
    backend.permits.add_permits(1);
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    assert_eq!(backend.reads(), 4, "no one waits for it");
}

/// A consumer that takes longer for a page than it is kept would have it read twice.
#[tokio::test(start_paused = true)]
async fn reads_nothing_ahead_of_whoever_is_slow_or_at_the_end() {
    let (backend, reader) = after_the_first_page(250).await;
    advance(Duration::from_secs(1)).await;
    read_page(&reader, all(101, 100)).await.unwrap();
    tokio::task::yield_now().await;
    assert_eq!(backend.reads(), 2);
    assert_eq!(read_page(&reader, all(201, 100)).await.unwrap().events.len(), 50);
    tokio::task::yield_now().await;
    assert_eq!(backend.reads(), 3);
}

/// What was read ahead of the request cannot tell whether something came in between.
#[tokio::test(start_paused = true)]
async fn finds_the_end_by_a_look_after_the_request() {
    let (backend, reader) = after_the_first_page(250).await;
    read_page(&reader, all(101, 100)).await.unwrap();
    tokio::task::yield_now().await;
    assert_eq!(backend.reads(), 3);
    backend.append("s", 1).await;
    let page = read_page(&reader, all(201, 100)).await.unwrap();
    assert_eq!((page.scanned_to, page.is_last), (250.into(), false));
    let page = read_page(&reader, all(251, 100)).await.unwrap();
    assert_eq!((numbers(&page), page.is_last), (vec![251], true));
}

#[tokio::test(start_paused = true)]
async fn survives_a_failure_of_what_is_read_ahead() {
    let (backend, reader) = after_the_first_page(1_000).await;
    backend.fails.store(true, Ordering::SeqCst);
    let failed = read_page(&reader, all(101, 100)).await;
    assert!(failed.is_err());
    backend.fails.store(false, Ordering::SeqCst);
    read_page(&reader, all(101, 100)).await.unwrap();
    backend.fails.store(true, Ordering::SeqCst);
    tokio::task::yield_now().await;
    backend.fails.store(false, Ordering::SeqCst);
    assert_eq!(read_page(&reader, all(201, 100)).await.unwrap().scanned_to, 300.into());
}
