//! What the parts without I/O are put to, to be measured: in time by a benchmark, in instructions by callgrind.

use std::hint::black_box;
use std::sync::Arc;

use eventstore_core::backend::{
    AppendQueue, GroupLimits, NumberedEvent, Page, PageCursor, PageRequest, ParkedBacklog, StreamState,
};
use eventstore_core::machine::{Effect, Input, PartitionedEvent, SubscriberId, SubscriptionMachine};
use eventstore_core::{
    Append, Direction, EventNumber, EventType, ExpectedVersion, NewEvent, RecordedEvent, StreamName, StreamSelector,
    StreamVersion, SubscriptionSettings, Timestamp,
};
use uuid::Uuid;

/// How many events each is put to.
pub(crate) const EVENTS: u32 = 10_000;

fn event(number: EventNumber) -> NumberedEvent {
    let event = NewEvent::new(Uuid::nil(), EventType::new("Happened").unwrap(), "{}");
    let at = Timestamp::from_unix_micros(0).unwrap();
    let event = RecordedEvent::new(event, StreamName::from_storage("s"), number.into(), at);
    NumberedEvent::new(&StreamSelector::All, number, event)
}

/// Events after this number, of so many partitions; of none if there are none.
fn page(after: EventNumber, limit: u32, head: EventNumber, partitions: u64) -> Input {
    let last = after.after(limit.into()).unwrap().min(head);
    let numbers = after.get() + 1..=last.get();
    let events = numbers
        .map(|number| PartitionedEvent {
            event: event(EventNumber::try_from(number).unwrap()),
            partition: number.checked_rem(partitions).map(|rest| rest.to_string().into()),
        })
        .collect();
    Input::PageRead {
        after,
        events,
        scanned_to: last,
        is_last: last == head,
    }
}

/// Delivers and acknowledges all events; tells how many effects it took.
pub(crate) fn catch_up() -> u64 {
    deliver(SubscriptionSettings::default(), black_box(EVENTS.into()), 0, usize::MAX)
}

/// Delivers events up to this number and acknowledges them, `batch` at a time; tells how many effects it took.
pub(crate) fn deliver(settings: SubscriptionSettings, head: EventNumber, partitions: u64, batch: usize) -> u64 {
    let subscriber = SubscriberId::new(1);
    let buffer_size = settings.buffer_size;
    let mut machine = SubscriptionMachine::new(settings);
    machine.handle(Input::Joined {
        subscriber,
        buffer_size,
    });
    machine.handle(Input::Acquired {
        checkpoint: EventNumber::ZERO,
        parked: ParkedBacklog::default(),
    });
    let mut effects = 0;
    while let Some(effect) = machine.poll_effect() {
        effects += 1;
        match effect {
            Effect::Read { after, limit, .. } => machine.handle(page(after, limit, head, partitions)),
            Effect::Deliver { events, .. } => {
                for events in events.chunks(batch) {
                    let number = events.last().unwrap().event.number;
                    machine.handle(Input::Acknowledged { subscriber, number });
                }
            }
            _ => {}
        }
    }
    assert_eq!(machine.progress().acknowledged, head);
    effects
}

/// One append each to so many streams, or all to the same one.
pub(crate) fn appends(streams: u32) -> Vec<Arc<Append>> {
    let append = |number: u32| {
        let stream = StreamName::new(format!("stream-{}", number % streams)).unwrap();
        let event = NewEvent::new(
            Uuid::from_u128(number.into()),
            EventType::new("Happened").unwrap(),
            "{}",
        );
        Arc::new(Append::new(stream, ExpectedVersion::Any, vec![event]).unwrap())
    };
    (0..EVENTS).map(append).collect()
}

/// Queues all appends and takes them out in groups; tells in how many.
pub(crate) fn commit_in_groups(appends: &[Arc<Append>]) -> u32 {
    let mut queue = AppendQueue::new(GroupLimits::default());
    for append in appends {
        queue.submit(Arc::clone(append));
    }
    let mut groups = 0;
    while let Some(group) = queue.next_group() {
        groups += 1;
        queue.finish(group.id(), []);
    }
    assert!(queue.is_idle());
    groups
}

/// Checks an expected version as often as there are events.
pub(crate) fn check_versions() {
    let state = StreamState::Present {
        version: StreamVersion::from(7),
    };
    for _ in 0..EVENTS {
        let expected = ExpectedVersion::Exact(StreamVersion::from(7));
        assert!(black_box(expected).check(black_box(state)).is_ok());
    }
}

/// Goes through as many pages as there are events.
pub(crate) fn go_through_pages() {
    let request = PageRequest::new(StreamSelector::All, Direction::Forward, EventNumber::FIRST, 1);
    let mut cursor = PageCursor::new(request);
    let mut pages = 0;
    while let Some(request) = cursor.request() {
        pages += 1;
        let page = Page {
            events: vec![],
            scanned_to: request.from,
            is_last: request.from == EVENTS.into(),
        };
        cursor.advance(black_box(&page));
    }
    assert_eq!(pages, EVENTS);
}

/// Writes and reads a time as text, as often as there are events.
pub(crate) fn write_and_read_times() {
    for number in 0..EVENTS {
        let time = Timestamp::from_unix_micros(i64::from(number) * 1_234_567).unwrap();
        assert_eq!(black_box(time).to_string().parse(), Ok(time));
    }
}
