use std::num::NonZeroU32;
use std::time::Duration;

use crate::EventNumber;
use crate::backend::{CheckpointOutcome, Hint, ParkOutcome, ParkedBacklog};
use crate::machine::{PartitionedEvent, SubscriberId};

/// What happens to a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A subscriber joined and wants events.
    Joined {
        /// The subscriber, which is new.
        subscriber: SubscriberId,
        /// The maximum number of events in flight with the subscriber.
        buffer_size: NonZeroU32,
    },
    /// A subscriber left; events that it has not acknowledged go to others.
    Left {
        /// The subscriber.
        subscriber: SubscriberId,
    },
    /// The lease is held; everything up to the checkpoint has been acknowledged before.
    Acquired {
        /// The stored checkpoint, read after the lease was acquired.
        checkpoint: EventNumber,
        /// What is parked, read after the lease was acquired.
        parked: ParkedBacklog,
    },
    /// Another process holds the lease, or the lease could not be requested.
    AcquireFailed,
    /// The lease is no longer held.
    LeaseLost,
    /// The requested page was read.
    PageRead {
        /// The requested number.
        after: EventNumber,
        /// The events after that number that are to be delivered, ordered by number.
        events: Vec<PartitionedEvent>,
        /// The scan window's end: anything else up to this number is not for the subscribers.
        ///
        /// For a last page, this is where the stream ends, which is before `after` if the subscription is beyond the end.
        scanned_to: EventNumber,
        /// Whether no more events existed.
        is_last: bool,
    },
    /// The requested page was not read, because its first events came from the process that appended them (in-process delivery).
    HandedOver {
        /// The requested number.
        after: EventNumber,
        /// The events after that number that are to be delivered, ordered by number.
        events: Vec<PartitionedEvent>,
        /// Anything else up to this number is not for the subscribers; what follows is known from hints alone.
        up_to: EventNumber,
    },
    /// The page was not read: the stream does not exist yet.
    StreamMissing,
    /// The page was not read: the stream has been deleted.
    StreamDeleted,
    /// The page could not be read, but may be readable later.
    ReadFailed,
    /// The page cannot be read, now or later: something on it is damaged.
    PageDamaged,
    /// There may be new events.
    Hinted(Hint),
    /// Whether hints arrive at once from now on, or only when the backend polls; at first they arrive at once.
    Notified(bool),
    /// A subscriber has handled this event and all events that were delivered to it before.
    Acknowledged {
        /// The subscriber.
        subscriber: SubscriberId,
        /// The event's number.
        number: EventNumber,
    },
    /// A subscriber cannot handle this event.
    Refused {
        /// The subscriber.
        subscriber: SubscriberId,
        /// The event's number.
        number: EventNumber,
        /// What is to happen to the event.
        instead: Refusal,
    },
    /// The storage answered the request to store a checkpoint.
    CheckpointStored {
        /// The number that was to be stored.
        number: EventNumber,
        /// What happened to it.
        outcome: CheckpointOutcome,
    },
    /// The requested checkpoint did not reach the storage, but may later.
    CheckpointFailed {
        /// The number that was to be stored.
        number: EventNumber,
    },
    /// The storage answered the request to park events.
    Parked(ParkOutcome),
    /// Neither the events nor the checkpoint that were to be parked reached the storage, but may later.
    ParkFailed,
    /// The time that a timer was armed for has passed.
    TimerFired(Timer),
    /// The subscription cannot go on; a store or parking in progress is still answered.
    Failed,
}

/// What is to happen to an event that its subscriber cannot handle.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// Deliver the event again after a delay, which doubles each time, up to a minute or `retry_interval` if that is longer; the events
    /// that were delivered after it to the same subscriber are
    /// delivered again as well.
    Retry,
    /// Deliver the event again after this delay, and so also the events that were delivered after it to the same subscriber.
    RetryAfter(Duration),
    /// Go on as if the event had been handled.
    Skip,
    /// Park the event until it is replayed or discarded, and so also whatever comes later in its partition.
    ///
    /// The events that were delivered after it to the same subscriber are delivered again.
    Park {
        /// What is wrong with the event.
        reason: String,
    },
}

/// What a subscription waits for; each timer is armed at most once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Timer {
    /// Requesting the lease again.
    AcquireRetry,
    /// Reading again.
    ReadRetry,
    /// Storing a checkpoint again.
    CheckpointRetry,
    /// Storing a checkpoint below the threshold.
    CheckpointIdle,
    /// Polling for new events without a hint.
    Poll,
    /// Ending, whether or not the last checkpoint is stored or the events before a damaged one are acknowledged.
    Stop,
    /// Delivering the event with this number again.
    Redelivery(EventNumber),
}
