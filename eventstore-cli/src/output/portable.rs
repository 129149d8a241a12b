use eventstore_core::backend::NumberedEvent;
use eventstore_core::{
    EventId, GroupSettings, ParkCause, ParkedEvent, PartitionKey, RecordedSnapshot, SubscriptionInfo,
};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::payload::exact_payload;
use crate::portable::Prefix;

/// Something that an export writes as a line of JSON, and an import reads.
pub(crate) enum PortableLine<'a> {
    /// An event in the stream that it was appended to.
    Event(&'a NumberedEvent),
    /// An event that is in this stream by a link; its number is the one there.
    Link { stream: &'a str, event: &'a NumberedEvent },
    /// A stream that is soft-deleted.
    Deleted { stream: &'a str },
    /// A snapshot, and the last event that was folded into it, if its source is a stream.
    Snapshot {
        recorded: &'a RecordedSnapshot,
        event_id: Option<EventId>,
    },
    /// A subscription, which events it has acknowledged, and which of them are parked.
    Subscription {
        info: &'a SubscriptionInfo,
        /// Only of a group, whose partitions are subscriptions of their own.
        group: Option<&'a GroupSettings>,
        acknowledged: &'a Prefix,
        parked: &'a [ParkedEvent],
    },
}

/// What the members of a group agree on.
#[derive(Serialize)]
struct GroupEntry<'a> {
    partitions: u16,
    ordering: &'a str,
    policy: &'a str,
}

/// A parked event; its number is the one in the stream that is subscribed to.
#[derive(Serialize)]
struct ParkedEntry<'a> {
    event_number: u64,
    event_id: String,
    partition: Option<&'a str>,
    /// `None` for an event that is parked only because it follows another one.
    reason: Option<&'a str>,
    attempts: u32,
    parked_at: String,
}

impl Serialize for PortableLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Event(event) => serialize_event(&mut map, event)?,
            Self::Link { stream, event } => {
                map.serialize_entry("link", stream)?;
                map.serialize_entry("event_number", &event.number.get())?;
                map.serialize_entry("event_id", &event.event_id.to_string())?;
            }
            Self::Deleted { stream } => map.serialize_entry("deleted", stream)?,
            Self::Snapshot { recorded, event_id } => serialize_snapshot(&mut map, recorded, *event_id)?,
            Self::Subscription {
                info,
                group,
                acknowledged,
                parked,
            } => {
                serialize_subscription(&mut map, info, acknowledged, parked)?;
                if let Some(group) = group {
                    map.serialize_entry("group", &GroupEntry::from(*group))?;
                }
            }
        }
        map.end()
    }
}

fn serialize_event<M: SerializeMap>(map: &mut M, event: &NumberedEvent) -> Result<(), M::Error> {
    map.serialize_entry("event_number", &event.number.get())?;
    map.serialize_entry("event_id", &event.event_id.to_string())?;
    map.serialize_entry("stream", event.stream.as_str())?;
    map.serialize_entry("stream_version", &event.stream_version.get())?;
    map.serialize_entry("event_type", event.event_type.as_str())?;
    map.serialize_entry("causation_id", &event.causation_id.map(|id| id.to_string()))?;
    map.serialize_entry("correlation_id", &event.correlation_id.map(|id| id.to_string()))?;
    map.serialize_entry("created_at", &event.created_at.to_string())?;
    serialize_payloads(map, &event.data, event.metadata.as_deref())
}

fn serialize_payloads<M: SerializeMap>(map: &mut M, data: &[u8], metadata: Option<&[u8]>) -> Result<(), M::Error> {
    exact_payload(map, ["data", "data_base64"], data)?;
    match metadata {
        Some(metadata) => exact_payload(map, ["metadata", "metadata_base64"], metadata),
        None => map.serialize_entry("metadata", &()),
    }
}

fn serialize_snapshot<M: SerializeMap>(
    map: &mut M,
    recorded: &RecordedSnapshot,
    event_id: Option<EventId>,
) -> Result<(), M::Error> {
    let snapshot = &recorded.snapshot;
    map.serialize_entry("snapshot", snapshot.source.as_str())?;
    map.serialize_entry("version", &snapshot.version.get())?;
    map.serialize_entry("event_id", &event_id.map(|id| id.to_string()))?;
    map.serialize_entry("snapshot_type", snapshot.snapshot_type.as_str())?;
    map.serialize_entry("created_at", &recorded.created_at.to_string())?;
    serialize_payloads(map, &snapshot.data, snapshot.metadata.as_deref())
}

fn serialize_subscription<M: SerializeMap>(
    map: &mut M,
    info: &SubscriptionInfo,
    acknowledged: &Prefix,
    parked: &[ParkedEvent],
) -> Result<(), M::Error> {
    map.serialize_entry("subscription", info.key.name.as_str())?;
    map.serialize_entry("stream", info.key.selector.as_str())?;
    map.serialize_entry("position", &info.record.checkpoint.get())?;
    map.serialize_entry("created_at", &info.created_at.to_string())?;
    map.serialize_entry("events", &acknowledged.events)?;
    map.serialize_entry("digest", &acknowledged.digest)?;
    map.serialize_entry("parked", &parked.iter().map(ParkedEntry::from).collect::<Vec<_>>())
}

impl<'a> From<&'a GroupSettings> for GroupEntry<'a> {
    fn from(settings: &'a GroupSettings) -> Self {
        Self {
            partitions: settings.partitions.get(),
            ordering: settings.ordering.as_str(),
            policy: settings.policy.as_str(),
        }
    }
}

impl<'a> From<&'a ParkedEvent> for ParkedEntry<'a> {
    fn from(event: &'a ParkedEvent) -> Self {
        let (reason, attempts) = match &event.cause {
            ParkCause::Rejected { reason, attempts } => (Some(reason.as_str()), *attempts),
            ParkCause::Follows => (None, 0),
        };
        Self {
            event_number: event.number.get(),
            event_id: event.event_id.to_string(),
            partition: event.partition.as_ref().map(PartitionKey::as_str),
            reason,
            attempts,
            parked_at: event.parked_at.to_string(),
        }
    }
}
