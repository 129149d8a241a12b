use eventstore_core::RecordedEvent;
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::payload::exact_payload;

/// Something that an export writes as a line of JSON, and an import reads.
pub(crate) enum PortableLine<'a> {
    /// An event that stands in the stream that it was appended to.
    Event(&'a RecordedEvent),
    /// An event that stands in this stream by a link; its number is the one there.
    Link { stream: &'a str, event: &'a RecordedEvent },
    /// A stream that is soft-deleted.
    Deleted { stream: &'a str },
}

impl Serialize for PortableLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Event(event) => serialize_event(&mut map, event)?,
            Self::Link { stream, event } => {
                map.serialize_entry("link", stream)?;
                map.serialize_entry("event_number", &event.event_number.get())?;
                map.serialize_entry("event_id", &event.event_id.to_string())?;
            }
            Self::Deleted { stream } => map.serialize_entry("deleted", stream)?,
        }
        map.end()
    }
}

fn serialize_event<M: SerializeMap>(map: &mut M, event: &RecordedEvent) -> Result<(), M::Error> {
    map.serialize_entry("event_number", &event.event_number.get())?;
    map.serialize_entry("event_id", &event.event_id.to_string())?;
    map.serialize_entry("stream", event.stream.as_str())?;
    map.serialize_entry("stream_version", &event.stream_version.get())?;
    map.serialize_entry("event_type", event.event_type.as_str())?;
    map.serialize_entry("causation_id", &event.causation_id.map(|id| id.to_string()))?;
    map.serialize_entry("correlation_id", &event.correlation_id.map(|id| id.to_string()))?;
    map.serialize_entry("created_at", &event.created_at.to_string())?;
    exact_payload(map, ["data", "data_base64"], &event.data)?;
    match &event.metadata {
        Some(metadata) => exact_payload(map, ["metadata", "metadata_base64"], metadata),
        None => map.serialize_entry("metadata", &()),
    }
}
