use eventstore_core::EventId;
use serde::{Deserialize, Serialize};

/// The metadata of a snapshot: which event was the last one in the state.
#[derive(Serialize, Deserialize)]
pub(super) struct SnapshotMark {
    last_event_id: String,
}

impl From<EventId> for SnapshotMark {
    fn from(id: EventId) -> Self {
        Self {
            last_event_id: id.to_string(),
        }
    }
}

impl SnapshotMark {
    pub(super) fn last_event(&self) -> Option<EventId> {
        self.last_event_id.parse().ok()
    }
}
