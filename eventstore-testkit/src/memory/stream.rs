use std::collections::BTreeMap;

use eventstore_core::{
    Direction, EventId, EventNumber, Page, PageRequest, RecordedEvent, StreamInfo, StreamName, StreamSelector,
    StreamState, StreamVersion, Timestamp,
};

/// A stream, or `$all`: its own events, or links, by their numbers.
#[derive(Debug)]
pub(super) struct MemoryStream {
    info: StreamInfo,
    events: BTreeMap<EventNumber, RecordedEvent>,
}

impl MemoryStream {
    pub(super) fn new(id: u64, selector: StreamSelector, created_at: Timestamp) -> Self {
        Self {
            info: StreamInfo {
                selector,
                id,
                version: StreamVersion::ZERO,
                created_at,
                deleted_at: None,
            },
            events: BTreeMap::new(),
        }
    }

    pub(super) fn info(&self) -> &StreamInfo {
        &self.info
    }

    pub(super) fn version(&self) -> StreamVersion {
        self.info.version
    }

    pub(super) fn is_deleted(&self) -> bool {
        self.info.deleted_at.is_some()
    }

    pub(super) fn mark_deleted(&mut self, at: Option<Timestamp>) {
        self.info.deleted_at = at;
    }

    /// What it is for everybody who does not look behind a soft delete.
    pub(super) fn state(&self) -> StreamState {
        if self.is_deleted() {
            StreamState::Deleted
        } else {
            StreamState::Present {
                version: self.version(),
            }
        }
    }

    /// Puts an event, or a link to it, at the end.
    pub(super) fn push(&mut self, event: &RecordedEvent) {
        self.info.version = self.info.version.next();
        let event_number = self.info.version.into();
        let numbered = RecordedEvent {
            event_number,
            ..event.clone()
        };
        self.events.insert(event_number, numbered);
    }

    pub(super) fn holds(&self, id: EventId) -> bool {
        self.events.values().any(|event| event.event_id == id)
    }

    /// Removes what was appended to this stream; the numbers of the other events, and the version, stay as they are.
    pub(super) fn forget_events_of(&mut self, origin: &StreamName) {
        self.events.retain(|_, event| event.stream != *origin);
    }

    pub(super) fn page(&self, request: &PageRequest) -> Page {
        match request.direction {
            Direction::Forward => self.forward_page(request),
            Direction::Backward => self.backward_page(request),
        }
    }

    fn forward_page(&self, request: &PageRequest) -> Page {
        let from = request.from.max(EventNumber::FIRST);
        let (events, is_last) = take(self.events.range(from..), request.limit);
        let read_to = number_of_last(&events).unwrap_or(from.previous());
        let scanned_to = if is_last {
            read_to.max(self.version().into())
        } else {
            read_to
        };
        Page {
            events,
            scanned_to,
            is_last,
        }
    }

    fn backward_page(&self, request: &PageRequest) -> Page {
        let from = request.from.min(self.version().into());
        let (events, is_last) = take(self.events.range(..=from).rev(), request.limit);
        let read_to = number_of_last(&events).unwrap_or(from.next());
        let scanned_to = if is_last { EventNumber::FIRST } else { read_to };
        Page {
            events,
            scanned_to,
            is_last,
        }
    }
}

/// The first events, and whether there are no more.
fn take<'a>(
    mut events: impl Iterator<Item = (&'a EventNumber, &'a RecordedEvent)>,
    limit: u32,
) -> (Vec<RecordedEvent>, bool) {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let taken = events.by_ref().take(limit).map(|(_, event)| event.clone()).collect();
    (taken, events.next().is_none())
}

fn number_of_last(events: &[RecordedEvent]) -> Option<EventNumber> {
    events.last().map(|event| event.event_number)
}
