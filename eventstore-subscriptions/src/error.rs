use eventstore_core::{Error, EventNumber};
use thiserror::Error as ThisError;

/// Why a subscription ended without being stopped: the last item of its stream.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum SubscriptionEnded {
    /// The stream has been deleted.
    #[error("the subscription ended: its stream has been deleted")]
    StreamDeleted,
    /// The subscription has been deleted, perhaps by another process.
    #[error("the subscription ended: it has been deleted")]
    SubscriptionDeleted,
    /// The storage failed in a way that trying again cannot mend.
    #[error("the subscription failed")]
    Failed(#[source] Error),
}

/// Why an acknowledgement was not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum AckError {
    /// The event is not with the subscriber: it was never delivered, or was acknowledged before.
    #[error("event {number} is not waiting for an acknowledgement")]
    Unexpected {
        /// The number that was acknowledged.
        number: EventNumber,
    },
    /// The subscription is over.
    #[error("the subscription has ended")]
    Ended,
}
