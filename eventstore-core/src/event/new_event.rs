use bytes::Bytes;
use uuid::Uuid;

use crate::{EventId, EventType, Timestamp};

/// An event that is not stored yet; its payload is bytes that a serializer produced.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct NewEvent {
    /// The event's id in the whole store.
    pub id: EventId,
    /// What kind of thing happened.
    pub event_type: EventType,
    /// The event's content, serialized.
    pub data: Bytes,
    /// What is known about the event besides its content, serialized.
    pub metadata: Option<Bytes>,
    /// The id of the message that caused the event.
    pub causation_id: Option<Uuid>,
    /// The id of the conversation that the event belongs to.
    pub correlation_id: Option<Uuid>,
    /// When the event happened; with `None`, the clock of the appending process decides.
    ///
    /// Only positions define an order.
    pub created_at: Option<Timestamp>,
}

impl NewEvent {
    /// Creates an event without metadata, causation and correlation ids, whose time is the time of the append.
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

    /// Sets the id.
    #[must_use]
    pub fn with_id(self, id: impl Into<EventId>) -> Self {
        Self { id: id.into(), ..self }
    }

    /// Sets the type.
    #[must_use]
    pub fn with_event_type(self, event_type: EventType) -> Self {
        Self { event_type, ..self }
    }

    /// Sets the serialized content.
    #[must_use]
    pub fn with_data(self, data: impl Into<Bytes>) -> Self {
        Self {
            data: data.into(),
            ..self
        }
    }

    /// Sets the metadata.
    #[must_use]
    pub fn with_metadata(self, metadata: impl Into<Bytes>) -> Self {
        Self {
            metadata: Some(metadata.into()),
            ..self
        }
    }

    /// Sets the id of the message that caused the event.
    #[must_use]
    pub fn with_causation_id(self, id: Uuid) -> Self {
        Self {
            causation_id: Some(id),
            ..self
        }
    }

    /// Sets the id of the conversation that the event belongs to.
    #[must_use]
    pub fn with_correlation_id(self, id: Uuid) -> Self {
        Self {
            correlation_id: Some(id),
            ..self
        }
    }

    /// Sets the time at which the event happened.
    #[must_use]
    pub fn with_created_at(self, at: Timestamp) -> Self {
        Self {
            created_at: Some(at),
            ..self
        }
    }
}
