//! Each serializer beside the bare call of its library.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot be set up may panic")]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use eventstore_serde::{Json, MessagePack, Serializer};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Payload {
    id: u64,
    name: String,
    amounts: Vec<i64>,
}

/// A payload whose JSON text has about that many bytes.
fn payload(bytes: usize) -> Payload {
    Payload {
        id: 42,
        name: "x".repeat(bytes / 2),
        amounts: (0..).take(bytes / 8).collect(),
    }
}

fn encode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("encode");
    for bytes in [100, 1_000, 10_000] {
        let value = payload(bytes);
        group.throughput(Throughput::Bytes(
            Json.serialize(&value).unwrap().len().try_into().unwrap(),
        ));
        group.bench_function(BenchmarkId::new("json", bytes), |b| {
            b.iter(|| Json.serialize(black_box(&value)));
        });
        group.bench_function(BenchmarkId::new("json bare", bytes), |b| {
            b.iter(|| serde_json::to_vec(black_box(&value)));
        });
        group.bench_function(BenchmarkId::new("msgpack", bytes), |b| {
            b.iter(|| MessagePack.serialize(black_box(&value)));
        });
        group.bench_function(BenchmarkId::new("msgpack bare", bytes), |b| {
            b.iter(|| rmp_serde::to_vec_named(black_box(&value)));
        });
    }
    group.finish();
}

fn decode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode");
    for bytes in [100, 1_000, 10_000] {
        let json = Json.serialize(&payload(bytes)).unwrap();
        let msgpack = MessagePack.serialize(&payload(bytes)).unwrap();
        group.throughput(Throughput::Bytes(json.len().try_into().unwrap()));
        group.bench_function(BenchmarkId::new("json", bytes), |b| {
            b.iter(|| Json.deserialize::<Payload>(black_box(&json)));
        });
        group.bench_function(BenchmarkId::new("json bare", bytes), |b| {
            b.iter(|| serde_json::from_slice::<Payload>(black_box(&json)));
        });
        group.bench_function(BenchmarkId::new("msgpack", bytes), |b| {
            b.iter(|| MessagePack.deserialize::<Payload>(black_box(&msgpack)));
        });
        group.bench_function(BenchmarkId::new("msgpack bare", bytes), |b| {
            b.iter(|| rmp_serde::from_slice::<Payload>(black_box(&msgpack)));
        });
    }
    group.finish();
}

criterion_group!(benches, encode, decode);
criterion_main!(benches);
