use std::mem;
use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};

use eventstore_core::machine::SubscriberId;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::SubscribeError;
use crate::buffer::{BufferReceiver, BufferSender, buffer};

/// The subscribers of a running subscription (ADR 21).
#[derive(Debug, Default)]
pub(crate) struct Subscribers {
    entries: Mutex<Entries>,
    changed: Notify,
    over: CancellationToken,
}

#[derive(Debug, Default)]
struct Entries {
    given_out: u64,
    members: u32,
    joining: Vec<Joining>,
    leaving: Vec<SubscriberId>,
    is_closed: bool,
}

/// A subscriber that the subscription does not know of yet.
#[derive(Debug)]
pub(crate) struct Joining {
    pub(crate) subscriber: SubscriberId,
    pub(crate) buffer_size: NonZeroU32,
    pub(crate) buffer: BufferSender,
}

impl Subscribers {
    /// Adds the first subscriber, before the subscription runs.
    pub(crate) fn begin(&self, buffer_size: NonZeroU32) -> (SubscriberId, BufferReceiver) {
        let joined = self.entries().add(buffer_size);
        self.changed.notify_one();
        joined
    }

    /// Adds a subscriber; `None` if the subscription takes no more, because it is about to end.
    pub(crate) fn join(
        &self,
        limit: NonZeroU32,
        buffer_size: NonZeroU32,
    ) -> Result<Option<(SubscriberId, BufferReceiver)>, SubscribeError> {
        let mut entries = self.entries();
        if entries.is_closed {
            return Ok(None);
        }
        if entries.members >= limit.get() {
            return Err(SubscribeError::TooManySubscribers { limit: limit.get() });
        }
        let joined = entries.add(buffer_size);
        self.changed.notify_one();
        Ok(Some(joined))
    }

    /// Whether the subscription takes more subscribers.
    pub(crate) fn is_open(&self) -> bool {
        !self.entries().is_closed
    }

    /// Removes a subscriber; with the last one, the subscription takes no more.
    pub(crate) fn leave(&self, subscriber: SubscriberId) {
        let mut entries = self.entries();
        entries.members -= 1;
        entries.is_closed |= entries.members == 0;
        entries.leaving.push(subscriber);
        self.changed.notify_one();
    }

    /// A subscriber has taken a batch.
    pub(crate) fn has_taken(&self) {
        self.changed.notify_one();
    }

    /// Waits for a change. Dropping the future loses nothing.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// The subscribers that joined and left since the previous call; some may have done both.
    pub(crate) fn changes(&self) -> (Vec<Joining>, Vec<SubscriberId>) {
        let mut entries = self.entries();
        (mem::take(&mut entries.joining), mem::take(&mut entries.leaving))
    }

    /// Takes no more subscribers, and returns those that the subscription does not know of yet.
    pub(crate) fn close(&self) -> Vec<Joining> {
        let mut entries = self.entries();
        entries.is_closed = true;
        mem::take(&mut entries.joining)
    }

    /// The subscription is over, and has released everything.
    pub(crate) fn finish(&self) {
        self.over.cancel();
    }

    /// Waits until the subscription is over.
    pub(crate) async fn finished(&self) {
        self.over.cancelled().await;
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entries {
    fn add(&mut self, buffer_size: NonZeroU32) -> (SubscriberId, BufferReceiver) {
        let (sender, receiver) = buffer();
        self.members += 1;
        self.given_out += 1;
        let subscriber = SubscriberId::new(self.given_out);
        self.joining.push(Joining {
            subscriber,
            buffer_size,
            buffer: sender,
        });
        (subscriber, receiver)
    }
}
