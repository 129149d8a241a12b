use std::num::{NonZeroU32, NonZeroU64};
use std::time::Duration;

use crate::PageRequest;

/// How a subscription reads, delivers and stores checkpoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionSettings {
    /// At most this many events are with the subscriber, delivered and not acknowledged; default 100. Each subscriber of a
    /// subscription has a size of its own.
    pub buffer_size: NonZeroU32,
    /// No further event is given to a subscriber that has payloads of this many bytes; default 8 MiB.
    pub buffer_bytes: NonZeroU64,
    /// At most this many subscribers of one process share the subscription; default 1.
    ///
    /// With one subscriber, events without a partition are delivered in their order; with several, each may go to another one.
    pub concurrency_limit: NonZeroU32,
    /// At most this many events wait in memory for the subscribers; also the size of a read; default 1,000.
    pub max_size: NonZeroU32,
    /// At most this many bytes of payloads wait in memory for the subscribers, or a single larger event; also the size of a read,
    /// where that of the storage's pages is not less; default 8 MiB.
    pub max_bytes: NonZeroU64,
    /// A checkpoint is stored when this many events have been acknowledged since the last one; default 1.
    ///
    /// One store runs at a time, so that a fast subscriber costs fewer writes than this number says.
    pub checkpoint_threshold: NonZeroU64,
    /// A checkpoint is also stored when nothing was acknowledged for this long; default none.
    pub checkpoint_after: Option<Duration>,
    /// How long a subscription that ends waits for its last checkpoint to be stored, and one that meets a damaged event for the
    /// acknowledgement of the events before it; default 10 s.
    pub stop_timeout: Duration,
    /// How long to wait before something that failed is tried again; default 1 s.
    pub retry_interval: Duration,
    /// How often to poll for new events without any hint; default 1 h, since a notifier polls by itself, for all subscriptions at
    /// once, and more often while it hears of nothing.
    pub poll_interval: Duration,
}

impl Default for SubscriptionSettings {
    fn default() -> Self {
        Self {
            buffer_size: const { NonZeroU32::new(100).unwrap() },
            buffer_bytes: PageRequest::DEFAULT_MAX_BYTES,
            concurrency_limit: NonZeroU32::MIN,
            max_size: const { NonZeroU32::new(1_000).unwrap() },
            max_bytes: PageRequest::DEFAULT_MAX_BYTES,
            checkpoint_threshold: NonZeroU64::MIN,
            checkpoint_after: None,
            stop_timeout: Duration::from_secs(10),
            retry_interval: Duration::from_secs(1),
            poll_interval: Duration::from_hours(1),
        }
    }
}
