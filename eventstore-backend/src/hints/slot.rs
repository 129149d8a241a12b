use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use async_trait::async_trait;
use eventstore_core::EventNumber;
use eventstore_core::backend::{Hint, Listener};
use tokio::sync::Notify;

/// What one listener has not been told yet: a single number, however many notifications come.
#[derive(Debug, Default)]
pub(super) struct Slot {
    pending: Mutex<Pending>,
    rung: Notify,
}

#[derive(Debug, Default)]
struct Pending {
    /// The highest number announced since the listener was last told one.
    number: Option<EventNumber>,
    is_unknown: bool,
    is_closed: bool,
}

impl Slot {
    pub(super) fn reach(&self, number: EventNumber) {
        self.change(|pending| pending.number = pending.number.max(Some(number)));
    }

    /// Something has happened that no number describes.
    pub(super) fn doubt(&self) {
        self.change(|pending| pending.is_unknown = true);
    }

    pub(super) fn close(&self) {
        self.change(|pending| pending.is_closed = true);
    }

    fn change(&self, change: impl FnOnce(&mut Pending)) {
        change(&mut self.lock());
        self.rung.notify_one();
    }

    /// The number is forgotten once the listener is told: nothing that comes later is compared with it.
    fn take(&self) -> Poll<Option<Hint>> {
        let mut pending = self.lock();
        if mem::take(&mut pending.is_unknown) {
            // The read that an unknown hint asks for finds what the number announced as well.
            pending.number = None;
            return Poll::Ready(Some(Hint::Unknown));
        }
        match pending.number.take() {
            Some(number) => Poll::Ready(Some(Hint::UpTo(number))),
            // What was announced before the close is told first.
            None if pending.is_closed => Poll::Ready(None),
            None => Poll::Pending,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Pending> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells one listener what its slot holds.
pub(super) struct SlotListener {
    pub(super) slot: Arc<Slot>,
    /// Whether notifications come.
    pub(super) is_connected: Arc<AtomicBool>,
}

#[async_trait]
impl Listener for SlotListener {
    async fn hint(&mut self) -> Option<Hint> {
        loop {
            if let Poll::Ready(told) = self.slot.take() {
                return told;
            }
            // `notify_one` leaves a permit, so a change between `take` and this line is not missed. If the future is
            // dropped, the hint stays in the slot.
            self.slot.rung.notified().await;
        }
    }

    fn is_connected(&self) -> bool {
        self.is_connected.load(Ordering::SeqCst)
    }
}
