use eventstore_core::backend::NumberedEvent;
use eventstore_core::{EventPlace, FoundEvent, Position, RecordedEvent};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::PayloadView;

/// An event as a row of a list.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct EventRow {
    /// The number in the stream that was read: in `$all`, the position.
    pub(crate) number: u64,
    /// The position in `$all`, where it is known.
    pub(crate) position: Option<u64>,
    /// The event's id.
    pub(crate) event_id: Uuid,
    /// What kind of thing happened.
    pub(crate) event_type: String,
    /// The stream that the event was appended to.
    pub(crate) stream: String,
    /// The event's version in that stream.
    pub(crate) stream_version: u64,
    /// Whether the event is in the stream that was read through a link.
    pub(crate) is_link: bool,
    /// When it happened, as RFC 3339 writes it.
    pub(crate) created_at: String,
    /// How many bytes its data has.
    pub(crate) data_bytes: usize,
    /// The beginning of its data.
    pub(crate) preview: String,
}

/// A part of a stream.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct EventsView {
    /// The events, in the order that was asked for.
    pub(crate) events: Vec<EventRow>,
    /// Where the next part begins; nothing if there are no more events in this direction.
    pub(crate) next: Option<u64>,
    /// How far the events were looked through: every matching event up to here is listed.
    pub(crate) examined_to: u64,
}

/// One event, whole.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct EventView {
    /// The event's id.
    pub(crate) event_id: Uuid,
    /// Its position in `$all`.
    pub(crate) position: Option<u64>,
    /// What kind of thing happened.
    pub(crate) event_type: String,
    /// The stream that the event was appended to.
    pub(crate) stream: String,
    /// The event's version in that stream.
    pub(crate) stream_version: u64,
    /// When it happened, as RFC 3339 writes it.
    pub(crate) created_at: String,
    /// The id of the message that caused it.
    pub(crate) causation_id: Option<Uuid>,
    /// The id of the conversation that it belongs to.
    pub(crate) correlation_id: Option<Uuid>,
    /// Its content.
    pub(crate) data: PayloadView,
    /// What is known besides.
    pub(crate) metadata: Option<PayloadView>,
    /// Every stream that holds it: first the one that it was appended to.
    pub(crate) places: Vec<PlaceView>,
}

/// A stream that holds an event.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct PlaceView {
    /// The stream.
    pub(crate) stream: String,
    /// The version of the event, or of the link to it.
    pub(crate) version: u64,
    /// Whether the stream is soft-deleted.
    pub(crate) is_deleted: bool,
}

impl EventRow {
    pub(crate) fn new(event: &NumberedEvent) -> Self {
        Self::numbered(event.number.get(), &event.event)
    }

    /// An event of `$all`.
    pub(crate) fn of_all(event: &RecordedEvent) -> Self {
        Self::numbered(event.position.map_or(0, Position::get), event)
    }

    fn numbered(number: u64, event: &RecordedEvent) -> Self {
        Self {
            number,
            position: event.position.map(Position::get),
            event_id: event.event_id.as_uuid(),
            event_type: event.event_type.to_string(),
            stream: event.stream.to_string(),
            stream_version: event.stream_version.get(),
            is_link: event.link.is_some(),
            created_at: event.created_at.to_string(),
            data_bytes: event.data.len(),
            preview: PayloadView::preview(&event.data),
        }
    }
}

impl EventView {
    pub(crate) fn new(found: &FoundEvent, data: PayloadView, metadata: Option<PayloadView>) -> Self {
        let event = &found.event;
        Self {
            event_id: event.event_id.as_uuid(),
            position: event.position.map(Position::get),
            event_type: event.event_type.to_string(),
            stream: event.stream.to_string(),
            stream_version: event.stream_version.get(),
            created_at: event.created_at.to_string(),
            causation_id: event.causation_id,
            correlation_id: event.correlation_id,
            data,
            metadata,
            places: found.places.iter().map(PlaceView::new).collect(),
        }
    }
}

impl PlaceView {
    fn new(place: &EventPlace) -> Self {
        Self {
            stream: place.stream.to_string(),
            version: place.version.get(),
            is_deleted: place.is_deleted,
        }
    }
}
