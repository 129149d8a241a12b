use eventstore_core::{EventId, NewEvent};
use serde_json::value::RawValue;
use uuid::Uuid;

pub(super) fn fresh_id() -> EventId {
    EventId::new(Uuid::now_v7())
}

/// `null` means no metadata.
pub(super) fn with_metadata(event: NewEvent, metadata: &RawValue) -> NewEvent {
    match metadata.get() {
        "null" => event,
        text => event.with_metadata(text.to_owned()),
    }
}
