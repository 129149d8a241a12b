use std::sync::{Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

use eventstore_core::backend::{InProcessReceiver, NumberedEvent};

/// The receivers of what this process appends (ADR 36).
#[derive(Default)]
pub(super) struct Recipients(Mutex<Vec<Weak<dyn InProcessReceiver>>>);

impl Recipients {
    pub(super) fn add(&self, recipient: Weak<dyn InProcessReceiver>) {
        let mut recipients = self.lock();
        recipients.retain(|recipient| recipient.strong_count() > 0);
        recipients.push(recipient);
    }

    pub(super) fn hand_over(&self, events: &[NumberedEvent], began_at: Instant) {
        for recipient in self.lock().iter().filter_map(Weak::upgrade) {
            recipient.receive(events, began_at);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Weak<dyn InProcessReceiver>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
