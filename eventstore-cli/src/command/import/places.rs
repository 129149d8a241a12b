use std::collections::{HashMap, HashSet};

use eventstore_core::backend::NumberedEvent;
use eventstore_core::{Error, EventId, EventNumber, EventReader, EventReaderExt, Read, StreamSelector};
use futures_util::TryStreamExt;

use super::entry::SubscriptionEntry;
use crate::portable::{Prefix, PrefixBuilder};

/// Finds the places in a stream of the store that an export names by their events.
pub(super) struct Places {
    checkpoints: HashMap<Prefix, EventNumber>,
    numbers: HashMap<EventId, EventNumber>,
}

impl Places {
    /// Finds what these subscriptions to the stream name, from its first event on.
    pub(super) async fn find<R>(
        reader: &R,
        stream: &StreamSelector,
        subscriptions: &[SubscriptionEntry],
    ) -> Result<Self, Error>
    where
        R: EventReader + ?Sized,
    {
        let mut search = Search::new(subscriptions);
        let mut events = reader.numbered(Read::new(stream.clone()));
        while !search.is_done() {
            match events.try_next().await {
                Ok(Some(event)) => search.take(&event),
                Ok(None) | Err(Error::StreamNotFound { .. } | Error::StreamDeleted { .. }) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(search.found)
    }

    /// The number of the last event of this prefix; nothing if the stream begins with other events.
    pub(super) fn checkpoint(&self, acknowledged: &Prefix) -> Option<EventNumber> {
        self.checkpoints.get(acknowledged).copied()
    }

    pub(super) fn number(&self, event_id: EventId) -> Option<EventNumber> {
        self.numbers.get(&event_id).copied()
    }
}

struct Search {
    seen: PrefixBuilder,
    /// The lengths of the prefixes that are searched for, in events.
    lengths: HashSet<u64>,
    longest: u64,
    ids: HashSet<EventId>,
    found: Places,
}

impl Search {
    fn new(subscriptions: &[SubscriptionEntry]) -> Self {
        let seen = PrefixBuilder::default();
        let lengths: HashSet<_> = subscriptions.iter().map(|entry| entry.acknowledged.events).collect();
        let parked = subscriptions.iter().flat_map(|entry| &entry.parked);
        Self {
            longest: lengths.iter().max().copied().unwrap_or(0),
            lengths,
            ids: parked.map(|event| event.event_id).collect(),
            found: Places {
                checkpoints: HashMap::from([(seen.prefix(), EventNumber::ZERO)]),
                numbers: HashMap::new(),
            },
            seen,
        }
    }

    fn is_done(&self) -> bool {
        self.seen.events() >= self.longest && self.ids.is_empty()
    }

    fn take(&mut self, event: &NumberedEvent) {
        self.seen.push(event.event_id);
        if self.lengths.contains(&self.seen.events()) {
            self.found.checkpoints.insert(self.seen.prefix(), event.number);
        }
        if self.ids.remove(&event.event_id) {
            self.found.numbers.insert(event.event_id, event.number);
        }
    }
}
