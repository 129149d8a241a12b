use eventstore_core::{ParkCause, ParkedEvent};
use serde::Serialize;
use utoipa::ToSchema;

use super::EventRow;

/// A parked event.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct ParkedRow {
    /// Its number in the stream that is subscribed to.
    pub(crate) number: u64,
    /// Why the subscriber rejected it; nothing if it only follows a rejected event of its partition.
    pub(crate) reason: Option<String>,
    /// How often it was delivered and refused.
    pub(crate) attempts: Option<u32>,
    /// Its partition, if it has one.
    pub(crate) partition: Option<String>,
    /// When it was parked, as RFC 3339 writes it.
    pub(crate) parked_at: String,
    /// The event; nothing if it is gone.
    pub(crate) event: Option<EventRow>,
}

/// A part of the parked events of a subscription.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct ParkedView {
    /// How many events are parked.
    pub(crate) count: u64,
    /// The parked events, ordered by number.
    pub(crate) events: Vec<ParkedRow>,
    /// What the next part begins after.
    pub(crate) next: Option<u64>,
}

impl ParkedRow {
    pub(crate) fn new(parked: &ParkedEvent, event: Option<EventRow>) -> Self {
        let (reason, attempts) = match &parked.cause {
            ParkCause::Rejected { reason, attempts } => (Some(reason.clone()), Some(*attempts)),
            ParkCause::Follows => (None, None),
        };
        Self {
            number: parked.number.get(),
            reason,
            attempts,
            partition: parked.partition.as_ref().map(|key| key.as_str().to_owned()),
            parked_at: parked.parked_at.to_string(),
            event,
        }
    }
}
