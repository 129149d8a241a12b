use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use eventstore_core::{
    Direction, EventNumber, EventReader, Page, PageRequest, Result, StreamSelector, SubscriptionBackend, Timestamp,
};
use tokio::time::Instant;

use super::{Chunk, Chunks, Flights};

/// The pages of `$all` that the subscriptions of one process share: each range is read once for all that ask for it at
/// about the same time.
///
/// # Contract
///
/// - A page is one that the backend gave, or a part of one.
/// - What is handed out was read a moment ago at most, and never before its reader was made: whatever was deleted for good
///   before is not on it.
/// - A page is called the last one only if it was read after it was asked for.
/// - Memory is bounded, whatever is read.
pub(crate) struct TailCache {
    backend: Arc<dyn SubscriptionBackend>,
    chunks: Mutex<Chunks>,
    flights: Flights,
    /// Orders what is asked and read; the times of a clock may be the same.
    last_tick: AtomicU64,
}

impl TailCache {
    pub(crate) fn new(backend: Arc<dyn SubscriptionBackend>) -> Arc<Self> {
        Arc::new(Self {
            backend,
            chunks: Mutex::default(),
            flights: Flights::default(),
            last_tick: AtomicU64::new(0),
        })
    }

    /// The reader of a subscription that begins now.
    pub(crate) fn reader(self: &Arc<Self>) -> TailReader {
        TailReader {
            cache: Arc::clone(self),
            since: self.tick(),
        }
    }

    async fn read_forward(&self, request: PageRequest, since: u64) -> Result<Page> {
        let asked = self.tick();
        if let Some(page) = self.chunks().find(&request, asked, since) {
            return Ok(page);
        }
        if !request.filter.is_everything() {
            return self.backend.read_page(request).await;
        }
        let _flight = self.flights.take_off(request.from).await;
        if let Some(page) = self.chunks().find(&request, asked, since) {
            return Ok(page);
        }
        let (began, began_at) = (self.tick(), Instant::now());
        let page = self.backend.read_page(request.clone()).await?;
        self.chunks().add(Chunk::new(request, page.clone(), began, began_at));
        Ok(page)
    }

    fn tick(&self) -> u64 {
        self.last_tick.fetch_add(1, Ordering::SeqCst) + 1
    }

    pub(super) fn chunks(&self) -> MutexGuard<'_, Chunks> {
        self.chunks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one subscription reads by: forward pages of `$all` through the cache, everything else from the backend.
#[derive(Clone)]
pub(crate) struct TailReader {
    cache: Arc<TailCache>,
    since: u64,
}

#[async_trait]
impl EventReader for TailReader {
    async fn read_page(&self, request: PageRequest) -> Result<Page> {
        match (&request.selector, request.direction) {
            (StreamSelector::All, Direction::Forward) if request.limit > 0 => {
                let from = request.from.max(EventNumber::FIRST);
                self.cache
                    .read_forward(PageRequest { from, ..request }, self.since)
                    .await
            }
            _ => self.cache.backend.read_page(request).await,
        }
    }

    async fn number_at(&self, selector: &StreamSelector, at: Timestamp) -> Result<EventNumber> {
        self.cache.backend.number_at(selector, at).await
    }
}
