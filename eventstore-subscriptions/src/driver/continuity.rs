use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use eventstore_core::backend::{NumberedEvent, PageRequest, SubscriptionBackend};
use eventstore_core::{Direction, Error, EventId, EventNumber, Result, StreamSelector};

use crate::SubscriptionEnded;

/// Checks after a failover that the log still holds what a subscription has seen of it (ADR 38).
pub(crate) struct Continuity {
    backend: Arc<dyn SubscriptionBackend>,
    selector: StreamSelector,
    state: Mutex<State>,
}

#[derive(Clone, Copy)]
struct State {
    /// The epoch of the storage that holds what was seen.
    storage_epoch: u64,
    seen: Seen,
}

/// What was last seen of the log.
#[derive(Clone, Copy)]
struct Seen {
    number: EventNumber,
    /// `None` if it is only known that the stream has reached the number.
    id: Option<EventId>,
}

impl Continuity {
    pub(crate) fn new(backend: Arc<dyn SubscriptionBackend>, selector: StreamSelector) -> Self {
        let seen = Seen {
            number: EventNumber::ZERO,
            id: None,
        };
        let storage_epoch = backend.storage_epoch();
        Self {
            backend,
            selector,
            state: Mutex::new(State { storage_epoch, seen }),
        }
    }

    /// Remembers the last of the events that were read.
    pub(crate) fn saw(&self, events: &[NumberedEvent]) {
        if let Some(last) = events.last() {
            self.state().seen = Seen {
                number: last.number,
                id: Some(last.event_id),
            };
        }
    }

    /// Remembers that the stream has reached a number.
    pub(super) fn saw_end(&self, number: EventNumber) {
        self.state().seen = Seen { number, id: None };
    }

    /// Checks that what was seen is still there, if there may have been a failover since. If it is, everything read before this check
    /// is of the same log.
    pub(crate) async fn check(&self) -> Result<Result<(), SubscriptionEnded>> {
        // The number is taken before the stream is examined: if another failover follows during that, the next check
        // finds it.
        let now = self.backend.storage_epoch();
        let State { storage_epoch, seen } = *self.state();
        if storage_epoch == now {
            return Ok(Ok(()));
        }
        if !self.is_there(seen).await? {
            return Ok(Err(SubscriptionEnded::RolledBack { number: seen.number }));
        }
        self.state().storage_epoch = now;
        Ok(Ok(()))
    }

    async fn is_there(&self, seen: Seen) -> Result<bool> {
        let found = self.find(seen).await;
        match found {
            // A deleted stream ends the subscription by itself.
            Err(Error::StreamDeleted { .. }) => Ok(true),
            Err(Error::StreamNotFound { .. }) => Ok(seen.number == EventNumber::ZERO),
            found => found,
        }
    }

    async fn find(&self, seen: Seen) -> Result<bool> {
        let end = self.backend.stream_info(&self.selector).await?.version;
        if EventNumber::from(end) < seen.number {
            return Ok(false);
        }
        let Some(id) = seen.id else { return Ok(true) };
        let request = PageRequest::new(self.selector.clone(), Direction::Forward, seen.number, 1);
        let page = self.backend.read_page(request).await?;
        let mut events = page.events.iter();
        // A gap at this number means that the event was hard-deleted.
        let same_number = events.find(|event| event.number == seen.number);
        Ok(same_number.is_none_or(|event| event.event_id == id))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
