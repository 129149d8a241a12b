use eventstore_core::{Append, AppendReceipt, Error, RecordedEvent, Result, StreamState};

use super::append::count;
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

        let stored: Vec<(u64, &RecordedEvent)> = (0..)
            .zip(append.event_ids())
            .filter_map(|(offset, id)| Some((offset, self.events.get(&id)?)))
            .collect();
        let Some(&(_, first)) = stored.first() else {
            return Ok(None);
        };
        let stands_there = |offset, event: &RecordedEvent| {
            event.stream == *stream
                && first.stream_version.after(offset) == Ok(event.stream_version)
                && first.event_number.after(offset) == Ok(event.event_number)
        };
        let misfit = stored.iter().find(|(offset, event)| !stands_there(*offset, event));
        let is_whole = stored.len() == append.events().len();
        match misfit {
            Some((_, event)) => Err(already_stored(event)),
            None if !is_whole => Err(already_stored(first)),
            None => Ok(Some(AppendReceipt {
                is_deduplicated: true,
                ..AppendReceipt::following(
                    stream.clone(),
                    first.stream_version.previous(),
                    first.event_number.previous(),
                    count(append)?,
                )?
            })),
        }
    }
}

fn already_stored(event: &RecordedEvent) -> Error {
    Error::DuplicateEvent {
        event_id: event.event_id,
    }
}
