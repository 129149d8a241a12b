use std::fmt;

use thiserror::Error;
use uuid::Uuid;

/// A promise of an event store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Promise {
    /// An acknowledged append is durable; a refused one has left nothing.
    Durability,
    /// An unknown outcome can be resolved: the same append with the same ids has the same receipt, and is stored once.
    Resolution,
    /// A stream has no gap, and one winner for each version.
    StreamOrder,
    /// `$all` extends the order of every stream, has no gaps other than those of hard deletes, and never changes.
    GlobalOrder,
    /// A subscriber gets every event that matches its filter.
    NoSkip,
    /// A checkpoint never passes an unacknowledged event and never moves backwards.
    Checkpoints,
    /// Events of one key arrive in order, whichever subscriber gets them.
    KeyOrder,
    /// Subscribers catch up.
    Liveness,
}

/// A broken promise.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Finding {
    /// An append was acknowledged, but its events are missing.
    #[error("an acknowledged append to {stream:?} is lost, with event {event}")]
    Lost {
        /// The stream appended to.
        stream: String,
        /// The first event.
        event: Uuid,
    },
    /// An append is stored in part, or its events are not adjacent.
    #[error("the append to {stream:?} that begins with event {event} was not stored as a whole")]
    Torn {
        /// The stream appended to.
        stream: String,
        /// The first event.
        event: Uuid,
    },
    /// An append was refused, but its events are stored.
    #[error("a refused append to {stream:?} was stored, with event {event}")]
    RefusedButStored {
        /// The stream appended to.
        stream: String,
        /// The first event.
        event: Uuid,
    },
    /// A receipt gives other numbers than the events have.
    #[error("a receipt for {stream:?} gives other numbers than event {event} has")]
    WrongReceipt {
        /// The stream appended to.
        stream: String,
        /// The first event.
        event: Uuid,
    },
    /// An event is stored twice.
    #[error("event {event} is stored a second time, at position {position}")]
    StoredTwice {
        /// The event.
        event: Uuid,
        /// The second position.
        position: u64,
    },
    /// The events of a stream are not consecutive.
    #[error("{stream:?} has version {version} where {expected} was to come")]
    VersionGap {
        /// The stream.
        stream: String,
        /// The version that should follow.
        expected: u64,
        /// The version that follows.
        version: u64,
    },
    /// The events of `$all` are not consecutive.
    #[error("position {position} follows {after}")]
    PositionGap {
        /// The position before.
        after: u64,
        /// The position that does not follow it.
        position: u64,
    },
    /// A reader or subscriber got another event than is stored, or got one where none is stored.
    #[error("event {event} was seen at {number}, where it is not stored")]
    Moved {
        /// The number.
        number: u64,
        /// The event that was seen there.
        event: Uuid,
    },
    /// A subscriber never got an event, but got a later one that must come after it.
    #[error("subscription {subscription:?} skipped event {number}")]
    Skipped {
        /// The subscription.
        subscription: String,
        /// The event's number.
        number: u64,
    },
    /// A subscriber got an event that does not match the filter of the subscription.
    #[error("subscription {subscription:?} delivered event {number}, which it does not select")]
    Unwanted {
        /// The subscription.
        subscription: String,
        /// The event's number.
        number: u64,
    },
    /// A subscriber got an event while an earlier one of the same key was still undelivered, or was with another
    /// subscriber.
    #[error("subscriber {subscriber:?} got event {number} before {earlier}, of the same key, was dealt with")]
    OutOfOrder {
        /// The subscriber.
        subscriber: String,
        /// The event's number.
        number: u64,
        /// The number of the earlier event.
        earlier: u64,
    },
    /// A checkpoint was beyond an event that no subscriber had acknowledged.
    #[error(
        "checkpoint {checkpoint} of {subscription:?} passed event {unacknowledged}, which no subscriber had acknowledged"
    )]
    CheckpointAhead {
        /// The subscription.
        subscription: String,
        /// The checkpoint.
        checkpoint: u64,
        /// The number of the first event that no subscriber had acknowledged.
        unacknowledged: u64,
    },
    /// A checkpoint moved backwards.
    #[error("the checkpoint of {subscription:?} moved from {from} back to {to}")]
    CheckpointBackwards {
        /// The subscription.
        subscription: String,
        /// The earlier checkpoint.
        from: u64,
        /// The later checkpoint.
        to: u64,
    },
    /// A subscriber got an event that was before the checkpoint when it subscribed.
    #[error("subscriber {subscriber:?} got event {number}, although checkpoint {checkpoint} was stored before")]
    BehindCheckpoint {
        /// The subscriber.
        subscriber: String,
        /// The event's number.
        number: u64,
        /// The checkpoint.
        checkpoint: u64,
    },
    /// Events were not acknowledged in the end.
    #[error("subscription {subscription:?} did not catch up: {events} events from {first} on were never acknowledged")]
    NotCaughtUp {
        /// The subscription.
        subscription: String,
        /// The number of the first one.
        first: u64,
        /// The number of such events.
        events: usize,
    },
}

impl Finding {
    /// Returns the promise that is broken.
    #[must_use]
    pub const fn promise(&self) -> Promise {
        match self {
            Self::Lost { .. } | Self::Torn { .. } | Self::RefusedButStored { .. } => Promise::Durability,
            Self::WrongReceipt { .. } | Self::StoredTwice { .. } => Promise::Resolution,
            Self::VersionGap { .. } => Promise::StreamOrder,
            Self::PositionGap { .. } | Self::Moved { .. } => Promise::GlobalOrder,
            Self::Skipped { .. } | Self::Unwanted { .. } => Promise::NoSkip,
            Self::CheckpointAhead { .. } | Self::CheckpointBackwards { .. } | Self::BehindCheckpoint { .. } => {
                Promise::Checkpoints
            }
            Self::OutOfOrder { .. } => Promise::KeyOrder,
            Self::NotCaughtUp { .. } => Promise::Liveness,
        }
    }
}

impl fmt::Display for Promise {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Durability => "durability",
            Self::Resolution => "resolution",
            Self::StreamOrder => "stream order",
            Self::GlobalOrder => "global order",
            Self::NoSkip => "no skip",
            Self::Checkpoints => "checkpoints",
            Self::KeyOrder => "key order",
            Self::Liveness => "liveness",
        })
    }
}
