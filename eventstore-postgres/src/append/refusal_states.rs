use std::collections::HashMap;

use eventstore_core::backend::{StoredPlace, StreamState};
use eventstore_core::{Append, AppendReceipt, EventId, Result, StreamName};

use crate::connection::Session;

/// What the tables hold, in fresh snapshots, about appends that were not made (ADR 10).
pub(crate) struct RefusalStates {
    stored: HashMap<EventId, StoredPlace>,
    states: HashMap<StreamName, StreamState>,
}

impl RefusalStates {
    /// Reads first the events of the appends that may have been made before, then the streams of all: an event that was found
    /// is still there when its stream is read.
    pub(crate) async fn about(
        session: &mut Session<'_>,
        appends: &[&Append],
        may_be_stored: impl Fn(&Append) -> bool,
    ) -> Result<Self> {
        let suspects: Vec<_> = appends.iter().copied().filter(|append| may_be_stored(append)).collect();
        let stored = find_stored(session, &suspects).await?;
        let streams: Vec<_> = appends.iter().map(|append| append.stream()).collect();
        let states = session.find_states(&streams).await?;
        Ok(Self { stored, states })
    }

    /// The answer to an append that is refused or was made before; `None` if nothing prevents it.
    pub(crate) fn answer(&self, append: &Append) -> Option<Result<AppendReceipt>> {
        let state = self.state(append.stream());
        let stored: Vec<_> = append
            .event_ids()
            .filter_map(|id| self.stored.get(&id).cloned())
            .collect();
        let repeated = append.earlier_receipt(&stored).transpose();
        // A repeated append gets its receipt although the stream has moved on since, so the expected version is not
        // compared. A deleted stream refuses it like any other append.
        if append.is_idempotent() && repeated.is_some() && state != StreamState::Deleted {
            return repeated;
        }
        match append.expected().check(state) {
            Ok(_) => repeated,
            Err(refusal) => Some(Err(append.expected().refused(append.stream(), state, refusal))),
        }
    }

    fn state(&self, stream: &StreamName) -> StreamState {
        self.states.get(stream).copied().unwrap_or(StreamState::Absent)
    }
}

async fn find_stored(session: &mut Session<'_>, appends: &[&Append]) -> Result<HashMap<EventId, StoredPlace>> {
    if appends.is_empty() {
        return Ok(HashMap::new());
    }
    let stored = session.find_events(appends).await?;
    Ok(stored.into_iter().map(|event| (event.id, event)).collect())
}
