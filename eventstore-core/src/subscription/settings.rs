use std::num::{NonZeroU32, NonZeroU64};
use std::time::Duration;

use crate::backend::PageRequest;

/// How a subscription reads, delivers and stores checkpoints.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubscriptionSettings {
    /// The maximum number of events in flight with a subscriber (delivered but not acknowledged); default 100.
    ///
    /// Each subscriber of a subscription has a size of its own.
    pub buffer_size: NonZeroU32,
    /// A subscriber whose events in flight have this many payload bytes is given no further event; default 8 MiB.
    pub buffer_bytes: NonZeroU64,
    /// The maximum number of subscribers in one process that share the subscription; default 1.
    ///
    /// With a limit of 1, events without a partition are delivered in order. With a higher limit, each may go to a different subscriber.
    pub concurrency_limit: NonZeroU32,
    /// The maximum number of events that wait in memory for the subscribers; it also limits one read; default 1,000.
    pub max_size: NonZeroU32,
    /// The maximum number of payload bytes that wait in memory for the subscribers, or a single larger event; default 8 MiB.
    ///
    /// It also limits one read, unless the storage's own page limit is lower.
    pub max_bytes: NonZeroU64,
    /// A checkpoint is stored when this many events have been acknowledged since the last one; default 1.
    ///
    /// Only one store runs at a time, so a fast subscriber causes fewer writes than this number suggests.
    pub checkpoint_threshold: NonZeroU64,
    /// A checkpoint is also stored when nothing was acknowledged for this long; default none.
    pub checkpoint_after: Option<Duration>,
    /// The maximum wait of an ending subscription for its last checkpoint to be stored; default 10 s.
    ///
    /// A subscription that reads a damaged event waits as long for the acknowledgement of the events before it.
    pub stop_timeout: Duration,
    /// The wait before a failed operation is retried; default 1 s.
    pub retry_interval: Duration,
    /// The safety poll interval: how often to poll for new events when there is no hint; default 1 h.
    ///
    /// The notifier itself polls, for all subscriptions at once, and more often while it receives no notifications.
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
