use std::sync::{Arc, Weak};

use eventstore_core::EventNumber;

use crate::hints::Slot;

/// A stream that has listeners: what is known about it, and the listeners.
///
/// A notification is a hint: anyone who may connect can send one, and it may be about a log that was rolled back. Only what was
/// committed here or found by a poll is known, and replaces what was known before, even if it is less (ADR 42).
#[derive(Debug, Default)]
pub(super) struct Topic {
    /// The stream that was last heard of: a stream that was re-created under the same name has another id.
    stream_id: Option<i64>,
    /// The highest number that is known to exist: hints up to it are no news.
    known: EventNumber,
    /// Whether the stream was deleted when it was last polled.
    is_deleted: bool,
    slots: Vec<Weak<Slot>>,
}

impl Topic {
    pub(super) fn listen(&mut self) -> Arc<Slot> {
        let slot = Arc::<Slot>::default();
        self.slots.push(Arc::downgrade(&slot));
        slot
    }

    /// Whether there is a listener; forgets those that are gone.
    pub(super) fn is_heard(&mut self) -> bool {
        self.slots.retain(|slot| slot.strong_count() > 0);
        !self.slots.is_empty()
    }

    pub(super) fn known(&self) -> (Option<i64>, EventNumber) {
        (self.stream_id, self.known)
    }

    /// This process has committed events up to this number.
    pub(super) fn committed(&mut self, number: EventNumber) {
        if number > self.known {
            self.known = number;
            self.tell(|slot| slot.reach(number));
        }
    }

    /// A notification came: of new events up to a number, or of another change.
    pub(super) fn notified(&mut self, stream_id: i64, last: Option<EventNumber>) {
        self.is_now(stream_id);
        match last {
            // `known` stays as it is: a forged number would otherwise hide all real ones below it (ADR 42).
            Some(number) if number > self.known => self.tell(|slot| slot.reach(number)),
            Some(_) => {}
            None => self.doubt(),
        }
    }

    /// A poll found the stream in this state.
    pub(super) fn found(&mut self, stream_id: i64, number: EventNumber, is_deleted: bool) {
        self.is_now(stream_id);
        if number != self.known {
            self.known = number;
            self.tell(|slot| slot.reach(number));
        }
        if is_deleted && !self.is_deleted {
            self.doubt();
        }
        self.is_deleted = is_deleted;
    }

    /// What is known may be about another log.
    pub(super) fn forget(&mut self) {
        self.known = EventNumber::ZERO;
        self.doubt();
    }

    pub(super) fn doubt(&self) {
        self.tell(Slot::doubt);
    }

    pub(super) fn tell(&self, tell: impl Fn(&Slot)) {
        for slot in self.slots.iter().filter_map(Weak::upgrade) {
            tell(&slot);
        }
    }

    /// The numbers of another stream of the same name start over.
    fn is_now(&mut self, stream_id: i64) {
        let before = self.stream_id.replace(stream_id);
        if before.is_some_and(|before| before != stream_id) {
            self.forget();
        }
    }
}
