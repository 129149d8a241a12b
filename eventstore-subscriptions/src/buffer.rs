use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use eventstore_core::EventNumber;
use eventstore_core::backend::LeaseToken;
use eventstore_core::machine::DeliveredEvent;
use futures_util::task::AtomicWaker;

use crate::SubscriptionEnded;

/// The subscription's end of a subscriber's buffer. Dropping it before `end` tells the subscriber that nothing ended it.
///
/// Events in the buffer can be taken back until the subscriber takes them. There are never more of them than the subscriber's
/// buffer size, because all of them count as in flight with the subscriber.
#[derive(Debug)]
pub(crate) struct BufferSender(Arc<Shared>);

/// The subscriber's end of its buffer.
#[derive(Debug)]
pub(crate) struct BufferReceiver(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    contents: Mutex<Contents>,
    waker: AtomicWaker,
}

/// The lease that a subscription holds, and the checkpoint that was stored when it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tenure {
    pub(crate) lease: LeaseToken,
    pub(crate) begins_after: EventNumber,
}

/// Events taken at once: all of them were delivered under one lease.
#[derive(Debug)]
pub(crate) struct Batch<T> {
    pub(crate) events: Vec<T>,
    /// `None` for a transient subscription.
    pub(crate) tenure: Option<Tenure>,
}

#[derive(Debug, Default)]
struct Contents {
    events: Vec<DeliveredEvent>,
    /// The lease under which the events were delivered: when it ends, they are taken back.
    tenure: Option<Tenure>,
    /// The last event of the batch that was last taken.
    taken: Option<EventNumber>,
    /// The highest number that was ever taken.
    highest_taken: Option<EventNumber>,
    end: Option<SubscriptionEnded>,
    is_closed: bool,
}

pub(crate) fn buffer() -> (BufferSender, BufferReceiver) {
    let shared = Arc::<Shared>::default();
    (BufferSender(Arc::clone(&shared)), BufferReceiver(shared))
}

impl BufferSender {
    pub(crate) fn put(&self, events: Vec<DeliveredEvent>, tenure: Option<Tenure>) {
        self.0.change(|contents| {
            contents.events.extend(events);
            contents.tenure = tenure;
        });
    }

    /// Takes back the events that the subscriber has not taken yet.
    pub(crate) fn empty(&self) {
        self.0.contents().events.clear();
    }

    /// Takes back this event and all events delivered after it: if the subscriber has taken the event, whatever is in the buffer was
    /// delivered after it.
    pub(crate) fn take_back_from(&self, number: EventNumber) {
        let mut contents = self.0.contents();
        let kept = contents.events.iter().position(|event| event.event.number == number);
        contents.events.truncate(kept.unwrap_or(0));
    }

    /// Whether the subscriber has ever taken this event, or a later one.
    pub(crate) fn has_taken(&self, number: EventNumber) -> bool {
        self.0.contents().highest_taken >= Some(number)
    }

    /// Nothing more will come; events still in the buffer no longer count.
    pub(crate) fn end(self, reason: Option<SubscriptionEnded>) {
        self.close(reason);
    }

    /// The last event taken since the previous call.
    pub(crate) fn taken(&self) -> Option<EventNumber> {
        self.0.contents().taken.take()
    }

    /// Only the first end counts.
    fn close(&self, reason: Option<SubscriptionEnded>) {
        self.0.change(|contents| {
            if !mem::replace(&mut contents.is_closed, true) {
                contents.events.clear();
                contents.end = reason;
            }
        });
    }
}

impl Drop for BufferSender {
    fn drop(&mut self) {
        self.close(Some(SubscriptionEnded::RuntimeEnded));
    }
}

impl BufferReceiver {
    /// Takes all events in the buffer; `None` after the end.
    pub(crate) fn poll_take(
        &mut self,
        context: &Context<'_>,
    ) -> Poll<Option<Result<Batch<DeliveredEvent>, SubscriptionEnded>>> {
        self.0.waker.register(context.waker());
        let mut contents = self.0.contents();
        if let Some(last) = contents.events.last() {
            let last = last.event.number;
            contents.taken = Some(last);
            contents.highest_taken = contents.highest_taken.max(Some(last));
            return Poll::Ready(Some(Ok(Batch {
                events: mem::take(&mut contents.events),
                tenure: contents.tenure,
            })));
        }
        match contents.end.take() {
            Some(end) => Poll::Ready(Some(Err(end))),
            None if contents.is_closed => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

impl Shared {
    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Contents)) {
        change(&mut self.contents());
        self.waker.wake();
    }
}
