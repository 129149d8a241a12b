use eventstore_core::backend::StreamState;
use eventstore_core::{Delete, Deletion, Error, Result, StreamName, StreamSelector, Timestamp};

use super::state::{State, expect_state};
use super::stream::MemoryStream;

impl State {
    pub(super) fn delete(&mut self, delete: &Delete, hard_deletes_enabled: bool, now: Timestamp) -> Result<()> {
        let stream = delete.stream();
        expect_state(stream, delete.expected(), self.state_to_delete(delete))?;
        match delete.deletion() {
            Deletion::Soft => {
                self.existing(stream)?.mark_deleted(Some(now));
                self.tell_nodes_of_change(&stream.clone().into());
            }
            Deletion::Hard if !hard_deletes_enabled => return Err(Error::HardDeletesDisabled),
            Deletion::Hard => {
                self.existing(stream)?;
                self.remove(stream);
            }
        }
        Ok(())
    }

    pub(super) fn undelete(&mut self, stream: &StreamName) -> Result<()> {
        self.existing(stream)?.mark_deleted(None);
        Ok(())
    }

    /// A hard delete treats a soft-deleted stream like any other.
    fn state_to_delete(&self, delete: &Delete) -> StreamState {
        match (delete.deletion(), self.streams.get(delete.stream())) {
            (Deletion::Hard, Some(stream)) => StreamState::Present {
                version: stream.version(),
            },
            _ => self.state_of(delete.stream()),
        }
    }

    fn existing(&mut self, stream: &StreamName) -> Result<&mut MemoryStream> {
        self.streams
            .get_mut(stream)
            .ok_or_else(|| StreamSelector::from(stream.clone()).not_found())
    }

    /// Removes the stream, its own events, wherever they are linked, and its snapshot; the links in it are just references.
    fn remove(&mut self, stream: &StreamName) {
        self.streams.remove(stream);
        self.snapshots.remove(stream);
        self.events.retain(|_, event| event.stream != *stream);
        self.all.forget_events_of(stream);
        for other in self.streams.values_mut() {
            other.forget_events_of(stream);
        }
    }
}
