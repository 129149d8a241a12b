use eventstore_core::{Append, AppendReceipt, EventId, RecordedEvent, Result, StreamVersion};

use super::Aggregate;
use crate::{Decoded, SerdeError, TypedEvent};

/// An aggregate in the state and at the version at which it was loaded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Loaded<A> {
    /// The state.
    pub state: A,
    /// The version of the last event in the state; 0 if the stream does not exist.
    pub version: StreamVersion,
    /// The event at that version, which distinguishes the stream from one that was deleted and re-created under the same name.
    pub(super) last_event: Option<EventId>,
    /// Whether a snapshot was read that is of no use: the next one replaces it, also if it is of a later version.
    pub(super) passed_over_snapshot: bool,
}

impl<A: Aggregate> Loaded<A> {
    pub(super) fn apply(&mut self, event: TypedEvent<A::Event>) -> Result<()> {
        let recorded = event.recorded;
        match event.event {
            Decoded::Event(event) => self.state.apply(&event),
            Decoded::Erased { .. } => self.state.apply_erased(),
            Decoded::Unknown => return Err(unknown::<A::Event>(&recorded).into()),
        }
        self.version = version_of(&recorded);
        self.last_event = Some(recorded.event_id);
        Ok(())
    }

    /// Applies events that were appended just behind the version.
    pub(super) fn advance(&mut self, events: &[A::Event], append: &Append, receipt: &AppendReceipt) {
        for event in events {
            self.state.apply(event);
        }
        self.version = receipt.last_version;
        self.last_event = append.event_ids().last();
    }

    /// Whether this is the last event in the state.
    pub(super) fn ends_with(&self, event: &RecordedEvent) -> bool {
        self.last_event == Some(event.event_id) && self.version == version_of(event)
    }
}

/// The version in the stream that was read: an event of another stream is there through a link.
fn version_of(event: &RecordedEvent) -> StreamVersion {
    event.link.as_ref().map_or(event.stream_version, |link| link.version)
}

fn unknown<E>(event: &RecordedEvent) -> SerdeError {
    let error = SerdeError::UnknownEventType {
        type_name: std::any::type_name::<E>(),
        event_type: event.event_type.to_string(),
    };
    error.of(event)
}
