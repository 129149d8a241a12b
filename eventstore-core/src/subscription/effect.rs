use std::num::NonZeroU64;
use std::time::Duration;

use crate::{EventNumber, EventToPark, RecordedEvent, SubscriberId, Timer};

/// What a subscription wants done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Take the lease and read the checkpoint; answer with `Acquired` or `AcquireFailed`.
    Acquire,
    /// Read at most `limit` events of `max_bytes` after this number; answer with `PageRead`, `StreamMissing`, `StreamDeleted`,
    /// `ReadFailed` or `PageDamaged`. One read is under way at a time.
    Read {
        /// The number before the first event to read.
        after: EventNumber,
        /// At most this many events.
        limit: u32,
        /// At most this many bytes of payloads, or a single larger event.
        max_bytes: NonZeroU64,
    },
    /// Hand these events to a subscriber.
    Deliver {
        /// Who gets them.
        subscriber: SubscriberId,
        /// At least one event.
        events: Vec<RecordedEvent>,
    },
    /// Tell a subscriber that it acknowledged, or refused, what it was not given.
    RejectAcknowledgement {
        /// Whose acknowledgement it was.
        subscriber: SubscriberId,
        /// The number that is not with the subscriber.
        number: EventNumber,
    },
    /// Store this checkpoint; answer with `CheckpointStored` or `CheckpointFailed`. One is under way at a time.
    SaveCheckpoint(EventNumber),
    /// Park these events and store this checkpoint together; answer with `Parked` or `ParkFailed`. Neither one of these nor a
    /// `SaveCheckpoint` is under way beside it.
    Park {
        /// The events, ordered by their numbers; at least one.
        events: Vec<EventToPark>,
        /// The checkpoint.
        checkpoint: EventNumber,
    },
    /// Send `TimerFired` after this time; replaces the same timer.
    ArmTimer(Timer, Duration),
    /// Give the lease back, drop every read and save that is under way, none of which may answer later, and take back
    /// what was handed to subscribers and not taken by them yet.
    Release,
    /// The last effect: tell every subscriber why nothing more comes.
    End(EndReason),
}

/// Why a subscription ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EndReason {
    /// Its last subscriber left, and everything that was acknowledged is stored.
    Stopped,
    /// Its last subscriber left, and what was acknowledged or refused last could not be stored in time: it comes again.
    Unsaved,
    /// The stream has been deleted.
    StreamDeleted,
    /// The subscription has been deleted, perhaps by another process.
    SubscriptionDeleted,
    /// It failed in a way that another attempt cannot mend.
    Failed,
}
