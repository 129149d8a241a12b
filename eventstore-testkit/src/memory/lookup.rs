use eventstore_core::{EventId, EventPlace, FoundEvent, RecordedEvent, StreamName};

use super::state::State;
use super::stream::MemoryStream;

impl State {
    pub(super) fn find_event(&self, id: EventId) -> Option<FoundEvent> {
        let event = self.events.get(&id)?;
        let mut places: Vec<_> = self
            .streams
            .iter()
            .filter_map(|(name, stream)| place(id, name, stream))
            .collect();
        places.sort_by(|a, b| order(event, a).cmp(&order(event, b)));
        Some(FoundEvent {
            event: event.clone(),
            places,
        })
    }
}

/// The stream of the event comes first.
fn order<'a>(event: &RecordedEvent, place: &'a EventPlace) -> (bool, &'a StreamName) {
    (place.stream != event.stream, &place.stream)
}

fn place(id: EventId, name: &StreamName, stream: &MemoryStream) -> Option<EventPlace> {
    Some(EventPlace {
        stream: name.clone(),
        version: stream.number_of(id)?.into(),
        is_deleted: stream.is_deleted(),
    })
}
