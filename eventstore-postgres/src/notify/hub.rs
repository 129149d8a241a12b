use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Instant;

use eventstore_core::backend::{InProcessReceiver, Listener};
use eventstore_core::{Append, AppendReceipt, StreamSelector};

use crate::connection::{SessionContext, StorageEpoch};
use crate::notify::{Feed, Recipients, SharedListener};
use crate::values::DataType;

/// Tells the listeners of one store about notifications, which come over a connection that the stores of a database share,
/// and about what this process commits itself.
pub(crate) struct Hub {
    feed: Arc<Feed>,
    listener: Arc<SharedListener>,
    recipients: Recipients,
    /// Whether payloads are read back exactly as they were given.
    keeps_payloads: bool,
    storage_epoch: StorageEpoch,
    is_needed: AtomicBool,
}

impl Hub {
    pub(crate) fn new(context: &SessionContext, storage_epoch: StorageEpoch, listener: Arc<SharedListener>) -> Self {
        Self {
            feed: Arc::new(Feed::new(context, storage_epoch.clone())),
            listener,
            recipients: Recipients::default(),
            keeps_payloads: context.tables.data_type == DataType::Bytea,
            storage_epoch,
            is_needed: AtomicBool::new(false),
        }
    }

    pub(crate) fn listen(&self, selector: &StreamSelector) -> Box<dyn Listener> {
        let listener = self.feed.topics.listen(selector.as_str());
        if !self.feed.topics.is_closed() {
            self.is_needed.store(true, Ordering::SeqCst);
            self.listener.join(&self.feed);
        }
        listener
    }

    pub(crate) fn deliver_in_process_to(&self, recipient: Weak<dyn InProcessReceiver>) {
        self.recipients.add(recipient);
    }

    /// Tells this process what it has committed itself, in an append that began at this time: listeners need not wait for the
    /// notification (ADR 36).
    pub(crate) fn committed(&self, append: &Append, receipt: &AppendReceipt, began_at: Instant) {
        if !self.is_needed() || receipt.is_deduplicated {
            return;
        }
        let topics = &self.feed.topics;
        // Events are delivered before the listeners are told, so that a subscription that wakes up finds them and need
        // not read (ADR 36).
        if self.keeps_payloads
            && topics.is_heard(StreamSelector::All.as_str())
            && let Some(events) = append.recorded(receipt)
        {
            self.recipients.hand_over(&events, began_at);
        }
        topics.committed(append.stream().as_str(), receipt.last_version.into());
        topics.committed(StreamSelector::All.as_str(), receipt.last_position.into());
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
        self.is_needed.load(Ordering::SeqCst)
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
