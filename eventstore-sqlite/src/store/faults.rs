//! Faults of a file are rare, and no one outside the process can make them. Tests of what relies on a store make them here.

use eventstore_core::{EventNumber, StreamSelector};

use crate::SqliteStore;

impl SqliteStore {
    /// Ends the watch over the file as an error does: it is begun again.
    #[doc(hidden)]
    pub fn cut_notifications(&self) {
        self.inner.hub.cut();
    }

    /// Tells the listeners of this store that a stream has reached this number, whether true or not.
    #[doc(hidden)]
    pub fn forge_hint(&self, selector: &StreamSelector, stream_id: i64, number: EventNumber) {
        self.inner.hub.forge_hint(selector, stream_id, number);
    }
}
