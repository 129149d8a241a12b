//! Appends, reads and subscriptions by several callers at once, on a server with default durability.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot be set up may panic")]

use std::num::NonZeroU64;
use std::sync::Arc;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use eventstore_core::{
    Append, EventFilter, EventReaderExt, EventType, EventWriter, ExpectedVersion, NewEvent, Read, StreamDirectory,
    StreamName, StreamSelector, SubscriptionName, SubscriptionSettings,
};
use eventstore_postgres::{DataType, Layout, PostgresAdmin, PostgresConfig, PostgresStore};
use eventstore_subscriptions::{Subscribe, Subscriptions};
use eventstore_testkit::server::Server;
use futures_util::TryStreamExt;
use futures_util::future::join_all;
use tokio::runtime::Runtime;
use uuid::Uuid;

async fn store(server: &Server) -> PostgresStore {
    let url = format!("{}_{}", server.url(), Uuid::now_v7().simple());
    let config = PostgresConfig::from_url(&url).unwrap();
    PostgresAdmin::new(config.clone()).create_database().await.unwrap();
    PostgresAdmin::new(config.clone())
        .initialize(Layout::Compact, DataType::Bytea)
        .await
        .unwrap();
    PostgresStore::connect(config).await.unwrap()
}

async fn append(store: &PostgresStore, events: u32) -> StreamName {
    let stream = StreamName::new(Uuid::now_v7().to_string()).unwrap();
    let event = || NewEvent::new(Uuid::now_v7(), EventType::new("Happened").unwrap(), vec![b'x'; 100]);
    let append = Append::new(stream.clone(), ExpectedVersion::NoStream, (0..events).map(|_| event()));
    store.append(append.unwrap()).await.unwrap();
    stream
}

/// How many callers are at work at once, as in the benchmarks of the Elixir EventStore.
const CALLERS: [u32; 4] = [1, 10, 20, 50];

/// How many events each appends, or reads.
const EVENTS: u32 = 100;

fn appends(criterion: &mut Criterion, runtime: &Runtime, store: &PostgresStore) {
    let mut group = criterion.benchmark_group("append 100 events");
    for callers in CALLERS {
        group.throughput(Throughput::Elements(u64::from(callers * EVENTS)));
        group
            .sample_size(20)
            .bench_function(BenchmarkId::new("writers", callers), |bencher| {
                let call = || join_all((0..callers).map(|_| append(store, EVENTS)));
                bencher.to_async(runtime).iter(call);
            });
    }
    group.finish();
}

fn reads(criterion: &mut Criterion, runtime: &Runtime, store: &PostgresStore) {
    let streams = runtime.block_on(join_all((0..CALLERS[3]).map(|_| append(store, EVENTS))));
    let read = async |stream: &StreamName| {
        let events = store.read(Read::new(stream.clone()));
        let events: Vec<_> = events.try_collect().await.unwrap();
        assert_eq!(events.len(), usize::try_from(EVENTS).unwrap());
    };
    let mut group = criterion.benchmark_group("read 100 events");
    for callers in CALLERS {
        group.throughput(Throughput::Elements(u64::from(callers * EVENTS)));
        group
            .sample_size(20)
            .bench_function(BenchmarkId::new("readers", callers), |bencher| {
                let streams = &streams[..usize::try_from(callers).unwrap()];
                bencher.to_async(runtime).iter(|| join_all(streams.iter().map(&read)));
            });
    }
    group.finish();
}

/// Receives and acknowledges every event of the stream, one by one.
async fn receive(subscriptions: &Subscriptions, stream: &StreamName, threshold: NonZeroU64) {
    let name = SubscriptionName::new(Uuid::now_v7().to_string()).unwrap();
    let settings = SubscriptionSettings {
        checkpoint_threshold: threshold,
        ..SubscriptionSettings::default()
    };
    let request = Subscribe::new(name, stream.clone()).with_settings(settings);
    let mut subscription = subscriptions.subscribe(request).unwrap();
    let mut left = EVENTS;
    while left > 0 {
        for event in subscription.next().await.unwrap().unwrap() {
            subscription.ack(&event).await.unwrap();
            left -= 1;
        }
    }
    subscription.stop().await.unwrap();
}

fn subscriptions(criterion: &mut Criterion, runtime: &Runtime, store: &PostgresStore) {
    let stream = runtime.block_on(append(store, EVENTS));
    let subscriptions = Subscriptions::new(Arc::new(store.clone()));
    for threshold in [1, 100] {
        let threshold = NonZeroU64::new(threshold).unwrap();
        let mut group = criterion.benchmark_group(format!("subscribe to 100 events, threshold {threshold}"));
        for callers in CALLERS {
            group.throughput(Throughput::Elements(u64::from(callers * EVENTS)));
            group
                .sample_size(20)
                .bench_function(BenchmarkId::new("subscriptions", callers), |bencher| {
                    let call = || join_all((0..callers).map(|_| receive(&subscriptions, &stream, threshold)));
                    bencher.to_async(runtime).iter(call);
                });
        }
        group.finish();
    }
}

/// How many events are in `$all` when a subscription searches for the few of a rare type.
const MANY_EVENTS: u32 = 100_000;

/// One in this many events is of the rare type.
const RARITY: u32 = 1_000;

/// Fills the store, with a page of events for each append.
async fn fill(store: &PostgresStore) {
    let event = |number: u32| {
        let kind = if number.is_multiple_of(RARITY) {
            "Rare"
        } else {
            "Frequent"
        };
        NewEvent::new(Uuid::now_v7(), EventType::new(kind).unwrap(), vec![b'x'; 100])
    };
    for first in (0..MANY_EVENTS).step_by(1_000) {
        let stream = StreamName::new(format!("many-{first}")).unwrap();
        let events = (first..first + 1_000).map(event);
        let append = Append::new(stream, ExpectedVersion::NoStream, events).unwrap();
        store.append(append).await.unwrap();
    }
}

/// Receives all events of the rare type.
async fn receive_rare(subscriptions: &Subscriptions) {
    let name = SubscriptionName::new(Uuid::now_v7().to_string()).unwrap();
    let rare = EventFilter::default()
        .with_event_types([EventType::new("Rare").unwrap()])
        .unwrap();
    let request = Subscribe::new(name, StreamSelector::All).with_filter(rare);
    let mut subscription = subscriptions.subscribe(request).unwrap();
    let mut left = MANY_EVENTS / RARITY;
    while left > 0 {
        let events = subscription.next().await.unwrap().unwrap();
        subscription.ack_batch(&events).await.unwrap();
        left -= u32::try_from(events.len()).unwrap();
    }
    subscription.stop().await.unwrap();
}

fn filters(criterion: &mut Criterion, runtime: &Runtime, store: &PostgresStore) {
    runtime.block_on(fill(store));
    let subscriptions = Subscriptions::new(Arc::new(store.clone()));
    let mut group = criterion.benchmark_group("subscribe to a rare type");
    group
        .throughput(Throughput::Elements(MANY_EVENTS.into()))
        .sample_size(10);
    group.bench_function("one in a thousand of 100,000 events", |bencher| {
        bencher.to_async(runtime).iter(|| receive_rare(&subscriptions));
    });
    group.finish();
}

/// What a call costs beside its work: a closed store refuses it before it does any. No recorder and no subscriber of spans is
/// installed, so that this is the most that observability costs when it is switched off.
fn refusals(criterion: &mut Criterion, runtime: &Runtime, store: &PostgresStore) {
    runtime.block_on(store.close());
    let mut group = criterion.benchmark_group("call of a closed store");
    group.bench_function("stream info", |bencher| {
        bencher
            .to_async(runtime)
            .iter(async || assert!(store.stream_info(&StreamSelector::All).await.is_err()));
    });
    group.finish();
}

fn store_benches(criterion: &mut Criterion) {
    let server = Server::find("EVENTSTORE_TEST_URL").unwrap();
    eprintln!("{server}");
    let runtime = Runtime::new().unwrap();
    let store = runtime.block_on(store(&server));
    appends(criterion, &runtime, &store);
    reads(criterion, &runtime, &store);
    subscriptions(criterion, &runtime, &store);
    filters(criterion, &runtime, &store);
    refusals(criterion, &runtime, &store);
}

criterion_group!(benches, store_benches);
criterion_main!(benches);
