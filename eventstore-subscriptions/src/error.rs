use std::sync::Arc;

use eventstore_core::{Error, EventNumber};
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
    /// The selector or the partitioning of the subscription panicked.
    #[error("the subscription ended: looking at event {number} panicked: {message}")]
    Panicked {
        /// The number of the event that was looked at.
        number: EventNumber,
        /// What the panic said.
        message: String,
    },
    /// The storage failed in a way that trying again cannot mend.
    #[error("the subscription failed")]
    Failed(#[source] Arc<Error>),
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
