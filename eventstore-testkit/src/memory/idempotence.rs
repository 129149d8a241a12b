use eventstore_core::{Append, AppendReceipt, Error, EventId, Result, StoredEvent, StreamState};

use super::state::State;

impl State {
    /// The receipt that an idempotent append was given before; `None` if nothing of it is stored.
    pub(super) fn earlier_receipt(&self, append: &Append) -> Result<Option<AppendReceipt>> {
        let stream = append.stream();
        if !append.is_idempotent() {
            return Ok(None);
        }
        if self.state_of(stream) == StreamState::Deleted {
            return Err(Error::StreamDeleted { stream: stream.clone() });
        }
        let stored: Vec<_> = append.event_ids().filter_map(|id| self.stored(id)).collect();
        append.judge_stored(&stored)
    }

    fn stored(&self, id: EventId) -> Option<StoredEvent> {
        let event = self.events.get(&id)?;
        Some(StoredEvent {
            id,
            stream: event.stream.clone(),
            version: event.stream_version,
            position: event.event_number,
        })
    }
}
