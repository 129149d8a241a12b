//! The subscription machine, the queue of appends and the version check, without any I/O.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot be set up may panic")]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use eventstore_core::{
    Append, AppendQueue, Effect, EventNumber, EventType, ExpectedVersion, GroupLimits, Input, NewEvent, RecordedEvent,
    StreamName, StreamState, StreamVersion, SubscriberId, SubscriptionMachine, SubscriptionSettings, Timestamp,
};
use uuid::Uuid;

const EVENTS: u32 = 10_000;

fn event(number: EventNumber) -> RecordedEvent {
    RecordedEvent {
        event_number: number,
        event_id: Uuid::nil().into(),
        stream: StreamName::from_storage("s"),
        stream_version: number.into(),
        event_type: EventType::new("Happened").unwrap(),
        causation_id: None,
        correlation_id: None,
        data: bytes::Bytes::from_static(b"{}"),
        metadata: None,
        created_at: Timestamp::from_unix_micros(0).unwrap(),
    }
}

fn page(after: EventNumber, limit: u32, head: EventNumber) -> Input {
    let last = after.after(limit.into()).unwrap().min(head);
    let numbers = after.get() + 1..=last.get();
    let events = numbers
        .map(|number| event(EventNumber::try_from(number).unwrap()).into())
        .collect();
    Input::PageRead {
        after,
        events,
        scanned_to: last,
        is_last: last == head,
    }
}

/// Delivers and acknowledges that many events; tells how many effects it took.
fn catch_up(head: EventNumber) -> u64 {
    let mut machine = SubscriptionMachine::new(SubscriptionSettings::default());
    let subscriber = SubscriberId::new(1);
    machine.handle(Input::Joined {
        subscriber,
        buffer_size: SubscriptionSettings::default().buffer_size,
    });
    machine.handle(Input::Acquired {
        checkpoint: EventNumber::ZERO,
    });
    let mut effects = 0;
    while let Some(effect) = machine.poll_effect() {
        effects += 1;
        match effect {
            Effect::Read { after, limit } => {
                machine.handle(page(after, limit, head));
            }
            Effect::Deliver { events, .. } => {
                let number = events.last().unwrap().event_number;
                machine.handle(Input::Acknowledged { subscriber, number });
            }
            _ => {}
        }
    }
    assert_eq!(machine.progress().acknowledged, head);
    effects
}

fn subscription(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("subscription");
    group.throughput(Throughput::Elements(EVENTS.into()));
    group.bench_function("catch up", |bencher| {
        bencher.iter(|| catch_up(black_box(EVENTS.into())));
    });
    group.finish();
}

/// One append each to so many streams, or all to the same one.
fn appends(streams: u32) -> Vec<Arc<Append>> {
    let append = |number: u32| {
        let stream = StreamName::new(format!("stream-{}", number % streams)).unwrap();
        let event = NewEvent::new(Uuid::now_v7(), EventType::new("Happened").unwrap(), "{}");
        Arc::new(Append::new(stream, ExpectedVersion::Any, vec![event]).unwrap())
    };
    (0..EVENTS).map(append).collect()
}

/// Queues all appends and takes them out in groups; tells in how many.
fn commit_in_groups(appends: &[Arc<Append>]) -> u32 {
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

fn append_queue(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("append queue");
    group.throughput(Throughput::Elements(EVENTS.into()));
    for (name, streams) in [("one stream", 1), ("as many streams", EVENTS)] {
        let appends = appends(streams);
        group.bench_function(name, |bencher| bencher.iter(|| commit_in_groups(black_box(&appends))));
    }
    group.finish();
}

fn expected_version(criterion: &mut Criterion) {
    let state = StreamState::Present {
        version: StreamVersion::from(7),
    };
    let expected = ExpectedVersion::Exact(StreamVersion::from(7));
    criterion.bench_function("expected version", |bencher| {
        bencher.iter(|| black_box(expected).check(black_box(state)));
    });
}

criterion_group!(benches, subscription, append_queue, expected_version);
criterion_main!(benches);
