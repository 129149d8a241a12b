use std::sync::{Arc, Weak};
use std::time::Instant;

use eventstore_backend::{Commits, StorageEpoch};
use eventstore_core::backend::{InProcessReceiver, Listener};
use eventstore_core::{Append, AppendReceipt, StreamSelector};

use crate::connection::SessionContext;
use crate::notify::{Feed, SharedListener};
use crate::values::DataType;

/// Tells the listeners of one store about notifications, which come over a connection that the stores of a database share,
/// and about what this process commits itself.
pub(crate) struct Hub {
    feed: Arc<Feed>,
    listener: Arc<SharedListener>,
    commits: Commits,
    storage_epoch: StorageEpoch,
}

impl Hub {
    pub(crate) fn new(context: &SessionContext, storage_epoch: StorageEpoch, listener: Arc<SharedListener>) -> Self {
        let feed = Arc::new(Feed::new(context, storage_epoch.clone()));
        // A `jsonb` is not read back as it was given (ADR 36).
        let keeps_payloads = context.tables.data_type == DataType::Bytea;
        Self {
            commits: Commits::new(Arc::clone(&feed.topics), keeps_payloads),
            feed,
            listener,
            storage_epoch,
        }
    }

    pub(crate) fn listen(&self, selector: &StreamSelector) -> Box<dyn Listener> {
        let listener = self.commits.listen(selector);
        if !self.feed.topics.is_closed() {
            self.listener.join(&self.feed);
        }
        listener
    }

    pub(crate) fn deliver_in_process_to(&self, recipient: Weak<dyn InProcessReceiver>) {
        self.commits.deliver_in_process_to(recipient);
    }

    /// Tells this process what it has committed itself, in an append that began at this time.
    pub(crate) fn committed(&self, append: &Append, receipt: &AppendReceipt, began_at: Instant) {
        self.commits.committed(append, receipt, began_at);
    }

    pub(crate) fn storage_epoch(&self) -> u64 {
        self.storage_epoch.number()
    }

    /// Gives up this store's share of the connection; its listeners hear that nothing more will come.
    pub(crate) fn close(&self) {
        self.listener.leave(&self.feed);
        self.feed.close();
    }

    /// Whether there was a listener.
    pub(crate) fn is_needed(&self) -> bool {
        self.commits.is_needed()
    }

    /// Whether notifications come, as far as is known.
    pub(crate) fn is_connected(&self) -> bool {
        self.feed.topics.is_connected()
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.close();
    }
}
