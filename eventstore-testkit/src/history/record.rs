use eventstore_core::{AppendReceipt, Error};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Something that happened, as plain data: streams, subscriptions and subscribers by their names, events by their ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Record {
    /// Somebody is about to append.
    AppendCalled {
        /// Told from all other calls by this id.
        call: Uuid,
        /// The stream to append to.
        stream: String,
        /// The ids of the events; a repeated call has the same ones.
        events: Vec<Uuid>,
    },
    /// The caller was told this. Who was told nothing never learnt the outcome.
    AppendAnswered {
        /// The call.
        call: Uuid,
        /// What was said.
        answer: Answer,
    },
    /// This event stood at this position of `$all`.
    Read {
        /// The position.
        position: u64,
        /// The id of the event.
        event: Uuid,
    },
    /// Somebody is about to delete a stream with all its events.
    HardDeleteCalled {
        /// The stream.
        stream: String,
    },
    /// A subscriber is about to subscribe.
    Subscribed {
        /// The name of the subscriber: one that comes again has another name.
        subscriber: String,
        /// The name of the subscription.
        subscription: String,
    },
    /// A subscriber has got an event.
    Delivered {
        /// The name of the subscriber.
        subscriber: String,
        /// The event's number in what the subscription is about.
        number: u64,
        /// The id of the event.
        event: Uuid,
    },
    /// A subscriber is about to acknowledge an event, and all that it has got before.
    Acknowledging {
        /// The name of the subscriber.
        subscriber: String,
        /// The event's number.
        number: u64,
    },
    /// This checkpoint stood in storage.
    CheckpointSeen {
        /// The name of the subscription.
        subscription: String,
        /// Up to this number everything is stored as acknowledged.
        number: u64,
    },
    /// A subscription was deleted: one of this name that comes later begins anew.
    SubscriptionDeleted {
        /// The name of the subscription.
        subscription: String,
    },
    /// Something was broken on purpose.
    Fault {
        /// What.
        what: String,
    },
}

/// What somebody was told who appended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// The events stand there.
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
