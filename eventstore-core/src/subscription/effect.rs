use std::time::Duration;

use crate::{EventNumber, RecordedEvent, Timer};

/// What a subscription wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Take the lease, then read the checkpoint; answer with `Acquired` or `AcquireFailed`.
    Acquire,
    /// Read at most `limit` events after this number; answer with `PageRead`, `StreamMissing`, `StreamDeleted` or
    /// `ReadFailed`. One read is under way at a time.
    Read {
        /// The number before the first event to read.
        after: EventNumber,
        /// At most this many events.
        limit: u32,
    },
    /// Hand these events to the subscriber.
    Deliver(Vec<RecordedEvent>),
    /// Tell the subscriber that it acknowledged what it was not given.
    RejectAcknowledgement {
        /// The number that is not with the subscriber.
        number: EventNumber,
    },
    /// Store this checkpoint; answer with `CheckpointStored` or `CheckpointFailed`. One is under way at a time.
    SaveCheckpoint(EventNumber),
    /// Send `TimerFired` after this time; replaces the timer of the same kind.
    ArmTimer(Timer, Duration),
    /// Give the lease back, and drop every read and save that is under way: none of them may answer later.
    Release,
    /// The last effect: tell the subscriber why nothing more comes.
    End(EndReason),
}

/// Why a subscription ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EndReason {
    /// Its subscriber stopped it.
    Stopped,
    /// The stream has been deleted.
    StreamDeleted,
    /// The subscription has been deleted, perhaps by another process.
    SubscriptionDeleted,
    /// It failed in a way that trying again cannot mend.
    Failed,
}
