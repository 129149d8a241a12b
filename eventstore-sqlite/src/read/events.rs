use std::num::NonZeroU64;

use bytes::Bytes;
use eventstore_core::Position;
use eventstore_core::backend::{NumberedEvent, PageRoom};

use super::packed::Unpacked;

/// The events of a page; large payloads may still be missing.
#[derive(Debug)]
pub(super) struct PageEvents {
    events: Vec<NumberedEvent>,
    /// Whether more events matched than the page has bytes for.
    is_cut: bool,
    /// The places of the events without payloads, in their order.
    left_out: Vec<usize>,
    room: PageRoom,
}

/// The payloads of an event: data and metadata.
pub(super) type Payloads = (Bytes, Option<Bytes>);

impl PageEvents {
    pub(super) fn new(bytes: NonZeroU64) -> Self {
        Self {
            events: Vec::new(),
            is_cut: false,
            left_out: Vec::new(),
            room: PageRoom::new(bytes),
        }
    }

    /// Adds the next event, unless the page is full.
    pub(super) fn push(&mut self, Unpacked { event, left_out }: Unpacked) {
        let bytes = left_out.unwrap_or_else(|| event.payload_bytes());
        if !self.room.admits(bytes) {
            self.is_cut = true;
            return;
        }
        if left_out.is_some() {
            self.left_out.push(self.events.len());
        }
        self.events.push(event);
    }

    /// The positions of the events whose payloads are to be read; all of them fit on the page.
    pub(super) fn left_out(&self) -> Vec<Option<i64>> {
        let position = |place: &usize| self.events[*place].position.map(Position::as_i64);
        self.left_out.iter().map(position).collect()
    }

    /// Gives the first events without payloads theirs; the page ends before the next one without.
    pub(super) fn complete(&mut self, payloads: Vec<Payloads>) {
        if let Some(end) = self.left_out.get(payloads.len()) {
            self.events.truncate(*end);
            self.is_cut = true;
        }
        for (place, (data, metadata)) in self.left_out.drain(..).zip(payloads) {
            let event = &mut self.events[place];
            (event.data, event.metadata) = (data, metadata);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// The events, and whether more would follow.
    pub(super) fn into_parts(self) -> (Vec<NumberedEvent>, bool) {
        (self.events, self.is_cut)
    }
}

#[cfg(test)]
mod tests {
    use eventstore_core::{EventType, NewEvent, RecordedEvent, StreamName, Timestamp};
    use uuid::Uuid;

    use super::*;

    enum Sent {
        Whole(usize),
        LeftOut(u64),
    }
    use Sent::{LeftOut, Whole};

    /// A page of 100 bytes, and these events.
    fn page<const EVENTS: usize>(events: [Sent; EVENTS]) -> PageEvents {
        let mut page = PageEvents::new(NonZeroU64::new(100).unwrap());
        for (number, sent) in (1_u32..).zip(events) {
            page.push(match sent {
                Whole(bytes) => Unpacked {
                    event: event(number, bytes),
                    left_out: None,
                },
                LeftOut(bytes) => Unpacked {
                    event: event(number, 0),
                    left_out: Some(bytes),
                },
            });
        }
        page
    }

    fn event(number: u32, bytes: usize) -> NumberedEvent {
        let event = NewEvent::new(
            Uuid::from_u128(number.into()),
            EventType::new("Happened").unwrap(),
            payload(bytes),
        );
        let at = Timestamp::from_unix_micros(0).unwrap();
        let stream = StreamName::from_storage("s");
        let event = RecordedEvent::new(event, stream.clone(), number.into(), at).with_position(number.into());
        NumberedEvent::new(&stream.into(), number.into(), event)
    }

    fn payload(bytes: usize) -> Bytes {
        vec![0; bytes].into()
    }

    fn sizes(page: PageEvents) -> (Vec<u64>, bool) {
        let (events, is_cut) = page.into_parts();
        (events.iter().map(|event| event.payload_bytes()).collect(), is_cut)
    }

    #[test]
    fn a_page_ends_where_it_has_no_room_even_for_a_payload_that_was_left_out() {
        assert_eq!(sizes(page([Whole(60), Whole(50), Whole(1)])), (vec![60], true));
        assert_eq!(sizes(page([Whole(500), Whole(1)])), (vec![500], true));
        let mut mixed = page([Whole(30), LeftOut(60), LeftOut(11), Whole(1)]);
        assert_eq!(mixed.left_out(), [Some(2)]);
        mixed.complete(vec![(payload(40), Some(payload(20)))]);
        assert_eq!(sizes(mixed), (vec![30, 60], true));
    }

    #[test]
    fn a_page_ends_before_the_first_payload_that_was_deleted_meanwhile() {
        for (came, expected, is_cut) in [(0, &[10][..], true), (1, &[10, 40], true), (2, &[10, 40, 40, 5], false)] {
            let mut page = page([Whole(10), LeftOut(40), LeftOut(40), Whole(5)]);
            page.complete(vec![(payload(40), None); came]);
            assert_eq!(sizes(page), (expected.to_vec(), is_cut));
        }
    }
}
