use std::collections::BTreeMap;

use eventstore_core::backend::{NumberedEvent, Page, PageRequest, PageRoom, StreamState};
use eventstore_core::{
    Direction, EventId, EventNumber, RecordedEvent, StreamInfo, StreamName, StreamSelector, StreamVersion, Timestamp,
};

/// How many numbers a page with a filter scans: so few that readers meet pages without events.
const WINDOW: u64 = 5;

/// A stream, or `$all`: its own events, or links, by their numbers.
#[derive(Debug, Clone)]
pub(super) struct MemoryStream {
    info: StreamInfo,
    events: BTreeMap<EventNumber, NumberedEvent>,
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

    /// What it is for callers from whom a soft delete hides it.
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
        let number = self.info.version.into();
        let numbered = NumberedEvent::new(&self.info.selector, number, event.clone());
        self.events.insert(number, numbered);
    }

    pub(super) fn holds(&self, id: EventId) -> bool {
        self.number_of(id).is_some()
    }

    pub(super) fn number_of(&self, id: EventId) -> Option<EventNumber> {
        let event = self.events.values().find(|event| event.event_id == id)?;
        Some(event.number)
    }

    /// The events with higher numbers than this one.
    pub(super) fn events_after(&self, number: EventNumber) -> impl Iterator<Item = &NumberedEvent> {
        let events = self.events.range(number.next()..);
        events.map(|(_, event)| event)
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
        let end = if request.filter.is_everything() {
            EventNumber::MAX
        } else {
            from.after(WINDOW - 1).unwrap_or(EventNumber::MAX)
        };
        let (events, is_exhausted) = take(self.events.range(from..=end), request);
        let scanned_to = if is_exhausted {
            end.min(self.version().into()).max(from.previous())
        } else {
            number_of_last(&events).unwrap_or(from.previous())
        };
        Page {
            events,
            scanned_to,
            is_last: is_exhausted && end >= self.version().into(),
        }
    }

    fn backward_page(&self, request: &PageRequest) -> Page {
        let from = request.from.min(self.version().into());
        let end = if request.filter.is_everything() {
            EventNumber::ZERO
        } else {
            from.before(WINDOW - 1)
        };
        let (events, is_exhausted) = take(self.events.range(end..=from).rev(), request);
        let scanned_to = if is_exhausted {
            end.max(EventNumber::FIRST)
        } else {
            number_of_last(&events).unwrap_or(from.next())
        };
        Page {
            events,
            scanned_to,
            is_last: is_exhausted && end <= EventNumber::FIRST,
        }
    }

    /// The number of the first event at this time or later, or of the next event.
    pub(super) fn number_at(&self, at: Timestamp) -> EventNumber {
        let found = self.events.values().find(|event| event.created_at >= at);
        found.map_or(self.version().next().into(), |event| event.number)
    }
}

/// The first events that match, and whether there are no more of them.
fn take<'a>(
    events: impl Iterator<Item = (&'a EventNumber, &'a NumberedEvent)>,
    request: &PageRequest,
) -> (Vec<NumberedEvent>, bool) {
    let limit = usize::try_from(request.limit).unwrap_or(usize::MAX);
    let matching = events
        .map(|(_, event)| event)
        .filter(|event| request.filter.matches(event));
    let mut room = PageRoom::of(request);
    let mut taken = Vec::new();
    for event in matching {
        if taken.len() == limit || !room.admits_event(event) {
            return (taken, false);
        }
        taken.push(event.clone());
    }
    (taken, true)
}

fn number_of_last(events: &[NumberedEvent]) -> Option<EventNumber> {
    events.last().map(|event| event.number)
}
