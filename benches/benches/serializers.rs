//! Each serializer, bare and with an enum around the payload, beside the bare call of its library; and the layers.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot be set up may panic")]

use std::hint::black_box;
use std::sync::Arc;

use bytes::Bytes;
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use eventstore_core::{EventType, NewEvent, RecordedEvent, StreamName, StreamVersion, Timestamp};
use eventstore_serde::{Encryption, EventCodec, Json, KeyRing, MessagePack, Serializer, Zstd};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

const SIZES: [usize; 3] = [100, 1_000, 10_000];

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Payload {
    id: u64,
    name: String,
    amounts: Vec<i64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
enum Event {
    Renamed(String),
    Counted(Payload),
}

/// A payload whose JSON text has about that many bytes.
fn payload(bytes: usize) -> Payload {
    Payload {
        id: 42,
        name: "x".repeat(bytes / 2),
        amounts: (0..).take(bytes / 8).collect(),
    }
}

fn recorded(data: Bytes) -> RecordedEvent {
    let event = NewEvent::new(Uuid::nil(), EventType::new("Counted").unwrap(), data);
    let at = Timestamp::from_unix_micros(0).unwrap();
    RecordedEvent::new(event, StreamName::new("s").unwrap(), StreamVersion::FIRST, at)
}

/// What every event needs beside its data.
fn event_of(data: Vec<u8>) -> NewEvent {
    NewEvent::new(Uuid::now_v7(), EventType::new("Counted").unwrap(), data)
}

fn measure<R>(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, bytes: usize, mut run: impl FnMut() -> R) {
    group.bench_function(BenchmarkId::new(name, bytes), |bencher| bencher.iter(&mut run));
}

fn throughput(group: &mut BenchmarkGroup<'_, WallTime>, payload: &Payload) {
    let length = Json.serialize(payload).unwrap().len();
    group.throughput(Throughput::Bytes(length.try_into().unwrap()));
}

fn encode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("encode");
    for bytes in SIZES {
        let value = payload(bytes);
        throughput(&mut group, &value);
        measure(&mut group, "json", bytes, || Json.serialize(black_box(&value)));
        measure(&mut group, "json bare", bytes, || serde_json::to_vec(black_box(&value)));
        measure(&mut group, "msgpack", bytes, || {
            MessagePack.serialize(black_box(&value))
        });
        measure(&mut group, "msgpack bare", bytes, || {
            rmp_serde::to_vec_named(black_box(&value))
        });
    }
    group.finish();
}

fn decode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode");
    for bytes in SIZES {
        let value = payload(bytes);
        let (json, msgpack) = (Json.serialize(&value).unwrap(), MessagePack.serialize(&value).unwrap());
        throughput(&mut group, &value);
        measure(&mut group, "json", bytes, || {
            Json.deserialize::<Payload>(black_box(&json))
        });
        measure(&mut group, "json bare", bytes, || {
            serde_json::from_slice::<Payload>(black_box(&json))
        });
        measure(&mut group, "msgpack", bytes, || {
            MessagePack.deserialize::<Payload>(black_box(&msgpack))
        });
        measure(&mut group, "msgpack bare", bytes, || {
            rmp_serde::from_slice::<Payload>(black_box(&msgpack))
        });
    }
    group.finish();
}

/// An enum into a whole event, beside the bare call and what makes an event of it.
fn encode_event(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("encode event");
    let (json, msgpack) = (EventCodec::new(Json), EventCodec::new(MessagePack));
    for bytes in SIZES {
        let value = payload(bytes);
        throughput(&mut group, &value);
        let event = Event::Counted(value.clone());
        measure(&mut group, "json", bytes, || json.encode(black_box(&event)));
        measure(&mut group, "json bare", bytes, || {
            serde_json::to_vec(black_box(&value)).map(event_of)
        });
        measure(&mut group, "msgpack", bytes, || msgpack.encode(black_box(&event)));
        measure(&mut group, "msgpack bare", bytes, || {
            rmp_serde::to_vec_named(black_box(&value)).map(event_of)
        });
    }
    group.finish();
}

/// A stored event into an enum, beside the bare call for the content of the variant.
fn decode_event(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode event");
    let (json, msgpack) = (
        EventCodec::<Event, _>::new(Json),
        EventCodec::<Event, _>::new(MessagePack),
    );
    for bytes in SIZES {
        let value = payload(bytes);
        throughput(&mut group, &value);
        let (as_json, as_msgpack) = (
            recorded(Json.serialize(&value).unwrap()),
            recorded(MessagePack.serialize(&value).unwrap()),
        );
        measure(&mut group, "json", bytes, || json.decode(black_box(&as_json)));
        measure(&mut group, "json bare", bytes, || {
            serde_json::from_slice::<Payload>(black_box(&as_json.data))
        });
        measure(&mut group, "msgpack", bytes, || msgpack.decode(black_box(&as_msgpack)));
        measure(&mut group, "msgpack bare", bytes, || {
            rmp_serde::from_slice::<Payload>(black_box(&as_msgpack.data))
        });
    }
    group.finish();
}

/// What each layer adds to JSON.
fn layers(criterion: &mut Criterion) {
    let keys = Arc::new(KeyRing::new());
    keys.rotate("subject").unwrap();
    let compressed = Json.with_layer(Zstd::default().with_min_size(0));
    let encrypted = Json.with_layer(Encryption::new(keys)).for_subject("subject");
    let mut group = criterion.benchmark_group("layers");
    for bytes in SIZES {
        let value = payload(bytes);
        throughput(&mut group, &value);
        measure(&mut group, "compress", bytes, || {
            compressed.serialize(black_box(&value))
        });
        measure(&mut group, "encrypt", bytes, || encrypted.serialize(black_box(&value)));
        let (small, secret) = (
            compressed.serialize(&value).unwrap(),
            encrypted.serialize(&value).unwrap(),
        );
        measure(&mut group, "decompress", bytes, || {
            compressed.deserialize::<Payload>(black_box(&small))
        });
        measure(&mut group, "decrypt", bytes, || {
            encrypted.deserialize::<Payload>(black_box(&secret))
        });
    }
    group.finish();
}

criterion_group!(benches, encode, decode, encode_event, decode_event, layers);
criterion_main!(benches);
