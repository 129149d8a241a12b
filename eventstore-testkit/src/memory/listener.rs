use std::mem;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use async_trait::async_trait;
use eventstore_core::backend::{Hint, Listener};
use eventstore_core::{EventNumber, StreamSelector};
use tokio::sync::Notify;

/// What one listener has not been told yet: one slot, however many events come.
#[derive(Debug)]
pub(super) struct Mark {
    selector: StreamSelector,
    slot: Mutex<Slot>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Slot {
    up_to: Option<EventNumber>,
    unknown: bool,
    closed: bool,
}

impl Mark {
    pub(super) fn new(selector: StreamSelector) -> Self {
        Self {
            selector,
            slot: Mutex::default(),
            changed: Notify::new(),
        }
    }

    pub(super) fn selector(&self) -> &StreamSelector {
        &self.selector
    }

    pub(super) fn reached(&self, number: EventNumber) {
        self.change(|slot| slot.up_to = slot.up_to.max(Some(number)));
    }

    pub(super) fn lost_track(&self) {
        self.change(|slot| slot.unknown = true);
    }

    pub(super) fn close(&self) {
        self.change(|slot| slot.closed = true);
    }

    fn change(&self, change: impl FnOnce(&mut Slot)) {
        change(&mut self.slot.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_one();
    }

    fn take(&self) -> Poll<Option<Hint>> {
        let mut slot = self.slot.lock().unwrap_or_else(PoisonError::into_inner);
        if mem::take(&mut slot.unknown) {
            slot.up_to = None;
            return Poll::Ready(Some(Hint::Unknown));
        }
        match slot.up_to.take() {
            Some(number) => Poll::Ready(Some(Hint::UpTo(number))),
            None if slot.closed => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

pub(super) struct MemoryListener(pub(super) Arc<Mark>);

#[async_trait]
impl Listener for MemoryListener {
    async fn hint(&mut self) -> Option<Hint> {
        loop {
            if let Poll::Ready(told) = self.0.take() {
                return told;
            }
            self.0.changed.notified().await;
        }
    }
}
