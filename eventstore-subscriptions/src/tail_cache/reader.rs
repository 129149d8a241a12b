use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use eventstore_core::{
    Direction, EventNumber, Page, PageRequest, Recipient, RecordedEvent, Result, StreamSelector, SubscriptionBackend,
};
use tokio::time::Instant;

use super::{Chunk, Chunks, Flight, Flights, Part, Run};

/// The pages of `$all` that the subscriptions of one process share: each range is read once for all that ask for it at
/// about the same time, and not at all if this process has just appended it.
///
/// # Contract
///
/// - A page is one that the backend gave, or a part of one.
/// - What was appended here is handed out if it begins with the first number that is asked for and has no gap, to readers
///   that were made before the append began.
/// - What is handed out was read a moment ago at most, and never before its reader was made: whatever was deleted for good
///   before is not on it.
/// - What is handed out is of the storage as it is, not of one that it was exchanged for.
/// - A page is called the last one only if it was read after it was asked for.
/// - Memory is bounded, whatever is read.
pub(crate) struct TailCache {
    pub(super) backend: Arc<dyn SubscriptionBackend>,
    chunks: Mutex<Chunks>,
    run: Mutex<Run>,
    flights: Flights,
    /// Orders what is asked and read; the times of a clock may be the same.
    last_tick: AtomicU64,
}

impl TailCache {
    pub(crate) fn new(backend: Arc<dyn SubscriptionBackend>) -> Arc<Self> {
        let cache = Arc::new(Self {
            backend,
            chunks: Mutex::default(),
            run: Mutex::default(),
            flights: Flights::default(),
            last_tick: AtomicU64::new(0),
        });
        let recipient: Weak<dyn Recipient> = Arc::<Self>::downgrade(&cache);
        cache.backend.hand_over_to(recipient);
        cache
    }

    /// The reader of a subscription that begins now.
    pub(crate) fn reader(self: &Arc<Self>) -> TailReader {
        TailReader {
            cache: Arc::clone(self),
            since: self.tick(),
            since_time: Instant::now(),
        }
    }

    async fn read_forward(self: &Arc<Self>, request: PageRequest, since: u64) -> Result<Page> {
        let asked = self.tick();
        let found = self.chunks().find(&request, asked, since);
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

    /// Reads the page, unless somebody else does.
    async fn read_once(&self, request: &PageRequest, asked: u64, since: u64) -> Result<Page> {
        let _flight = self.flights.take_off(request.from).await;
        if let Some(page) = self.chunks().find(request, asked, since) {
            return Ok(page);
        }
        let chunk = self.read_chunk(request.clone()).await?;
        let page = chunk.page().clone();
        self.chunks().add(chunk);
        Ok(page)
    }

    /// Reads the page after this number, if somebody is about to ask for it, and on for as long as somebody waits for what is
    /// being read.
    fn read_ahead(self: &Arc<Self>, request: &PageRequest, scanned_to: EventNumber) {
        let mut ahead = self.take_off_ahead(request, scanned_to);
        if ahead.is_none() {
            return;
        }
        let cache = Arc::clone(self);
        tokio::spawn(async move {
            while let Some((request, flight)) = ahead.take() {
                // Whoever asks for what could not be read finds out.
                let Ok(chunk) = cache.read_chunk(request.clone()).await else {
                    return;
                };
                let scanned_to = chunk.page().scanned_to;
                cache.chunks().add(chunk);
                if flight.is_awaited() {
                    ahead = cache.take_off_ahead(&request, scanned_to);
                }
            }
        });
    }

    fn take_off_ahead(&self, request: &PageRequest, scanned_to: EventNumber) -> Option<(PageRequest, Flight)> {
        let next = self.chunks().next_of(request, scanned_to)?;
        let flight = self.flights.try_take_off(next.from)?;
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

    fn run(&self) -> MutexGuard<'_, Run> {
        let mut run = self.run.lock().unwrap_or_else(PoisonError::into_inner);
        run.renew(self.backend.incarnation());
        run
    }

    pub(super) fn chunks(&self) -> MutexGuard<'_, Chunks> {
        let mut chunks = self.chunks.lock().unwrap_or_else(PoisonError::into_inner);
        chunks.renew(self.backend.incarnation());
        chunks
    }
}

impl Recipient for TailCache {
    fn take(&self, events: &[RecordedEvent], began_at: std::time::Instant) {
        self.run().add(events, began_at.into());
    }
}

/// What came of a request.
#[derive(Debug)]
pub(crate) enum TailRead {
    Page(Page),
    HandedOver(Part),
}

impl TailRead {
    pub(crate) fn events(&self) -> &[RecordedEvent] {
        match self {
            Self::Page(page) => &page.events,
            Self::HandedOver(part) => &part.events,
        }
    }
}

/// What one subscription reads by: forward pages of `$all` through the cache, everything else from the backend.
#[derive(Clone)]
pub(crate) struct TailReader {
    cache: Arc<TailCache>,
    since: u64,
    since_time: Instant,
}

impl TailReader {
    pub(crate) async fn read(&self, request: PageRequest) -> Result<TailRead> {
        if (&request.selector, request.direction) != (&StreamSelector::All, Direction::Forward) || request.limit == 0 {
            return self.cache.backend.read_page(request).await.map(TailRead::Page);
        }
        let from = request.from.max(EventNumber::FIRST);
        let request = PageRequest { from, ..request };
        if let Some(part) = self.cache.run().answer(&request, self.since_time) {
            return Ok(TailRead::HandedOver(part));
        }
        self.cache.read_forward(request, self.since).await.map(TailRead::Page)
    }
}
