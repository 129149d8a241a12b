use std::num::NonZeroU64;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use eventstore_core::backend::{Page, PageRequest, SubscriptionBackend};
use eventstore_core::{Error, PartitionNumber, Result};

use super::Feed;

/// The reader of one partition: gives what was read for it, and reads nothing itself.
pub(crate) struct PartitionReader {
    feed: Arc<Feed>,
    backend: Arc<dyn SubscriptionBackend>,
    partition: PartitionNumber,
}

impl PartitionReader {
    pub(in crate::group) fn new(
        feed: Arc<Feed>,
        backend: Arc<dyn SubscriptionBackend>,
        partition: PartitionNumber,
    ) -> Self {
        Self {
            feed,
            backend,
            partition,
        }
    }

    /// Returns what waits for the partition. If that is all, the page is the last one so far: a hint says when there is more.
    pub(crate) fn read(&self, request: &PageRequest) -> Result<Page> {
        let mut queues = self.feed.queues();
        if self.feed.storage_epoch.load(Ordering::Relaxed) != self.backend.storage_epoch() {
            self.feed.changed.notify_one();
            return Err(Error::Unavailable {
                message: "the storage failed over to one with another log".to_owned(),
                source: None,
            });
        }
        let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
        let bytes = request.max_bytes.map_or(u64::MAX, NonZeroU64::get);
        let taken = queues.take(self.partition, request.from.before(1), limit, bytes);
        self.feed.changed.notify_one();
        Ok(Page {
            events: taken.events,
            scanned_to: taken.up_to,
            is_last: taken.is_last,
        })
    }
}
