use std::num::NonZeroU64;

use bytes::Bytes;
use eventstore_core::backend::{NumberedEvent, PageRoom};
use eventstore_core::{EventId, StreamName};

/// The events of a page, of which the payloads of large ones are still with the server. See ADR 43.
#[derive(Debug)]
pub(crate) struct PageEvents {
    pub(crate) events: Vec<NumberedEvent>,
    /// Whether more events matched than the page has bytes for.
    pub(crate) is_cut: bool,
    /// The places of the events without payloads, in their order.
    left_out: Vec<usize>,
    room: PageRoom,
    bytes: NonZeroU64,
}

/// Whose payloads are left out, and how many bytes those have that come before on the page, not counting the ones that are left out.
pub(crate) struct LeftOut {
    pub(crate) ids: Vec<EventId>,
    pub(crate) bytes_before: Vec<u64>,
}

impl PageEvents {
    pub(crate) fn new(bytes: NonZeroU64) -> Self {
        Self {
            events: Vec::new(),
            is_cut: false,
            left_out: Vec::new(),
            room: PageRoom::new(bytes),
            bytes,
        }
    }

    pub(crate) fn reserve(&mut self, events: usize) {
        self.events.reserve(events);
    }

    pub(crate) fn last_stream(&self) -> Option<&StreamName> {
        self.events.last().map(|event| &event.stream)
    }

    /// Adds the next event with its data, if they were not left out, unless the page is full.
    pub(crate) fn push(&mut self, mut event: NumberedEvent, data: Option<Bytes>) {
        match data {
            Some(data) => {
                event.data = data;
                self.is_cut = !self.room.admits_event(&event);
            }
            None => self.left_out.push(self.events.len()),
        }
        if !self.is_cut {
            self.events.push(event);
        }
    }

    /// `None` if every event has its payloads.
    pub(crate) fn left_out(&self) -> Option<LeftOut> {
        let first = *self.left_out.first()?;
        let mut bytes: u64 = self.events[..first].iter().map(|event| event.payload_bytes()).sum();
        let mut left_out = LeftOut {
            ids: Vec::new(),
            bytes_before: Vec::new(),
        };
        let mut places = self.left_out.iter().peekable();
        for (place, event) in self.events.iter().enumerate().skip(first) {
            if places.next_if_eq(&&place).is_some() {
                left_out.ids.push(event.event_id);
                left_out.bytes_before.push(bytes);
            } else {
                bytes = bytes.saturating_add(event.payload_bytes());
            }
        }
        Some(left_out)
    }

    /// Gives the first events without payloads theirs. The page ends before the next one without, and where it has no room.
    pub(crate) fn complete(mut self, payloads: Vec<(Bytes, Option<Bytes>)>) -> Self {
        if let Some(end) = self.left_out.get(payloads.len()) {
            self.cut(*end);
        }
        for (place, (data, metadata)) in self.left_out.iter().zip(payloads) {
            if let Some(event) = self.events.get_mut(*place) {
                (event.data, event.metadata) = (data, metadata);
            }
        }
        // Only now are all sizes known: a `jsonb` may be longer as text than the server took it for (ADR 43).
        let mut room = PageRoom::new(self.bytes);
        let fit = self.events.iter().take_while(|event| room.admits_event(event)).count();
        self.cut(fit);
        self
    }

    fn cut(&mut self, end: usize) {
        self.is_cut |= end < self.events.len();
        self.events.truncate(end);
    }
}

#[cfg(test)]
mod tests {
    use eventstore_core::{EventType, NewEvent, RecordedEvent, Timestamp};
    use uuid::Uuid;

    use super::*;

    /// A page of events that have so many bytes, or are left out.
    fn page<const EVENTS: usize>(bytes: u64, events: [Option<usize>; EVENTS]) -> PageEvents {
        let mut page = PageEvents::new(NonZeroU64::new(bytes).unwrap());
        for (number, size) in (1_u32..).zip(events) {
            page.push(event(number), size.map(data));
        }
        page
    }

    fn event(number: u32) -> NumberedEvent {
        let event = NewEvent::new(Uuid::from_u128(number.into()), EventType::new("Happened").unwrap(), "");
        let at = Timestamp::from_unix_micros(0).unwrap();
        let stream = StreamName::from_storage("s");
        let event = RecordedEvent::new(event, stream.clone(), number.into(), at);
        NumberedEvent::new(&stream.into(), number.into(), event)
    }

    fn data(bytes: usize) -> Bytes {
        vec![0; bytes].into()
    }

    fn sizes(page: &PageEvents) -> Vec<u64> {
        page.events.iter().map(|event| event.payload_bytes()).collect()
    }

    #[test]
    fn what_is_left_out_is_asked_for_with_what_comes_before() {
        let page = page(100, [Some(10), None, None, Some(20), None]);
        let left_out = page.left_out().unwrap();
        assert_eq!(left_out.bytes_before, [10, 10, 30]);
        assert_eq!(
            left_out.ids,
            [2_u128, 3, 5].map(|id| EventId::from(Uuid::from_u128(id)))
        );
    }

    #[test]
    fn a_page_ends_before_the_first_payload_that_did_not_come() {
        for (came, expected, is_cut) in [(0, &[10][..], true), (1, &[10, 40], true), (2, &[10, 40, 40, 5], false)] {
            let page = page(100, [Some(10), None, None, Some(5)]);
            let page = page.complete(vec![(data(40), None); came]);
            assert_eq!((sizes(&page).as_slice(), page.is_cut), (expected, is_cut));
        }
    }

    #[test]
    fn a_page_ends_where_it_has_no_room_whatever_was_sent() {
        let whole = page(100, [Some(60), Some(50), Some(1)]);
        assert_eq!((sizes(&whole), whole.is_cut), (vec![60], true));
        let mixed = page(100, [Some(30), None, Some(30), Some(30)]).complete(vec![(data(30), Some(data(20)))]);
        assert_eq!((sizes(&mixed), mixed.is_cut), (vec![30, 50], true));
        let single = page(100, [None, Some(1)]).complete(vec![(data(500), None)]);
        assert_eq!((sizes(&single), single.is_cut), (vec![500], true));
    }
}
