use bytes::Bytes;
use uuid::Uuid;

use crate::{EventId, EventType, Timestamp};

/// An event that is not stored yet; its payload is bytes that a serializer made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// The id that it will have in the whole store.
    pub id: EventId,
    /// What kind of thing happened.
    pub event_type: EventType,
    /// The event's content, serialized.
    pub data: Bytes,
    /// What is known about the event beside its content, serialized.
    pub metadata: Option<Bytes>,
    /// The id of the message that caused it.
    pub causation_id: Option<Uuid>,
    /// The id of the conversation that it belongs to.
    pub correlation_id: Option<Uuid>,
    /// When it happened; if `None`, what the clock of the appending process says. Only positions tell an order.
    pub created_at: Option<Timestamp>,
}

impl NewEvent {
    /// An event without metadata, causation and correlation, that happens when it is appended.
    pub fn new(id: impl Into<EventId>, event_type: EventType, data: impl Into<Bytes>) -> Self {
        Self {
            id: id.into(),
            event_type,
            data: data.into(),
            metadata: None,
            causation_id: None,
            correlation_id: None,
            created_at: None,
        }
    }

    /// With this metadata.
    #[must_use]
    pub fn with_metadata(self, metadata: impl Into<Bytes>) -> Self {
        Self {
            metadata: Some(metadata.into()),
            ..self
        }
    }

    /// Caused by this message.
    #[must_use]
    pub fn with_causation_id(self, id: Uuid) -> Self {
        Self {
            causation_id: Some(id),
            ..self
        }
    }

    /// Part of this conversation.
    #[must_use]
    pub fn with_correlation_id(self, id: Uuid) -> Self {
        Self {
            correlation_id: Some(id),
            ..self
        }
    }

    /// Happened at this time.
    #[must_use]
    pub fn with_created_at(self, at: Timestamp) -> Self {
        Self {
            created_at: Some(at),
            ..self
        }
    }
}
