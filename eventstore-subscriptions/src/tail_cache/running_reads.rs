use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use eventstore_core::backend::PageRequest;
use eventstore_core::{EventNumber, StreamSelector};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// Lets only one read of the same events run at a time.
#[derive(Debug, Default)]
pub(super) struct RunningReads(Mutex<HashMap<Start, Weak<ReadLock>>>);

/// The stream, and the number from which it is read.
type Start = (StreamSelector, EventNumber);

/// When the last read that found no stream began, in the order of all requests and reads; 0 if none did.
type ReadLock = AsyncMutex<u64>;

impl RunningReads {
    /// Waits until no other read begins where this request does.
    pub(super) async fn take_off(&self, request: &PageRequest) -> RunningRead {
        RunningRead(self.read_lock(request).lock_owned().await)
    }

    /// `None` if another read from there is running, or waits to.
    pub(super) fn try_take_off(&self, request: &PageRequest) -> Option<RunningRead> {
        self.read_lock(request).try_lock_owned().ok().map(RunningRead)
    }

    fn read_lock(&self, request: &PageRequest) -> Arc<ReadLock> {
        let start = (request.selector.clone(), request.from);
        let mut runways = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Only running reads keep their locks alive, so the map is bounded by their number.
        runways.retain(|_, read_lock| read_lock.strong_count() > 0);
        if let Some(read_lock) = runways.get(&start).and_then(Weak::upgrade) {
            return read_lock;
        }
        let read_lock = Arc::default();
        runways.insert(start, Arc::downgrade(&read_lock));
        read_lock
    }
}

/// A running read, until it is dropped.
#[derive(Debug)]
pub(super) struct RunningRead(OwnedMutexGuard<u64>);

impl RunningRead {
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
