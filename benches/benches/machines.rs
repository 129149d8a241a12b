//! The parts without I/O: the subscription machine, the queue of appends, pages, times, and the version check.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot be set up may panic")]

#[path = "../../eventstore-core/examples/pure-parts/work.rs"]
mod work;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use eventstore_core::SubscriptionSettings;
use work::{
    EVENTS, appends, catch_up, check_versions, commit_in_groups, deliver, go_through_pages, write_and_read_times,
};

/// The greatest number of partitions, doubled.
const MANY_EVENTS: u32 = 200_000;

fn parts(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("without I/O");
    group.throughput(Throughput::Elements(EVENTS.into()));
    group.bench_function("subscription that catches up", |bencher| bencher.iter(catch_up));
    for (name, streams) in [("appends to one stream", 1), ("appends to as many streams", EVENTS)] {
        let appends = appends(streams);
        group.bench_function(name, |bencher| bencher.iter(|| commit_in_groups(black_box(&appends))));
    }
    group.bench_function("expected versions", |bencher| bencher.iter(check_versions));
    group.bench_function("pages", |bencher| bencher.iter(go_through_pages));
    group.bench_function("times as text", |bencher| bencher.iter(write_and_read_times));
    group.finish();
}

/// As many events wait as there are partitions, while each is acknowledged by itself.
fn acknowledge_in_partitions(partitions: u32) -> u64 {
    let settings = SubscriptionSettings {
        max_size: (2 * partitions).try_into().unwrap(),
        ..SubscriptionSettings::default()
    };
    deliver(settings, MANY_EVENTS.into(), partitions.into(), 1)
}

fn partitions(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("acknowledgements");
    group
        .throughput(Throughput::Elements(MANY_EVENTS.into()))
        .sample_size(10);
    for partitions in [100, 100_000] {
        group.bench_function(BenchmarkId::new("partitions", partitions), |bencher| {
            bencher.iter(|| acknowledge_in_partitions(black_box(partitions)));
        });
    }
    group.finish();
}

criterion_group!(benches, parts, partitions);
criterion_main!(benches);
