use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use eventstore_core::{EventNumber, PageRequest, StreamSelector};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// Lets only one read of the same events run at a time.
#[derive(Debug, Default)]
pub(super) struct Flights(Mutex<HashMap<Start, Weak<Runway>>>);

/// The stream, and the number from which it is read.
type Start = (StreamSelector, EventNumber);

/// When the last read that found no stream began, in the order of all requests and reads; 0 if none did.
type Runway = AsyncMutex<u64>;

impl Flights {
    /// Waits until no other read begins where this request does.
    pub(super) async fn take_off(&self, request: &PageRequest) -> Flight {
        Flight(self.runway(request).lock_owned().await)
    }

    /// `None` if another read from there is running, or waits to.
    pub(super) fn try_take_off(&self, request: &PageRequest) -> Option<Flight> {
        self.runway(request).try_lock_owned().ok().map(Flight)
    }

    fn runway(&self, request: &PageRequest) -> Arc<Runway> {
        let start = (request.selector.clone(), request.from);
        let mut runways = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        runways.retain(|_, runway| runway.strong_count() > 0);
        if let Some(runway) = runways.get(&start).and_then(Weak::upgrade) {
            return runway;
        }
        let runway = Arc::default();
        runways.insert(start, Arc::downgrade(&runway));
        runway
    }
}

/// A running read, until it is dropped.
#[derive(Debug)]
pub(super) struct Flight(OwnedMutexGuard<u64>);

impl Flight {
    /// Whether another reader waits for its end.
    pub(super) fn is_awaited(&self) -> bool {
        Arc::strong_count(OwnedMutexGuard::mutex(&self.0)) > 1
    }

    /// Whether a read that began after this request found no stream.
    pub(super) fn found_none_since(&self, asked: u64) -> bool {
        *self.0 > asked
    }

    /// The read that began at this time found no stream.
    pub(super) fn found_none(&mut self, began: u64) {
        *self.0 = began;
    }
}
