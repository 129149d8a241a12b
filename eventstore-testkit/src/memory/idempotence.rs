use eventstore_core::backend::{StoredPlace, StreamState};
use eventstore_core::{Append, AppendReceipt, Error, NewEvent, Result};

use super::state::State;

impl State {
    /// The receipt of an earlier attempt of an idempotent append; `None` if nothing of it is stored.
    pub(super) fn earlier_receipt(&self, append: &Append) -> Result<Option<AppendReceipt>> {
        let stream = append.stream();
        if !append.is_idempotent() {
            return Ok(None);
        }
        if self.state_of(stream) == StreamState::Deleted {
            return Err(Error::StreamDeleted { stream: stream.clone() });
        }
        let stored: Vec<_> = append.events().iter().filter_map(|event| self.stored(event)).collect();
        append.earlier_receipt(&stored)
    }

    fn stored(&self, wanted: &NewEvent) -> Option<StoredPlace> {
        let event = self.events.get(&wanted.id)?;
        let (data, _) = self.payloads.of_event(wanted).ok()?;
        Some(StoredPlace {
            id: wanted.id,
            stream: event.stream.clone(),
            version: event.stream_version,
            position: event.position?,
            has_same_content: event.event_type == wanted.event_type && event.data == data,
        })
    }
}
