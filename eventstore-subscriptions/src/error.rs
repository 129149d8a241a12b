use std::sync::Arc;

use eventstore_core::{Error, EventNumber, StreamName};
use thiserror::Error as ThisError;

/// Why a subscription ended without being stopped: the last item of its stream, for each of its subscribers.
#[derive(Debug, Clone, ThisError)]
#[non_exhaustive]
pub enum SubscriptionEnded {
    /// The stream has been deleted.
    #[error("the subscription ended: its stream has been deleted")]
    StreamDeleted,
    /// The subscription has been deleted, perhaps by another process.
    #[error("the subscription ended: it has been deleted")]
    SubscriptionDeleted,
    /// The store that the events came from has been closed.
    #[error("the subscription ended: the store has been closed")]
    StoreClosed,
    /// The storage was rolled back: what the subscription saw last is not there any more, or another event has its number.
    ///
    /// A subscription that lasts begins where the checkpoint stands, which was rolled back as well.
    #[error("the subscription ended: event {number}, which it had seen, is gone: the storage was rolled back")]
    RolledBack {
        /// The number of what it saw last.
        number: EventNumber,
    },
    /// The selector or the partitioning of the subscription panicked, or the task that runs it did.
    #[error("the subscription ended: {}: {message}", describe_panic(*number))]
    Panicked {
        /// The number of the event that was looked at; `None` if the task itself panicked.
        number: Option<EventNumber>,
        /// What the panic said.
        message: String,
    },
    /// An event cannot be read, now or later, since it is damaged. Everything before it was delivered.
    ///
    /// Mend the event, or pass over it: set the checkpoint of the subscription to its number.
    #[error("the subscription ended: the event after {after} cannot be read: {source}")]
    Damaged {
        /// The number of the event before it, of those that the subscription is to deliver.
        after: EventNumber,
        /// What is wrong with it.
        source: Arc<Error>,
    },
    /// The subscription was stopped, but what was acknowledged or refused last is not stored: those events come again.
    #[error("the subscription stopped before its last checkpoint was stored")]
    NotStored {
        /// Why it is not stored, if the storage told.
        source: Option<Arc<Error>>,
    },
    /// The runtime ended that the subscription was begun on.
    #[error("the subscription ended: the runtime that it was begun on has shut down")]
    RuntimeEnded,
    /// The storage failed in a way that another attempt cannot mend.
    #[error("the subscription failed: {0}")]
    Failed(#[source] Arc<Error>),
}

impl SubscriptionEnded {
    /// The error of the storage that is behind this, if there is one.
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

/// Why an acknowledgement, or a refusal, was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum AckError {
    /// The event is not with the subscriber: it was never delivered to it, or was acknowledged before.
    #[error("event {number} is not waiting for an acknowledgement")]
    Unexpected {
        /// The number that was acknowledged.
        number: EventNumber,
    },
    /// There was no event to acknowledge.
    #[error("a batch without events cannot be acknowledged")]
    Empty,
    /// The subscription has nowhere to park events: it is transient, or was given no store of parked events.
    #[error("the subscription cannot park events")]
    CannotPark,
    /// The subscription is over.
    #[error("the subscription has ended")]
    Ended,
}

/// Why a subscription was not begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum SubscribeError {
    /// The subscription has as many subscribers in this process as its `concurrency_limit` allows.
    #[error("the subscription has all the subscribers that its limit of {limit} allows")]
    TooManySubscribers {
        /// The limit.
        limit: u32,
    },
    /// Refused events of the subscription could not be parked: the name of its dead-letter stream would be longer than a name
    /// may be.
    #[error(
        "the name of the dead-letter stream would have {length} bytes, more than the {} allowed: give the subscription a \
         shorter name, or no place to park events",
        StreamName::MAX_BYTES
    )]
    DeadLettersTooLong {
        /// The length that the name would have, in bytes.
        length: usize,
    },
    /// The subscription runs in this process already, and differently; those that share it have to ask for the same.
    #[error(
        "the subscription runs already, with another {setting}; subscribers that share it take clones of one request: \
         make it once, and clone it for each"
    )]
    RunsDifferently {
        /// What is different.
        setting: &'static str,
    },
}
