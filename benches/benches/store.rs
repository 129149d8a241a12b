//! Appends and reads on a server with default durability.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot be set up may panic")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use eventstore_core::{Append, EventReaderExt, EventType, EventWriter, ExpectedVersion, NewEvent, Read, StreamName};
use eventstore_postgres::{DataType, Layout, PostgresConfig, PostgresStore, create_database, initialise};
use eventstore_testkit::server::Server;
use futures_util::TryStreamExt;
use tokio::runtime::Runtime;
use uuid::Uuid;

async fn store(server: &Server) -> PostgresStore {
    let url = format!("{}_{}", server.url(), Uuid::now_v7().simple());
    let config = PostgresConfig::from_url(&url).unwrap();
    create_database(&config).await.unwrap();
    initialise(&config, Layout::Compact, DataType::Bytea).await.unwrap();
    PostgresStore::connect(config).await.unwrap()
}

async fn append(store: &PostgresStore, events: u32) -> StreamName {
    let stream = StreamName::new(Uuid::now_v7().to_string()).unwrap();
    let event = || NewEvent::new(Uuid::now_v7(), EventType::new("Happened").unwrap(), vec![b'x'; 100]);
    let append = Append::new(
        stream.clone(),
        ExpectedVersion::NoStream,
        (0..events).map(|_| event()).collect(),
    );
    store.append(append.unwrap()).await.unwrap();
    stream
}

fn store_benches(criterion: &mut Criterion) {
    let server = Server::find("EVENTSTORE_TEST_URL").unwrap();
    eprintln!("{server}");
    let runtime = Runtime::new().unwrap();
    let store = runtime.block_on(store(&server));
    for events in [1_u32, 100] {
        let mut group = criterion.benchmark_group("store");
        group.throughput(Throughput::Elements(events.into())).sample_size(20);
        group.bench_function(BenchmarkId::new("append", events), |bencher| {
            bencher.to_async(&runtime).iter(|| append(&store, events));
        });
        let stream = runtime.block_on(append(&store, events));
        group.bench_function(BenchmarkId::new("read", events), |bencher| {
            bencher
                .to_async(&runtime)
                .iter(|| store.events(Read::stream(stream.clone())).try_collect::<Vec<_>>());
        });
        group.finish();
    }
}

criterion_group!(benches, store_benches);
criterion_main!(benches);
