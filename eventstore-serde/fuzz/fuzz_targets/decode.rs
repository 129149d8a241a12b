//! Decodes bytes as the data and the metadata of an event of each type, by each serializer, bare and behind each layer: that may
//! give a value or an error, and nothing else.
#![no_main]

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use eventstore_core::{EventNumber, EventType, RecordedEvent, StreamName, StreamVersion, Timestamp};
use eventstore_serde::{
    Decoded, Encryption, EventCodec, Json, Jsonb, KeyRing, MessagePack, SerdeError, Serializer, Zstd,
};
use libfuzzer_sys::fuzz_target;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An event of every kind of variant.
#[derive(Debug, Serialize, Deserialize)]
enum Event {
    Opened,
    Named(String),
    Both(i64, Option<bool>),
    Moved { from: i64, to: Option<f64> },
    Tagged(BTreeMap<String, Vec<u8>>),
    Nested(Box<Inner>),
}

#[derive(Debug, Serialize, Deserialize)]
enum Inner {
    Left,
    Right { depth: u8, below: Option<Box<Inner>> },
}

const TYPES: [&str; 6] = ["Opened", "Named", "Both", "Moved", "Tagged", "Nested"];

static KEYS: LazyLock<Arc<KeyRing>> = LazyLock::new(|| Arc::new(KeyRing::new()));

fuzz_target!(|input: &[u8]| {
    let Some(([serializer, event_type], bytes)) = input.split_first_chunk() else {
        return;
    };
    let event_type = TYPES[usize::from(*event_type) % TYPES.len()];
    match serializer % 9 {
        0 => decode(Json, event_type, bytes),
        1 => decode(Jsonb, event_type, bytes),
        2 => decode(MessagePack, event_type, bytes),
        3 => decode(Json.with_layer(Zstd::default()), event_type, bytes),
        4 => decode(MessagePack.with_layer(Zstd::default()), event_type, bytes),
        5 => decode(Json.with_layer(Encryption::new(Arc::clone(&KEYS))), event_type, bytes),
        6 => decode(
            MessagePack.with_layer(Encryption::new(Arc::clone(&KEYS))),
            event_type,
            bytes,
        ),
        7 => decode(Jsonb.with_layer(Encryption::new(Arc::clone(&KEYS))), event_type, bytes),
        _ => decode_what_was_compressed(event_type, bytes),
    }
});

fn decode(serializer: impl Serializer, event_type: &str, bytes: &[u8]) {
    let codec = EventCodec::<Event, _>::new(serializer);
    let event = recorded(event_type, bytes);
    match codec.decode(&event) {
        Ok(Decoded::Event(_) | Decoded::Erased { .. }) | Err(SerdeError::Event { .. }) => {}
        other => panic!("{other:?}"),
    }
    if let Ok(Some(metadata)) = codec.serializer().metadata::<BTreeMap<String, Inner>>(&event) {
        assert!(metadata.len() <= bytes.len());
    }
}

/// Random bytes hardly ever are a frame of zstd, so that what is in one is decoded too.
fn decode_what_was_compressed(event_type: &str, bytes: &[u8]) {
    use eventstore_serde::Layer;

    let layer = Zstd::default().with_min_size(0);
    match layer.seal(bytes.to_vec().into()) {
        Ok(sealed) => decode(Json.with_layer(layer), event_type, &sealed),
        Err(error) => panic!("{error:?}"),
    }
}

fn recorded(event_type: &str, bytes: &[u8]) -> RecordedEvent {
    let time = Timestamp::from_unix_micros(0).map_err(|error| eventstore_core::Error::invalid_input("time", &error));
    let made = (|| {
        Ok::<_, eventstore_core::Error>(RecordedEvent {
            event_number: EventNumber::FIRST,
            event_id: Uuid::nil().into(),
            stream: StreamName::new("s")?,
            stream_version: StreamVersion::FIRST,
            event_type: EventType::new(event_type)?,
            causation_id: None,
            correlation_id: None,
            data: bytes.to_vec().into(),
            metadata: Some(bytes.to_vec().into()),
            created_at: time?,
        })
    })();
    made.unwrap_or_else(|error| panic!("{error}"))
}
