use std::num::NonZeroU32;

use crate::{CheckpointOutcome, EventNumber, Hint, ParkOutcome, ParkedBacklog, PartitionedEvent, SubscriberId};

/// What happens to a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A subscriber wants events.
    Joined {
        /// The subscriber, a new one.
        subscriber: SubscriberId,
        /// At most this many events are to be with it.
        buffer_size: NonZeroU32,
    },
    /// A subscriber wants no more; what it has not acknowledged goes to others.
    Left {
        /// The subscriber.
        subscriber: SubscriberId,
    },
    /// The lease is held; everything up to the checkpoint has been acknowledged before.
    Acquired {
        /// The stored checkpoint, read after the lease was taken.
        checkpoint: EventNumber,
        /// What is parked, read after the lease was taken.
        parked: ParkedBacklog,
    },
    /// Another process holds the lease, or it could not be asked for.
    AcquireFailed,
    /// The lease is no longer held.
    LeaseLost,
    /// The asked-for page was read.
    PageRead {
        /// The number that was asked for.
        after: EventNumber,
        /// The events after it that are to be delivered, in the order of their numbers.
        events: Vec<PartitionedEvent>,
        /// What else there is up to this number is not for the subscribers. Of a last page: where the stream ends, which is before
        /// `after` if the subscription is beyond that.
        scanned_to: EventNumber,
        /// Whether nothing more was there.
        is_last: bool,
    },
    /// The asked-for page was not read, for whoever appended has handed over what it begins with.
    HandedOver {
        /// The number that was asked for.
        after: EventNumber,
        /// The events after it that are to be delivered, in the order of their numbers.
        events: Vec<PartitionedEvent>,
        /// What else there is up to this number is not for the subscribers; what follows is known from hints alone.
        up_to: EventNumber,
    },
    /// The page was not read: the stream does not exist yet.
    StreamMissing,
    /// The page was not read: the stream has been deleted.
    StreamDeleted,
    /// The page could not be read, but may be later.
    ReadFailed,
    /// The page cannot be read, now or later: something on it is damaged.
    PageDamaged,
    /// There may be new events.
    Hinted(Hint),
    /// Whether hints come at once from now on, or only when the backend polls; at first they do.
    Notified(bool),
    /// A subscriber has dealt with this event and all that were delivered to it before.
    Acknowledged {
        /// The subscriber.
        subscriber: SubscriberId,
        /// The event's number.
        number: EventNumber,
    },
    /// A subscriber cannot deal with this event.
    Refused {
        /// The subscriber.
        subscriber: SubscriberId,
        /// The event's number.
        number: EventNumber,
        /// What is to become of the event.
        instead: Refusal,
    },
    /// The asked-for checkpoint reached storage.
    CheckpointStored {
        /// The number that was to be stored.
        number: EventNumber,
        /// What became of it.
        outcome: CheckpointOutcome,
    },
    /// The asked-for checkpoint did not reach storage, but may later.
    CheckpointFailed {
        /// The number that was to be stored.
        number: EventNumber,
    },
    /// The storage was asked to park events.
    Parked(ParkOutcome),
    /// Neither the events nor the checkpoint that were to be parked reached storage, but may later.
    ParkFailed,
    /// The time that a timer was armed for has passed.
    TimerFired(Timer),
    /// The subscription cannot go on. A save or a parking that is under way is answered all the same.
    Failed,
}

/// What is to become of an event that its subscriber cannot deal with.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// Deliver it again after a while, twice as long after each time, and whatever was delivered after it to the same
    /// subscriber.
    Retry,
    /// Go on as if it had been dealt with.
    Skip,
    /// Put it aside until somebody replays or discards it, and so whatever comes later in its partition; what was delivered
    /// after it to the same subscriber is delivered again.
    Park {
        /// What is wrong with it.
        reason: String,
    },
}

/// What a subscription waits for; each is armed at most once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Timer {
    /// Asking for the lease again.
    AcquireRetry,
    /// Reading again.
    ReadRetry,
    /// Storing a checkpoint again.
    CheckpointRetry,
    /// Storing a checkpoint below the threshold.
    CheckpointIdle,
    /// Looking for new events without being told of any.
    Poll,
    /// Ending, whether or not the last checkpoint is stored or the events before a damaged one are acknowledged.
    Stop,
    /// Delivering the event of this number again.
    Redelivery(EventNumber),
}
