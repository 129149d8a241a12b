use std::sync::{Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

use eventstore_core::{Recipient, RecordedEvent};

/// The recipients of what this process appends (ADR 36).
#[derive(Default)]
pub(super) struct Recipients(Mutex<Vec<Weak<dyn Recipient>>>);

impl Recipients {
    pub(super) fn add(&self, recipient: Weak<dyn Recipient>) {
        let mut recipients = self.lock();
        recipients.retain(|recipient| recipient.strong_count() > 0);
        recipients.push(recipient);
    }

    pub(super) fn hand_over(&self, events: &[RecordedEvent], began_at: Instant) {
        for recipient in self.lock().iter().filter_map(Weak::upgrade) {
            recipient.take(events, began_at);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Weak<dyn Recipient>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
