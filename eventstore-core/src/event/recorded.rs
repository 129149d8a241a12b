use bytes::Bytes;
use uuid::Uuid;

use crate::{EventId, EventNumber, EventType, StreamName, StreamVersion, Timestamp};

/// An event as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RecordedEvent {
    /// The event's number in the stream that was read; in `$all`, its global position.
    pub event_number: EventNumber,
    /// The event's id in the whole store.
    pub event_id: EventId,
    /// The stream that the event was appended to.
    pub stream: StreamName,
    /// The event's version in the stream that it was appended to.
    pub stream_version: StreamVersion,
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

impl RecordedEvent {
    /// Returns how many bytes the event's payloads have: data and metadata.
    pub fn payload_bytes(&self) -> u64 {
        let metadata = self.metadata.as_ref().map_or(0, Bytes::len);
        u64::try_from(self.data.len().saturating_add(metadata)).unwrap_or(u64::MAX)
    }
}

impl From<&RecordedEvent> for EventNumber {
    fn from(event: &RecordedEvent) -> Self {
        event.event_number
    }
}
