use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::EventRow;

/// The events of one correlation id, in order of position.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct TraceView {
    /// The id.
    pub(crate) correlation_id: Uuid,
    /// The events.
    pub(crate) events: Vec<TracedView>,
    /// Whether there are more than these.
    pub(crate) has_more: bool,
    /// What the storage lacks to find them, and how to make it.
    pub(crate) needs: Option<String>,
}

/// An event, and what caused it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct TracedView {
    /// The id of the message that caused it.
    pub(crate) causation_id: Option<Uuid>,
    /// The event.
    pub(crate) event: EventRow,
}
