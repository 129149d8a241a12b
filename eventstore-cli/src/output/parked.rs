use eventstore_core::backend::NumberedEvent;
use eventstore_core::{ParkCause, ParkedEvent, PartitionKey};
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::details::Detail;
use super::event::{self, EventFields};
use super::table::{TableRow, or_dash};

/// A parked event: where it is in the stream that is subscribed to, and why it is parked.
#[derive(Clone, Copy)]
pub(crate) struct ParkedRow<'a>(&'a ParkedEvent);

impl<'a> From<&'a ParkedEvent> for ParkedRow<'a> {
    fn from(event: &'a ParkedEvent) -> Self {
        Self(event)
    }
}

impl ParkedRow<'_> {
    fn partition(&self) -> Option<&str> {
        self.0.partition.as_ref().map(PartitionKey::as_str)
    }

    /// `None` for an event that is parked only because it follows another one.
    fn reason(&self) -> (Option<&str>, u32) {
        match &self.0.cause {
            ParkCause::Rejected { reason, attempts } => (Some(reason), *attempts),
            ParkCause::Follows => (None, 0),
        }
    }

    fn serialize_fields<M: SerializeMap>(self, map: &mut M) -> Result<(), M::Error> {
        let (reason, attempts) = self.reason();
        map.serialize_entry("event_number", &self.0.number.get())?;
        map.serialize_entry("event_id", &self.0.event_id.to_string())?;
        map.serialize_entry("partition", &self.partition())?;
        map.serialize_entry("reason", &reason)?;
        map.serialize_entry("attempts", &attempts)?;
        map.serialize_entry("parked_at", &self.0.parked_at.to_string())
    }
}

impl Serialize for ParkedRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.serialize_fields(&mut map)?;
        map.end()
    }
}

impl TableRow for ParkedRow<'_> {
    const HEAD: &'static [&'static str] = &["NUMBER", "EVENT ID", "PARTITION", "ATTEMPTS", "PARKED AT", "REASON"];

    fn cells(&self) -> Vec<String> {
        let (reason, attempts) = self.reason();
        vec![
            self.0.number.to_string(),
            self.0.event_id.to_string(),
            or_dash(self.partition()),
            attempts.to_string(),
            self.0.parked_at.to_string(),
            reason.unwrap_or("follows a parked event").to_owned(),
        ]
    }
}

/// A parked event with all that it holds.
pub(super) struct ParkedEventLine<'a> {
    pub(super) parked: ParkedRow<'a>,
    pub(super) event: &'a NumberedEvent,
}

impl Serialize for ParkedEventLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.parked.serialize_fields(&mut map)?;
        map.serialize_entry("event", &EventFields(self.event))?;
        map.end()
    }
}

impl ParkedEventLine<'_> {
    pub(super) fn details(&self) -> Vec<Detail> {
        let names = ParkedRow::HEAD.iter().zip(self.parked.cells());
        let parked = names.map(|(name, value)| (name.to_lowercase(), value));
        // The number and the id are among the details of the event.
        parked.skip(2).chain(event::details(self.event)).collect()
    }
}
