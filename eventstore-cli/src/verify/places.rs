use std::collections::HashMap;

use eventstore_core::backend::NumberedEvent;
use eventstore_core::{EventId, EventNumber, StreamName, StreamVersion};

/// Where the events of `$all` are, by their ids; the name of each stream is kept once.
#[derive(Default)]
pub(super) struct Places {
    streams: HashMap<StreamName, Stream>,
    events: HashMap<EventId, (usize, StreamVersion)>,
}

/// What `$all` has shown of a stream.
#[derive(Default)]
struct Stream {
    index: usize,
    last: StreamVersion,
    /// How many of its events were not read in the stream itself yet.
    unread: u64,
    first_position: EventNumber,
}

/// What is wrong with an event of `$all`.
pub(super) enum Misplaced {
    Repeated,
    /// Its version is not after that of the event of its stream before.
    OutOfOrder,
}

impl Places {
    pub(super) fn put(&mut self, event: &NumberedEvent) -> Result<(), Misplaced> {
        let next = self.streams.len();
        let stream = self.streams.entry(event.stream.clone()).or_insert_with(|| Stream {
            index: next,
            first_position: event.number,
            ..Stream::default()
        });
        if self.events.contains_key(&event.event_id) {
            return Err(Misplaced::Repeated);
        }
        self.events.insert(event.event_id, (stream.index, event.stream_version));
        stream.unread += 1;
        if event.stream_version <= stream.last {
            return Err(Misplaced::OutOfOrder);
        }
        stream.last = event.stream_version;
        Ok(())
    }

    /// Takes note that an event was read in its own stream; whether `$all` has it there.
    pub(super) fn confirm(&mut self, event: &NumberedEvent) -> bool {
        let Some(stream) = self.streams.get_mut(&event.stream) else {
            return false;
        };
        let is_there = self.events.get(&event.event_id) == Some(&(stream.index, event.stream_version));
        stream.unread = stream.unread.saturating_sub(u64::from(is_there));
        is_there
    }

    pub(super) fn contains(&self, id: EventId) -> bool {
        self.events.contains_key(&id)
    }

    /// The last version that `$all` has of the stream, and how many of its events were not confirmed.
    pub(super) fn rest_of(&self, stream: &StreamName) -> Option<(StreamVersion, u64)> {
        self.streams.get(stream).map(|stream| (stream.last, stream.unread))
    }

    /// The streams of the events, each with the position of its first one.
    pub(super) fn streams(&self) -> impl Iterator<Item = (&StreamName, EventNumber)> {
        self.streams.iter().map(|(name, stream)| (name, stream.first_position))
    }
}
