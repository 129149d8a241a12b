use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use eventstore_core::backend::{InProcessReceiver, NumberedEvent, Page, PageRequest, SubscriptionBackend};
use eventstore_core::{Direction, Error, EventNumber, Result, StreamSelector};
use tokio::time::Instant;

use super::{AppendedEvents, Chunk, Chunks, Part, Readers, RunningRead, RunningReads};

/// The pages that the subscriptions of one process share, of `$all` and of each stream that several of them read. Each range is read
/// once for all that ask for it at about the same time; a range of `$all` that this process has just appended is not read at all.
///
/// # Contract
///
/// - A page is one that the backend returned, or a part of one.
/// - Events appended in this process are served if they begin with the first requested number and have no gap, to readers
///   that were created before the append began.
/// - Whatever is served was read a moment ago at most, and never before its reader began. So it contains no event that was
///   hard-deleted before then, and nothing of a stream that another one has replaced.
/// - Whatever is served is of the current storage, not of the one before a failover.
/// - A page is called the last one, and a stream missing, only if that was read after the request.
/// - Memory is bounded, whatever is read.
pub(crate) struct TailCache {
    pub(super) backend: Arc<dyn SubscriptionBackend>,
    chunks_of_all: Mutex<Chunks>,
    chunks_of_streams: Mutex<Chunks>,
    readers: Readers,
    run: Mutex<AppendedEvents>,
    flights: RunningReads,
    /// Orders requests and reads: two times of a clock may be equal.
    last_tick: AtomicU64,
}

impl TailCache {
    pub(crate) fn new(backend: Arc<dyn SubscriptionBackend>) -> Arc<Self> {
        let cache = Arc::new(Self {
            backend,
            chunks_of_all: Mutex::default(),
            chunks_of_streams: Mutex::default(),
            readers: Readers::default(),
            run: Mutex::default(),
            flights: RunningReads::default(),
            last_tick: AtomicU64::new(0),
        });
        let recipient: Weak<dyn InProcessReceiver> = Arc::<Self>::downgrade(&cache);
        cache.backend.deliver_in_process_to(recipient);
        cache
    }

    /// Creates the reader of a subscription to this stream that begins now.
    pub(crate) fn reader(self: &Arc<Self>, selector: StreamSelector) -> TailReader {
        self.readers.join(&selector);
        TailReader {
            cache: Arc::clone(self),
            selector,
            since: Mutex::new(self.now()),
        }
    }

    fn now(&self) -> Since {
        Since {
            tick: self.tick(),
            time: Instant::now(),
        }
    }

    async fn read_forward(self: &Arc<Self>, request: PageRequest, since: u64) -> Result<Page> {
        let asked = self.tick();
        let found = self.chunks(&request.selector).find(&request, asked, since);
        if !request.filter.is_everything() {
            return match found {
                Some(page) => Ok(page),
                None => self.backend.read_page(request).await,
            };
        }
        let page = match found {
            Some(page) => page,
            None => self.read_once(&request, asked, since).await?,
        };
        self.read_ahead(&request, page.scanned_to);
        Ok(page)
    }

    /// Reads the page, unless another task is already reading it.
    async fn read_once(&self, request: &PageRequest, asked: u64, since: u64) -> Result<Page> {
        let mut flight = self.flights.take_off(request).await;
        if let Some(page) = self.chunks(&request.selector).find(request, asked, since) {
            return Ok(page);
        }
        if let (true, StreamSelector::Stream(stream)) = (flight.found_none_since(asked), &request.selector) {
            return Err(Error::StreamNotFound { stream: stream.clone() });
        }
        let began = self.tick();
        let chunk = self.read_chunk(request.clone()).await.inspect_err(|error| {
            if let Error::StreamNotFound { .. } = error {
                flight.found_none(began);
            }
        })?;
        let page = chunk.page().clone();
        self.chunks(&request.selector).add(chunk);
        Ok(page)
    }

    /// Reads the page after this number if a consumer is about to ask for it, and keeps reading while a consumer waits for what is
    /// being read (ADR 39).
    fn read_ahead(self: &Arc<Self>, request: &PageRequest, scanned_to: EventNumber) {
        let mut ahead = self.take_off_ahead(request, scanned_to);
        if ahead.is_none() {
            return;
        }
        let cache = Arc::clone(self);
        tokio::spawn(async move {
            while let Some((request, flight)) = ahead.take() {
                // A consumer that asks for the failed page gets the error.
                let Ok(chunk) = cache.read_chunk(request.clone()).await else {
                    return;
                };
                let scanned_to = chunk.page().scanned_to;
                // The page is added before the flight is dropped, so that a reader that waits for the flight finds it.
                cache.chunks(&request.selector).add(chunk);
                if flight.is_awaited() {
                    ahead = cache.take_off_ahead(&request, scanned_to);
                }
            }
        });
    }

    fn take_off_ahead(&self, request: &PageRequest, scanned_to: EventNumber) -> Option<(PageRequest, RunningRead)> {
        let next = self.chunks(&request.selector).next_of(request, scanned_to)?;
        let flight = self.flights.try_take_off(&next)?;
        Some((next, flight))
    }

    async fn read_chunk(&self, request: PageRequest) -> Result<Chunk> {
        let (began, began_at) = (self.tick(), Instant::now());
        let page = self.backend.read_page(request.clone()).await?;
        Ok(Chunk::new(request, page, began, began_at))
    }

    fn tick(&self) -> u64 {
        self.last_tick.fetch_add(1, Ordering::SeqCst) + 1
    }

    fn run(&self) -> MutexGuard<'_, AppendedEvents> {
        let mut run = self.run.lock().unwrap_or_else(PoisonError::into_inner);
        run.renew(self.backend.storage_epoch());
        run
    }

    /// Pages of single streams push out none of `$all`.
    pub(super) fn chunks(&self, selector: &StreamSelector) -> MutexGuard<'_, Chunks> {
        let chunks = match selector {
            StreamSelector::All => &self.chunks_of_all,
            StreamSelector::Stream(_) => &self.chunks_of_streams,
        };
        let mut chunks = chunks.lock().unwrap_or_else(PoisonError::into_inner);
        chunks.renew(self.backend.storage_epoch());
        chunks
    }
}

impl InProcessReceiver for TailCache {
    fn receive(&self, events: &[NumberedEvent], began_at: std::time::Instant) {
        self.run().add(events, began_at.into());
    }
}

/// The outcome of a request.
#[derive(Debug)]
pub(crate) enum TailRead {
    Page(Page),
    HandedOver(Part),
}

impl TailRead {
    pub(crate) fn events(&self) -> &[NumberedEvent] {
        match self {
            Self::Page(page) => &page.events,
            Self::HandedOver(part) => &part.events,
        }
    }
}

/// The reader of one subscription: takes forward pages that others read too from the cache, everything else from the backend.
pub(crate) struct TailReader {
    cache: Arc<TailCache>,
    selector: StreamSelector,
    since: Mutex<Since>,
}

/// The time before which nothing that is served was read or appended.
#[derive(Debug, Clone, Copy)]
struct Since {
    tick: u64,
    time: Instant,
}

impl TailReader {
    /// From now on, nothing that was read before is served: there may be another stream of the name.
    pub(crate) fn begin_again(&self) {
        *self.since.lock().unwrap_or_else(PoisonError::into_inner) = self.cache.now();
    }

    pub(crate) async fn read(&self, request: PageRequest) -> Result<TailRead> {
        let is_shared = request.selector == self.selector && self.is_shared();
        if !is_shared || request.direction != Direction::Forward || request.limit == 0 {
            return self.cache.backend.read_page(request).await.map(TailRead::Page);
        }
        let from = request.from.max(EventNumber::FIRST);
        let request = PageRequest { from, ..request };
        let since = *self.since.lock().unwrap_or_else(PoisonError::into_inner);
        if self.selector == StreamSelector::All
            && let Some(part) = self.cache.run().answer(&request, since.time)
        {
            return Ok(TailRead::HandedOver(part));
        }
        self.cache.read_forward(request, since.tick).await.map(TailRead::Page)
    }

    fn is_shared(&self) -> bool {
        self.selector == StreamSelector::All || self.cache.readers.are_several(&self.selector)
    }
}

impl Drop for TailReader {
    fn drop(&mut self) {
        self.cache.readers.leave(&self.selector);
    }
}
