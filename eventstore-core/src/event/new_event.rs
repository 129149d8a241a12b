use bytes::Bytes;
use uuid::Uuid;

use crate::{EventId, EventType, RecordedEvent, Timestamp};

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

    /// Marks the event as caused by another one and part of its conversation; if that event has no conversation, it begins one.
    ///
    /// ```
    /// # use eventstore_core::{NewEvent, RecordedEvent};
    /// fn answer(question: &RecordedEvent, answer: NewEvent) {
    ///     let answer = answer.caused_by(question);
    ///     assert_eq!(answer.causation_id, Some(question.event_id.as_uuid()));
    ///     assert_eq!(answer.correlation_id, question.correlation_id.or(answer.causation_id));
    /// }
    /// ```
    #[must_use]
    pub fn caused_by(self, cause: &RecordedEvent) -> Self {
        let id = cause.event_id.as_uuid();
        self.with_causation_id(id)
            .with_correlation_id(cause.correlation_id.unwrap_or(id))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{StreamName, StreamVersion};

    fn received(correlation_id: Option<Uuid>) -> RecordedEvent {
        let asked = NewEvent::new(Uuid::from_u128(1), EventType::new("Asked").unwrap(), "")
            .with_causation_id(Uuid::from_u128(2));
        let asked = NewEvent {
            correlation_id,
            ..asked
        };
        let at = Timestamp::from_unix_micros(0).unwrap();
        RecordedEvent::new(asked, StreamName::new("s").unwrap(), StreamVersion::FIRST, at)
    }

    fn answer(question: &RecordedEvent) -> NewEvent {
        let answer = NewEvent::new(Uuid::from_u128(4), EventType::new("Answered").unwrap(), "{}");
        answer.caused_by(question)
    }

    /// Behaviours: R1.31.
    #[test]
    fn an_event_goes_on_with_the_conversation_of_its_cause() {
        let answer = answer(&received(Some(Uuid::from_u128(3))));
        assert_eq!(answer.causation_id, Some(Uuid::from_u128(1)));
        assert_eq!(answer.correlation_id, Some(Uuid::from_u128(3)));
    }

    #[test]
    fn a_cause_without_a_conversation_begins_one() {
        assert_eq!(answer(&received(None)).correlation_id, Some(Uuid::from_u128(1)));
    }
}
