use bytes::Bytes;
use uuid::Uuid;

use crate::{EventId, EventNumber, EventType, StreamName, StreamVersion, Timestamp};

/// An event as it stands in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RecordedEvent {
    /// Its place in the stream that was read: the global position when `$all` was.
    pub event_number: EventNumber,
    /// Its id in the whole store.
    pub event_id: EventId,
    /// The stream that it was appended to.
    pub stream: StreamName,
    /// Its place in the stream that it was appended to.
    pub stream_version: StreamVersion,
    /// What kind of thing happened.
    pub event_type: EventType,
    /// The id of the message that caused it.
    pub causation_id: Option<Uuid>,
    /// The id of the conversation that it belongs to.
    pub correlation_id: Option<Uuid>,
    /// The event's content, serialized.
    pub data: Bytes,
    /// What is known about the event beside its content, serialized.
    pub metadata: Option<Bytes>,
    /// When it happened.
    pub created_at: Timestamp,
}

impl RecordedEvent {
    /// How many bytes its payloads have: data and metadata.
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
