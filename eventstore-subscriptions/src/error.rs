use std::sync::Arc;

use eventstore_core::{BoxError, Error, EventNumber, StreamName};
use thiserror::Error as ThisError;

/// Why a subscription ended without being stopped; each subscriber receives it as the last item of its stream.
#[derive(Debug, Clone, ThisError)]
#[non_exhaustive]
pub enum SubscriptionEnded {
    /// The stream was deleted.
    #[error("the subscription ended: its stream has been deleted")]
    StreamDeleted,
    /// The subscription was deleted, perhaps by another process.
    #[error("the subscription ended: it has been deleted")]
    SubscriptionDeleted,
    /// The store that the events came from was closed.
    #[error("the subscription ended: the store has been closed")]
    StoreClosed,
    /// The storage was rolled back: the last event that the subscription saw is gone, or another event has its number.
    ///
    /// A durable subscription begins at its stored checkpoint, which was rolled back as well.
    #[error("the subscription ended: event {number}, which it had seen, is gone: the storage was rolled back")]
    RolledBack {
        /// The number of the last event that it saw.
        number: EventNumber,
    },
    /// The subscription's selector or partitioning function panicked, or the task that runs the subscription did.
    #[error("the subscription ended: {}: {message}", describe_panic(*number))]
    Panicked {
        /// The number of the event being examined; `None` if the task itself panicked.
        number: Option<EventNumber>,
        /// The message of the panic.
        message: String,
    },
    /// An event is damaged and cannot be read, now or later. Everything before it was delivered.
    ///
    /// Repair the event, or skip it by setting the subscription's checkpoint to its number.
    #[error("the subscription ended: the event after {after} cannot be read: {source}")]
    Damaged {
        /// The number of the event before it, among those that the subscription delivers.
        after: EventNumber,
        /// What is wrong with the event.
        source: Arc<Error>,
    },
    /// The subscription was stopped, but its last acknowledgements or refusals are not stored: those events are
    /// redelivered.
    #[error("the subscription stopped before its last checkpoint was stored")]
    NotStored {
        /// Why they are not stored, if the storage said.
        source: Option<Arc<Error>>,
    },
    /// The runtime on which the subscription was begun has shut down.
    #[error("the subscription ended: the runtime that it was begun on has shut down")]
    RuntimeEnded,
    /// The storage failed in a way that a retry cannot fix.
    #[error("the subscription failed: {0}")]
    Failed(#[source] Arc<Error>),
}

impl SubscriptionEnded {
    /// Returns the storage error behind this one, if there is one.
    pub fn cause(&self) -> Option<&Arc<Error>> {
        match self {
            Self::Failed(source) | Self::Damaged { source, .. } => Some(source),
            Self::NotStored { source } => source.as_ref(),
            _ => None,
        }
    }
}

fn describe_panic(number: Option<EventNumber>) -> String {
    match number {
        Some(number) => format!("looking at event {number} panicked"),
        None => "the task that runs it panicked".to_owned(),
    }
}

/// Why an acknowledgement or a refusal was rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum AckError {
    /// The subscriber does not hold the event: it was never delivered to this subscriber, or was already acknowledged.
    #[error("event {number} is not waiting for an acknowledgement")]
    Unexpected {
        /// The number of the event in the rejected call.
        number: EventNumber,
    },
    /// The batch holds no event to acknowledge.
    #[error("a batch without events cannot be acknowledged")]
    Empty,
    /// The subscription cannot park events: it is transient, or has no store for parked events.
    #[error("the subscription cannot park events")]
    CannotPark,
    /// The subscription has ended.
    #[error("the subscription has ended")]
    Ended,
}

/// Why a subscription was not begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum SubscribeError {
    /// The subscription already has as many subscribers in this process as its `concurrency_limit` allows.
    #[error("the subscription has all the subscribers that its limit of {limit} allows")]
    TooManySubscribers {
        /// The limit.
        limit: u32,
    },
    /// Refused events could not be parked, because the name of the subscription's dead-letter stream would exceed the
    /// maximum length of a name.
    #[error(
        "the name of the dead-letter stream would have {length} bytes, more than the {} allowed: give the subscription a \
         shorter name, or no place to park events",
        StreamName::MAX_BYTES
    )]
    DeadLettersTooLong {
        /// The length that the name would have, in bytes.
        length: usize,
    },
    /// Events whose handler fails are to be parked, but the subscription is transient, or [`Subscriptions::with_parking`] names no store for
    /// parked events.
    ///
    /// [`Subscriptions::with_parking`]: crate::Subscriptions::with_parking
    #[error(
        "the retry policy parks events, but the subscription is transient or has no store for parked events (`with_parking`)"
    )]
    CannotPark,
    /// The request cannot be run as a group.
    #[error("the subscription cannot be shared by a group: {reason}")]
    CannotShare {
        /// What is missing.
        reason: &'static str,
    },
    /// The subscription already runs in this process with another configuration; subscribers that share it must use the
    /// same request.
    #[error(
        "the subscription runs already, with another {setting}; subscribers that share it take clones of one request: \
         make it once, and clone it for each"
    )]
    RunsDifferently {
        /// The setting that differs.
        setting: &'static str,
    },
}

/// Why [`Subscriptions::run`](crate::Subscriptions::run) returned.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum RunError {
    /// The subscription was not begun.
    #[error(transparent)]
    Subscribe(#[from] SubscribeError),
    /// The handler failed on an event as often as the policy allows; whatever it handled before is acknowledged.
    #[error("the handler failed on event {number} after {attempts} attempts")]
    #[non_exhaustive]
    Handler {
        /// The number of the event.
        number: EventNumber,
        /// How often the event was handled.
        attempts: u32,
        /// The error of the last attempt.
        source: BoxError,
    },
    /// The subscription ended.
    #[error(transparent)]
    Ended(#[from] SubscriptionEnded),
}

/// Why [`wait_until`](crate::wait_until) returned before the subscription had reached the number.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum WaitError {
    /// The time-out passed first.
    #[error("the subscription has not reached event {number} in time: {}", describe_checkpoint(*checkpoint))]
    #[non_exhaustive]
    TimedOut {
        /// The number that was waited for.
        number: EventNumber,
        /// The checkpoint when it was last read; `None` if it could not be read at all.
        checkpoint: Option<EventNumber>,
        /// Why the checkpoint could not be read the last time, if it could not.
        source: Option<Arc<Error>>,
    },
    /// The subscription does not exist, or the storage failed in a way that a retry cannot fix.
    #[error(transparent)]
    Storage(#[from] Error),
}

impl WaitError {
    /// Whether the time-out passed: the same wait can succeed later.
    pub fn is_timed_out(&self) -> bool {
        matches!(self, Self::TimedOut { .. })
    }
}

fn describe_checkpoint(checkpoint: Option<EventNumber>) -> String {
    checkpoint.map_or_else(
        || "its checkpoint could not be read".to_owned(),
        |checkpoint| format!("its checkpoint is {checkpoint}"),
    )
}
