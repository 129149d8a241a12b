use crate::{CheckpointOutcome, EventNumber, Hint, Page};

/// What happens to a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// The lease is held; everything up to the checkpoint has been acknowledged before.
    Acquired {
        /// The stored checkpoint, read after the lease was taken.
        checkpoint: EventNumber,
    },
    /// Another process holds the lease, or it could not be asked for.
    AcquireFailed,
    /// The lease is no longer held.
    LeaseLost,
    /// The asked-for page was read.
    PageRead {
        /// The number that was asked for.
        after: EventNumber,
        /// The events after it.
        page: Page,
    },
    /// The page was not read: the stream does not exist yet.
    StreamMissing,
    /// The page was not read: the stream has been deleted.
    StreamDeleted,
    /// The page could not be read, but may be later.
    ReadFailed,
    /// There may be new events.
    Hinted(Hint),
    /// The subscriber has dealt with this event and all that were delivered before it.
    Acknowledged {
        /// The event's number.
        number: EventNumber,
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
    /// The time that a timer was armed for has passed.
    TimerFired(Timer),
    /// The subscription cannot go on.
    Failed,
    /// The subscriber wants no more.
    Stop,
}

/// What a subscription waits for; of each kind at most one is armed.
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
}
