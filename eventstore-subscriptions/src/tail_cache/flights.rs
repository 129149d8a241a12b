use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use eventstore_core::EventNumber;
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard};

/// Lets one read of the same events be under way at a time.
#[derive(Debug, Default)]
pub(super) struct Flights(Mutex<HashMap<EventNumber, Weak<AsyncMutex<()>>>>);

impl Flights {
    /// Waits until nobody else reads from this number on.
    pub(super) async fn take_off(&self, from: EventNumber) -> Flight {
        Flight(self.runway(from).lock_owned().await)
    }

    /// `None` if somebody reads from this number on, or waits to.
    pub(super) fn try_take_off(&self, from: EventNumber) -> Option<Flight> {
        self.runway(from).try_lock_owned().ok().map(Flight)
    }

    fn runway(&self, from: EventNumber) -> Arc<AsyncMutex<()>> {
        let mut runways = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        runways.retain(|_, runway| runway.strong_count() > 0);
        if let Some(runway) = runways.get(&from).and_then(Weak::upgrade) {
            return runway;
        }
        let runway = Arc::default();
        runways.insert(from, Arc::downgrade(&runway));
        runway
    }
}

/// A read under way, until it is dropped.
#[derive(Debug)]
pub(super) struct Flight(OwnedMutexGuard<()>);

impl Flight {
    /// Whether somebody waits for its end.
    pub(super) fn is_awaited(&self) -> bool {
        Arc::strong_count(OwnedMutexGuard::mutex(&self.0)) > 1
    }
}
