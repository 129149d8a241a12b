use std::sync::Weak;

use eventstore_core::StreamSelector;
use eventstore_core::backend::{InProcessReceiver, Listener, Notifier};

use crate::SqliteStore;

impl Notifier for SqliteStore {
    fn listen(&self, selector: &StreamSelector) -> Box<dyn Listener> {
        self.inner.hub.listen(selector)
    }

    fn deliver_in_process_to(&self, recipient: Weak<dyn InProcessReceiver>) {
        self.inner.hub.deliver_in_process_to(recipient);
    }

    fn storage_epoch(&self) -> u64 {
        self.inner.hub.storage_epoch()
    }
}
