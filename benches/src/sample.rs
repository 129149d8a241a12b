//! The events that are appended.

use bytes::Bytes;
use eventstore_core::{EventType, InvalidEventType, NewEvent};
use uuid::Uuid;

/// The size of an event's data.
pub(crate) const DATA: [u8; 100] = [b'x'; 100];

pub(crate) const EVENT_TYPE: &str = "Happened";

/// A new event of the store's, with an id in the order of time.
pub(crate) fn event(event_type: &EventType) -> NewEvent {
    NewEvent::new(Uuid::now_v7(), event_type.clone(), Bytes::from_static(&DATA))
}

pub(crate) fn event_type() -> Result<EventType, InvalidEventType> {
    EventType::new(EVENT_TYPE)
}

/// The name of a stream, by its number; what a population makes is named alike.
pub(crate) fn stream(number: u64) -> String {
    format!("load-{number}")
}
