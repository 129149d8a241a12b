use bytes::Bytes;
use uuid::Uuid;

use crate::{
    EventId, EventNumber, EventType, NewEvent, Position, StreamName, StreamSelector, StreamVersion, Timestamp,
};

/// An event as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct RecordedEvent {
    /// The event's id in the whole store.
    pub event_id: EventId,
    /// The event's place in `$all`; always known from a read of `$all`.
    ///
    /// A read of one stream may leave it out where the storage would pay for it, unless the read [asks for
    /// positions](crate::Read::with_positions).
    pub position: Option<Position>,
    /// The stream that the event was appended to.
    pub stream: StreamName,
    /// The event's version in the stream that it was appended to.
    pub stream_version: StreamVersion,
    /// Where the event is in the stream that was read, if it is there through a link.
    pub link: Option<LinkPlace>,
    /// What kind of thing happened.
    pub event_type: EventType,
    /// The id of the message that caused the event.
    pub causation_id: Option<Uuid>,
    /// The id of the conversation that the event belongs to.
    pub correlation_id: Option<Uuid>,
    /// The event's content, serialized.
    pub data: Bytes,
    /// What is known about the event besides its content, serialized.
    pub metadata: Option<Bytes>,
    /// When the event happened.
    pub created_at: Timestamp,
}

/// The place of a link: a stream that holds an event which was appended to another stream.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct LinkPlace {
    /// The stream that holds the link.
    pub stream: StreamName,
    /// The version of the link in that stream.
    pub version: StreamVersion,
}

impl RecordedEvent {
    /// Creates the record of an event that is stored in this stream at this version, happened at this time, and has no known position.
    pub fn new(event: NewEvent, stream: StreamName, version: StreamVersion, created_at: Timestamp) -> Self {
        Self {
            event_id: event.id,
            position: None,
            stream,
            stream_version: version,
            link: None,
            event_type: event.event_type,
            causation_id: event.causation_id,
            correlation_id: event.correlation_id,
            data: event.data,
            metadata: event.metadata,
            created_at,
        }
    }

    /// Sets the position in `$all`.
    #[must_use]
    pub fn with_position(self, position: Position) -> Self {
        Self {
            position: Some(position),
            ..self
        }
    }

    /// Sets the place of the link through which the event was read.
    #[must_use]
    pub fn with_link(self, link: LinkPlace) -> Self {
        Self {
            link: Some(link),
            ..self
        }
    }

    /// Returns the number that the event has in this selection: its position in `$all`, or its version or that of its link in a stream;
    /// `None` if this record does not tell.
    pub fn number_in(&self, selector: &StreamSelector) -> Option<EventNumber> {
        match selector {
            StreamSelector::All => self.position.map(EventNumber::from),
            StreamSelector::Stream(stream) if *stream == self.stream => Some(self.stream_version.into()),
            StreamSelector::Stream(stream) => {
                let link = self.link.as_ref().filter(|link| link.stream == *stream)?;
                Some(link.version.into())
            }
        }
    }

    /// Returns how many bytes the event's payloads have: data and metadata.
    pub fn payload_bytes(&self) -> u64 {
        let metadata = self.metadata.as_ref().map_or(0, Bytes::len);
        u64::try_from(self.data.len().saturating_add(metadata)).unwrap_or(u64::MAX)
    }
}

impl NewEvent {
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
}

#[cfg(test)]
mod tests {
    use super::*;

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
