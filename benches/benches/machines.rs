//! The subscription machine, the queue of appends and the version check, without any I/O.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot be set up may panic")]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use eventstore_core::{
    Append, AppendQueue, Effect, EventNumber, EventType, ExpectedVersion, GroupLimits, Input, NewEvent, ParkedBacklog,
    PartitionedEvent, RecordedEvent, StreamName, StreamState, StreamVersion, SubscriberId, SubscriptionMachine,
    SubscriptionSettings, Timestamp,
};
use uuid::Uuid;

const EVENTS: u32 = 10_000;

/// As many as the most partitions, and once more.
const MANY_EVENTS: u32 = 200_000;

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

/// Delivers that many events and acknowledges them, `batch` at a time; tells how many effects it took.
fn catch_up(settings: SubscriptionSettings, head: EventNumber, partitions: u64, batch: usize) -> u64 {
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
            Effect::Read { after, limit } => machine.handle(page(after, limit, head, partitions)),
            Effect::Deliver { events, .. } => {
                for events in events.chunks(batch) {
                    let number = events.last().unwrap().event_number;
                    machine.handle(Input::Acknowledged { subscriber, number });
                }
            }
            _ => {}
        }
    }
    assert_eq!(machine.progress().acknowledged, head);
    effects
}

/// As many events wait as there are partitions, while each is acknowledged by itself.
fn acknowledge_in_partitions(partitions: u32) -> u64 {
    let settings = SubscriptionSettings {
        max_size: (2 * partitions).try_into().unwrap(),
        ..SubscriptionSettings::default()
    };
    catch_up(settings, MANY_EVENTS.into(), partitions.into(), 1)
}

fn subscription(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("subscription");
    group.throughput(Throughput::Elements(EVENTS.into()));
    group.bench_function("catch up", |bencher| {
        let settings = SubscriptionSettings::default();
        bencher.iter(|| catch_up(settings.clone(), black_box(EVENTS.into()), 0, usize::MAX));
    });
    group
        .throughput(Throughput::Elements(MANY_EVENTS.into()))
        .sample_size(10);
    for partitions in [100, 100_000] {
        group.bench_function(BenchmarkId::new("acknowledge, partitions", partitions), |bencher| {
            bencher.iter(|| acknowledge_in_partitions(black_box(partitions)));
        });
    }
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
