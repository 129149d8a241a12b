use std::num::NonZeroU64;
use std::time::Duration;

use crate::EventNumber;
use crate::backend::EventToPark;
use crate::machine::{DeliveredEvent, SubscriberId, Timer};

/// What a subscription asks its driver to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Acquire the lease and read the checkpoint; answer with `Acquired` or `AcquireFailed`.
    Acquire,
    /// Read at most `limit` events of `max_bytes` after this number.
    ///
    /// Answer with `PageRead`, `StreamMissing`, `StreamDeleted`, `ReadFailed` or `PageDamaged`. Only one read is in progress at a time.
    Read {
        /// The number before the first event to read.
        after: EventNumber,
        /// The maximum number of events.
        limit: u32,
        /// The maximum number of payload bytes, or a single larger event.
        max_bytes: NonZeroU64,
    },
    /// Deliver these events to a subscriber.
    Deliver {
        /// The subscriber.
        subscriber: SubscriberId,
        /// The events; at least one.
        events: Vec<DeliveredEvent>,
    },
    /// Tell a subscriber that it acknowledged, or refused, an event that it was not given.
    RejectAcknowledgement {
        /// The subscriber that acknowledged or refused the event.
        subscriber: SubscriberId,
        /// The number of the event that is not with the subscriber.
        number: EventNumber,
    },
    /// Store this checkpoint; answer with `CheckpointStored` or `CheckpointFailed`. Only one store is in progress at a time.
    SaveCheckpoint(EventNumber),
    /// Park these events and store this checkpoint together; answer with `Parked` or `ParkFailed`.
    ///
    /// No other `Park` and no `SaveCheckpoint` is in progress at the same time.
    Park {
        /// The events, ordered by their numbers; at least one.
        events: Vec<EventToPark>,
        /// The checkpoint.
        checkpoint: EventNumber,
    },
    /// Send `TimerFired` after this time; this replaces an earlier timer of the same kind.
    ArmTimer(Timer, Duration),
    /// Release the lease, drop every read and store in progress, and take back the events that were delivered to subscribers but that they
    /// have not taken yet.
    ///
    /// None of the dropped operations may answer later.
    Release,
    /// End the subscription: tell every subscriber why no more events come. This is the last effect.
    End(EndReason),
}

/// Why a subscription ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EndReason {
    /// Its last subscriber left, and everything that was acknowledged is stored.
    Stopped,
    /// Its last subscriber left, and the last acknowledgements or refusals could not be stored in time; those events are delivered again.
    Unsaved,
    /// The stream has been deleted.
    StreamDeleted,
    /// The subscription has been deleted, possibly by another process.
    SubscriptionDeleted,
    /// It failed in a way that another attempt cannot fix.
    Failed,
}
