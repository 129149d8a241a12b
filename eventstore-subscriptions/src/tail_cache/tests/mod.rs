mod ahead;
mod handed_over;

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use eventstore_core::backend::{
    AcquiredLease, CheckpointOutcome, LeaseToken, Listener, Notifier, Page, PageRequest, SubscriptionLocks,
    SubscriptionRecord, SubscriptionStore,
};
use eventstore_core::{
    Append, Delete, Deletion, Direction, Error, EventFilter, EventNumber, EventReader, EventType, EventWriter,
    ExpectedVersion, NewEvent, Result, StreamDeleter, StreamDirectory, StreamInfo, StreamName, StreamPage, StreamQuery,
    StreamSelector, SubscriptionKey, SubscriptionStatusStore, Timestamp,
};
use eventstore_testkit::MemoryStore;
use futures_util::future::join_all;
use tokio::sync::Semaphore;
use tokio::time::{advance, timeout};

use super::{TailCache, TailRead, TailReader};

/// Counts the reads of a store, and lets them end one by one if told to.
struct Counting {
    store: MemoryStore,
    reads: AtomicUsize,
    permits: Semaphore,
    fails: AtomicBool,
    storage_epoch: AtomicU64,
}

impl Counting {
    fn new(permits: usize) -> Arc<Self> {
        Arc::new(Self {
            store: MemoryStore::new().with_hard_deletes(),
            reads: AtomicUsize::new(0),
            permits: Semaphore::new(permits),
            fails: AtomicBool::new(false),
            storage_epoch: AtomicU64::new(0),
        })
    }

    async fn append(&self, stream: &str, count: usize) {
        let event = |_| {
            let kind = if count == 1 { "Rare" } else { "Frequent" };
            NewEvent::new(uuid::Uuid::now_v7(), EventType::new(kind).unwrap(), vec![b'1'; 100])
        };
        let events = (0..count).map(event);
        let append = Append::new(StreamName::new(stream).unwrap(), ExpectedVersion::Any, events);
        self.store.append(append.unwrap()).await.unwrap();
    }

    fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl EventReader for Counting {
    async fn read_page(&self, request: PageRequest) -> Result<Page> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        if self.fails.load(Ordering::SeqCst) {
            return Err(Error::Unavailable {
                message: "it fails".to_owned(),
                source: None,
            });
        }
        let page = self.store.read_page(request).await;
        self.permits.acquire().await.unwrap().forget();
        page
    }

    async fn number_at(&self, selector: &StreamSelector, at: Timestamp) -> Result<EventNumber> {
        self.store.number_at(selector, at).await
    }
}

#[async_trait]
impl StreamDirectory for Counting {
    async fn stream_info(&self, selector: &StreamSelector) -> Result<StreamInfo> {
        self.store.stream_info(selector).await
    }

    async fn list_streams(&self, query: StreamQuery) -> Result<StreamPage> {
        self.store.list_streams(query).await
    }

    async fn streams_by_name(
        &self,
        prefix: &str,
        after: Option<&StreamName>,
        limit: NonZeroU32,
    ) -> Result<Vec<StreamInfo>> {
        self.store.streams_by_name(prefix, after, limit).await
    }

    async fn newest_streams(&self, before: Option<u64>, limit: NonZeroU32) -> Result<Vec<StreamInfo>> {
        self.store.newest_streams(before, limit).await
    }
}

impl Notifier for Counting {
    fn listen(&self, selector: &StreamSelector) -> Box<dyn Listener> {
        self.store.listen(selector)
    }

    fn storage_epoch(&self) -> u64 {
        self.storage_epoch.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl SubscriptionStore for Counting {
    async fn find_or_create_subscription(
        &self,
        key: &SubscriptionKey,
        start_after: EventNumber,
    ) -> Result<SubscriptionRecord> {
        self.store.find_or_create_subscription(key, start_after).await
    }

    async fn save_checkpoint(&self, lease: LeaseToken, checkpoint: EventNumber) -> Result<CheckpointOutcome> {
        self.store.save_checkpoint(lease, checkpoint).await
    }
}

impl SubscriptionStatusStore for Counting {}

#[async_trait]
impl SubscriptionLocks for Counting {
    async fn try_acquire(&self, key: &SubscriptionKey, start_after: EventNumber) -> Result<Option<AcquiredLease>> {
        self.store.try_acquire(key, start_after).await
    }
}

const MANY: usize = 1_000_000;

fn cache(backend: &Arc<Counting>) -> Arc<TailCache> {
    TailCache::new(backend.clone())
}

fn all(from: u32, limit: u32) -> PageRequest {
    PageRequest::new(StreamSelector::All, Direction::Forward, from.into(), limit)
}

async fn read_page(reader: &TailReader, request: PageRequest) -> Result<Page> {
    match reader.read(request).await? {
        TailRead::Page(page) => Ok(page),
        TailRead::HandedOver(part) => panic!("{part:?} was handed over"),
    }
}

fn numbers(page: &Page) -> Vec<u64> {
    page.events.iter().map(|event| event.number.get()).collect()
}

/// Behaviours: T25.
#[tokio::test(start_paused = true)]
async fn reads_a_range_once_for_all_that_ask_for_it() {
    let backend = Counting::new(MANY);
    backend.append("s", 300).await;
    let cache = cache(&backend);
    let readers: Vec<_> = (0..50).map(|_| cache.reader(StreamSelector::All)).collect();
    let expected = backend.store.read_page(all(101, 100)).await.unwrap();
    let pages = join_all(readers.iter().map(|reader| read_page(reader, all(101, 100)))).await;
    for page in pages {
        assert_eq!(page.unwrap(), expected);
    }
    assert_eq!(backend.reads(), 1);
}

/// Behaviours: T25.
#[tokio::test(start_paused = true)]
async fn looks_at_the_end_twice_at_most_for_all_that_ask_while_one_looks() {
    let backend = Counting::new(0);
    backend.append("s", 3).await;
    let cache = cache(&backend);
    let readers: Vec<_> = (0..1_000).map(|_| cache.reader(StreamSelector::All)).collect();
    let reads = join_all(readers.iter().map(|reader| read_page(reader, all(4, 100))));
    let release = async {
        tokio::task::yield_now().await;
        advance(Duration::from_millis(1)).await;
        backend.permits.add_permits(2);
    };
    let (pages, ()) = tokio::join!(reads, release);
    for page in pages {
        let page = page.unwrap();
        assert!(page.events.is_empty() && page.is_last, "{page:?}");
        assert_eq!(page.scanned_to, 3.into());
    }
    assert!(backend.reads() <= 2, "{}", backend.reads());
}

#[tokio::test(start_paused = true)]
async fn gives_parts_of_what_was_read() {
    let backend = Counting::new(MANY);
    backend.append("s", 10).await;
    let cache = cache(&backend);
    let reader = cache.reader(StreamSelector::All);
    read_page(&reader, all(0, 100)).await.unwrap();
    advance(Duration::from_millis(1)).await;
    let page = read_page(&reader, all(4, 3)).await.unwrap();
    assert_eq!(
        (numbers(&page), page.scanned_to, page.is_last),
        (vec![4, 5, 6], 6.into(), false)
    );
    let page = read_page(&reader, all(9, 3)).await.unwrap();
    assert_eq!((numbers(&page), page.scanned_to), (vec![9, 10], 10.into()));
    assert!(!page.is_last, "only a read after the request can tell that");
    assert_eq!(backend.reads(), 1);
    let page = read_page(&reader, all(11, 3)).await.unwrap();
    assert!(page.is_last && page.events.is_empty());
    assert_eq!(backend.reads(), 2);
}

/// A hint may come between the read of another subscription and the request of this one.
#[tokio::test(start_paused = true)]
async fn never_hides_what_was_committed_before_it_was_asked() {
    let backend = Counting::new(MANY);
    backend.append("s", 2).await;
    let cache = cache(&backend);
    let (one, other) = (cache.reader(StreamSelector::All), cache.reader(StreamSelector::All));
    read_page(&one, all(1, 10)).await.unwrap();
    read_page(&one, all(3, 10)).await.unwrap();
    // No time passes between the reads and the request.
    backend.append("s", 2).await;
    let page = read_page(&other, all(1, 10)).await.unwrap();
    assert!(!page.is_last);
    let page = read_page(&other, all(3, 10)).await.unwrap();
    assert_eq!(numbers(&page), [3, 4]);
}

/// Behaviours: R4.16.
#[tokio::test(start_paused = true)]
async fn gives_no_deleted_event_to_a_subscription_that_begins_after_the_deletion() {
    let backend = Counting::new(MANY);
    backend.append("gone", 2).await;
    backend.append("kept", 2).await;
    let cache = cache(&backend);
    read_page(&cache.reader(StreamSelector::All), all(1, 10)).await.unwrap();
    let delete = Delete::new(StreamName::new("gone").unwrap(), Deletion::Hard);
    backend.store.delete(delete).await.unwrap();
    advance(Duration::from_millis(1)).await;
    let page = read_page(&cache.reader(StreamSelector::All), all(1, 10)).await.unwrap();
    assert_eq!(numbers(&page), [3, 4]);
}

#[tokio::test(start_paused = true)]
async fn keeps_what_was_read_for_a_moment_only() {
    let backend = Counting::new(MANY);
    backend.append("gone", 2).await;
    let cache = cache(&backend);
    let reader = cache.reader(StreamSelector::All);
    read_page(&reader, all(1, 10)).await.unwrap();
    let delete = Delete::new(StreamName::new("gone").unwrap(), Deletion::Hard);
    backend.store.delete(delete).await.unwrap();
    advance(Duration::from_secs(1)).await;
    let page = read_page(&reader, all(1, 10)).await.unwrap();
    assert!(page.events.is_empty(), "{page:?}");
    assert_eq!(cache.chunks(&StreamSelector::All).held(), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn keeps_no_more_than_it_may() {
    let backend = Counting::new(MANY);
    backend.append("s", 30_000).await;
    let cache = cache(&backend);
    let reader = cache.reader(StreamSelector::All);
    for from in (1..30_000).step_by(1_000) {
        read_page(&reader, all(from, 1_000)).await.unwrap();
    }
    let (events, bytes) = cache.chunks(&StreamSelector::All).held();
    assert!(events <= 20_000 && bytes == events * 100, "{events} {bytes}");
}

/// Filtered pages come out of what was read whole, or go to the backend, which need not examine everything.
#[tokio::test(start_paused = true)]
async fn answers_filtered_requests_as_the_backend_would() {
    let backend = Counting::new(MANY);
    for _ in 0..3 {
        backend.append("s", 2).await;
        backend.append("s", 1).await;
    }
    let cache = cache(&backend);
    let reader = cache.reader(StreamSelector::All);
    let rare = || {
        EventFilter::default()
            .with_event_types([EventType::new("Rare").unwrap()])
            .unwrap()
    };
    read_page(&reader, all(1, 100).with_filter(rare())).await.unwrap();
    assert_eq!(
        (backend.reads(), cache.chunks(&StreamSelector::All).held()),
        (1, (0, 0))
    );
    read_page(&reader, all(1, 100)).await.unwrap();
    advance(Duration::from_millis(1)).await;
    let page = read_page(&reader, all(1, 2).with_filter(rare())).await.unwrap();
    assert_eq!(
        (numbers(&page), page.scanned_to, page.is_last),
        (vec![3, 6], 6.into(), false)
    );
    let page = read_page(&reader, all(7, 2).with_filter(rare())).await.unwrap();
    assert_eq!((numbers(&page), page.scanned_to), (vec![9], 9.into()));
    let page = read_page(
        &reader,
        all(4, 2).with_filter(
            EventFilter::default()
                .with_event_types(Vec::<EventType>::new())
                .unwrap(),
        ),
    )
    .await
    .unwrap();
    assert_eq!((numbers(&page), page.scanned_to), (vec![], 9.into()));
    assert_eq!(backend.reads(), 2);
}

/// A reader that goes away in the middle of a read leaves the others to it.
#[tokio::test(start_paused = true)]
async fn goes_on_where_somebody_stopped_waiting() {
    let backend = Counting::new(0);
    backend.append("s", 2).await;
    let cache = cache(&backend);
    let (one, other) = (cache.reader(StreamSelector::All), cache.reader(StreamSelector::All));
    let given_up = timeout(Duration::from_millis(10), read_page(&one, all(1, 10))).await;
    assert!(given_up.is_err());
    backend.permits.add_permits(1);
    let page = read_page(&other, all(1, 10)).await.unwrap();
    assert_eq!(numbers(&page), [1, 2]);
}

fn of(stream: &str, from: u32, limit: u32) -> PageRequest {
    PageRequest::new(StreamName::new(stream).unwrap(), Direction::Forward, from.into(), limit)
}

fn readers(cache: &Arc<TailCache>, stream: &str, count: usize) -> Vec<TailReader> {
    let stream: StreamSelector = StreamName::new(stream).unwrap().into();
    (0..count).map(|_| cache.reader(stream.clone())).collect()
}

/// Behaviours: T25.
#[tokio::test(start_paused = true)]
async fn reads_a_stream_once_for_all_of_its_readers() {
    let backend = Counting::new(MANY);
    backend.append("a", 100).await;
    backend.append("b", 100).await;
    let cache = cache(&backend);
    let (of_a, of_b) = (readers(&cache, "a", 50), readers(&cache, "b", 50));
    for (name, readers) in [("a", &of_a), ("b", &of_b)] {
        let expected = backend.store.read_page(of(name, 1, 50)).await.unwrap();
        let pages = join_all(readers.iter().map(|reader| read_page(reader, of(name, 1, 50)))).await;
        for page in pages {
            assert_eq!(page.unwrap(), expected);
        }
    }
    assert_eq!(backend.reads(), 2);
}

/// Behaviours: T25.
#[tokio::test(start_paused = true)]
async fn finds_a_stream_missing_twice_at_most_for_all_that_ask_while_one_looks() {
    let backend = Counting::new(0);
    let cache = cache(&backend);
    let readers = readers(&cache, "a", 1_000);
    let reads = join_all(readers.iter().map(|reader| read_page(reader, of("a", 1, 100))));
    let release = async {
        tokio::task::yield_now().await;
        backend.permits.add_permits(2);
    };
    let (pages, ()) = tokio::join!(reads, release);
    assert!(
        pages
            .iter()
            .all(|page| matches!(page, Err(Error::StreamNotFound { .. })))
    );
    assert!(backend.reads() <= 2, "{}", backend.reads());

    // What was missing then says nothing about now.
    backend.append("a", 3).await;
    backend.permits.add_permits(1);
    assert_eq!(
        numbers(&read_page(&readers[0], of("a", 1, 100)).await.unwrap()),
        [1, 2, 3]
    );
}

#[tokio::test(start_paused = true)]
async fn keeps_nothing_for_the_only_reader_of_a_stream() {
    let backend = Counting::new(MANY);
    backend.append("a", 2).await;
    let cache = cache(&backend);
    let stream: StreamSelector = StreamName::new("a").unwrap().into();
    drop(readers(&cache, "a", 2));
    let alone = readers(&cache, "a", 1);
    let others = readers(&cache, "b", 2);
    for _ in 0..2 {
        read_page(&alone[0], of("a", 1, 10)).await.unwrap();
    }
    assert_eq!((backend.reads(), cache.chunks(&stream).held()), (2, (0, 0)));
    drop(others);
}

#[tokio::test(start_paused = true)]
async fn gives_nothing_of_a_stream_that_was_replaced_to_a_reader_that_begins_again() {
    let backend = Counting::new(MANY);
    backend.append("a", 3).await;
    let cache = cache(&backend);
    let readers = readers(&cache, "a", 2);
    read_page(&readers[0], of("a", 1, 10)).await.unwrap();
    backend
        .store
        .delete(Delete::new(StreamName::new("a").unwrap(), Deletion::Hard))
        .await
        .unwrap();
    backend.append("a", 2).await;
    readers[1].begin_again();
    let page = read_page(&readers[1], of("a", 1, 10)).await.unwrap();
    assert_eq!(page, backend.store.read_page(of("a", 1, 10)).await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn those_of_streams_push_none_of_all_out() {
    let backend = Counting::new(MANY);
    backend.append("a", 20_000).await;
    backend.append("b", 20_000).await;
    let cache = cache(&backend);
    let reader = cache.reader(StreamSelector::All);
    read_page(&reader, all(1, 100)).await.unwrap();
    for name in ["a", "b"] {
        let readers = readers(&cache, name, 2);
        read_page(&readers[0], of(name, 1, 15_000)).await.unwrap();
    }
    let (events, _) = cache.chunks(&StreamName::new("a").unwrap().into()).held();
    assert!(events <= 20_000, "{events}");
    read_page(&reader, all(1, 100)).await.unwrap();
    assert_eq!(backend.reads(), 3);
}

#[tokio::test]
async fn leaves_everything_else_to_the_backend() {
    let backend = Counting::new(MANY);
    backend.append("s", 5).await;
    let reader = cache(&backend).reader(StreamSelector::All);
    let stream = StreamName::new("s").unwrap();
    for request in [
        PageRequest::new(stream.clone(), Direction::Forward, 2.into(), 2),
        PageRequest::new(stream, Direction::Backward, 4.into(), 2),
        PageRequest::new(StreamSelector::All, Direction::Backward, 4.into(), 2),
        all(2, 0),
    ] {
        let expected = backend.store.read_page(request.clone()).await.unwrap();
        assert_eq!(read_page(&reader, request).await.unwrap(), expected);
    }
}
