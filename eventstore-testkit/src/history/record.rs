use eventstore_core::{AppendReceipt, Error};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An event of a history, as plain data: streams, subscriptions and subscribers by name, events by id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Record {
    /// A caller is about to append.
    AppendCalled {
        /// The id that distinguishes this call from all others.
        call: Uuid,
        /// The stream to append to.
        stream: String,
        /// The ids of the events; a retried call has the same ids.
        events: Vec<Uuid>,
    },
    /// The caller received this answer. A caller without an answer never learned the outcome.
    AppendAnswered {
        /// The call.
        call: Uuid,
        /// The answer.
        answer: Answer,
    },
    /// This event was found at this position of `$all`.
    Read {
        /// The position.
        position: u64,
        /// The id of the event.
        event: Uuid,
    },
    /// A caller is about to delete a stream with all its events.
    HardDeleteCalled {
        /// The stream.
        stream: String,
    },
    /// A subscriber is about to subscribe.
    Subscribed {
        /// The name of the subscriber; one that subscribes again has another name.
        subscriber: String,
        /// The name of the subscription.
        subscription: String,
    },
    /// A subscriber has been given a partition of a group: what others acknowledge from now on counts for nothing.
    Given {
        /// The name of the subscriber; one that is given the partition again has another name.
        subscriber: String,
        /// The name of the partition.
        subscription: String,
    },
    /// A subscriber has got an event.
    Delivered {
        /// The name of the subscriber.
        subscriber: String,
        /// The event's number within the subscription.
        number: u64,
        /// The id of the event.
        event: Uuid,
    },
    /// A subscriber is about to acknowledge an event and all events that it got before.
    Acknowledging {
        /// The name of the subscriber.
        subscriber: String,
        /// The event's number.
        number: u64,
    },
    /// This checkpoint was found in storage.
    CheckpointSeen {
        /// The name of the subscription.
        subscription: String,
        /// Everything up to this number is stored as acknowledged.
        number: u64,
    },
    /// A subscription was deleted: a later one with this name begins from scratch.
    SubscriptionDeleted {
        /// The name of the subscription.
        subscription: String,
    },
    /// A fault was injected on purpose.
    Fault {
        /// The fault.
        what: String,
    },
}

/// The answer that the caller of an append received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The events are stored at these places.
    Stored {
        /// The version of the first event.
        first_version: u64,
        /// The version of the last event.
        last_version: u64,
        /// The position of the first event.
        first_position: u64,
        /// The position of the last event.
        last_position: u64,
    },
    /// Nothing was changed.
    Refused,
    /// The outcome is unknown.
    Unknown,
}

impl From<&AppendReceipt> for Answer {
    fn from(receipt: &AppendReceipt) -> Self {
        Self::Stored {
            first_version: receipt.first_version.get(),
            last_version: receipt.last_version.get(),
            first_position: receipt.first_position.get(),
            last_position: receipt.last_position.get(),
        }
    }
}

impl From<&Error> for Answer {
    fn from(error: &Error) -> Self {
        match error {
            Error::OutcomeUnknown { .. } => Self::Unknown,
            _ => Self::Refused,
        }
    }
}
