//! What layers do to payloads, and what becomes of those that cannot be opened.
#![cfg(all(feature = "encryption", feature = "json", feature = "zstd"))]
#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

mod support;

use std::sync::Arc;

use bytes::Bytes;
use eventstore_core::{EventType, RecordedSnapshot, StreamName, Timestamp};
use eventstore_serde::{
    Decoded, Encryption, EventCodec, Json, KeyRing, KeyStore, Layer, SerdeError, Serializer, SubjectKey, Zstd,
};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use self::support::stored;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Customer {
    Registered { name: String },
    Counted(u64),
}

fn ada() -> Customer {
    Customer::Registered { name: "Ada".to_owned() }
}

fn keys() -> Arc<KeyRing> {
    let keys = Arc::new(KeyRing::new());
    keys.rotate("ada").unwrap();
    keys
}

fn layer(keys: &Arc<KeyRing>) -> Encryption<KeyRing> {
    Encryption::new(Arc::clone(keys))
}

/// Payloads that have the form of those of each layer.
fn any_payload() -> impl Strategy<Value = Vec<u8>> {
    let head = prop_oneof![Just(""), Just("z"), Just("e"), Just("p")];
    (head, any::<Vec<u8>>()).prop_map(|(kind, rest)| match kind {
        "" => rest,
        kind => [b"\xC1ES", kind.as_bytes(), &rest[..]].concat(),
    })
}

proptest! {
    #[test]
    fn what_is_sealed_opens_to_the_same_bytes(payload in any_payload(), min_size in 0_usize..64) {
        let keys = keys();
        let layers: [&dyn Layer; 3] = [
            &Zstd::default().with_min_size(min_size),
            &layer(&keys).for_subject("ada"),
            &layer(&keys).for_nobody(),
        ];
        for layer in layers {
            let sealed = layer.seal(Bytes::from(payload.clone())).unwrap();
            prop_assert_eq!(&*layer.open(&sealed).unwrap(), &payload[..]);
        }
    }

    #[test]
    fn a_payload_that_was_changed_is_an_error(place in any::<prop::sample::Index>(), bit in 0_u8..8) {
        let sealed = layer(&keys()).for_subject("ada").seal(Bytes::from_static(b"secret")).unwrap();
        let mut changed = sealed.to_vec();
        changed[place.index(sealed.len())] ^= 1 << bit;
        // Without its mark it is a payload that was never encrypted.
        if place.index(sealed.len()) >= 4 {
            prop_assert!(layer(&keys()).open(&changed).is_err());
        }
    }
}

#[test]
fn only_what_is_worth_it_is_compressed() {
    let zstd = Zstd::default().with_min_size(100);
    let (short, long) = (Bytes::from("x".repeat(99)), Bytes::from("x".repeat(10_000)));
    assert_eq!(zstd.seal(short.clone()).unwrap(), short);
    assert!(zstd.seal(long.clone()).unwrap().len() < 100);
    // Nothing is gained by compressing noise.
    let noise = layer(&keys()).for_subject("ada").seal(long).unwrap();
    assert_eq!(zstd.seal(noise.clone()).unwrap(), noise);
}

#[test]
fn a_payload_that_is_larger_than_allowed_is_refused_both_ways() {
    let (zstd, small) = (Zstd::default(), Zstd::default().with_max_size(999));
    let payload = Bytes::from("x".repeat(1_000));
    let sealed = zstd.seal(payload.clone()).unwrap();
    for refused in [small.seal(payload).map(drop), small.open(&sealed).map(drop)] {
        assert!(
            matches!(refused, Err(SerdeError::Layer { layer: "zstd", .. })),
            "{refused:?}"
        );
    }
    // The frame tells its length itself: one that lies is damaged.
    let mut lying = sealed.to_vec();
    lying[4] -= 1;
    assert!(zstd.open(&lying).is_err());
    lying[4] += 2;
    assert!(zstd.open(&lying).is_err());
}

#[test]
fn what_was_stored_before_the_layers_is_read() {
    let old = stored(&EventCodec::new(Json).encode(&ada()).unwrap());
    let layered = Json.with_layer(Zstd::default()).with_layer(layer(&keys()));
    let codec = EventCodec::<Customer, _>::new(layered);
    assert_eq!(codec.decode_known(&old).unwrap(), ada());
}

#[test]
fn what_is_encrypted_tells_nothing_but_the_subject() {
    let codec = EventCodec::new(Json.with_layer(layer(&keys()))).for_subject("ada");
    let (first, second) = (codec.encode(&ada()).unwrap(), codec.encode(&ada()).unwrap());
    let holds = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
    assert!(holds(&first.data, "ada") && !holds(&first.data, "Ada"));
    assert_ne!(first.data, second.data);
    assert_eq!(codec.decode_known(&stored(&first)).unwrap(), ada());
}

#[test]
fn older_keys_read_what_they_encrypted() {
    let keys = keys();
    let codec = EventCodec::new(Json.with_layer(layer(&keys))).for_subject("ada");
    let old = codec.encode(&ada()).unwrap();
    let newer = keys.rotate("ada").unwrap();
    assert_eq!(newer.id(), 2);
    let new = codec.encode(&ada()).unwrap();
    for event in [&old, &new] {
        assert_eq!(codec.decode_known(&stored(event)).unwrap(), ada());
    }
    let only_newer = Arc::new(KeyRing::new());
    only_newer.insert("ada", newer).unwrap();
    let codec = EventCodec::<Customer, _>::new(Json.with_layer(layer(&only_newer)));
    assert_eq!(codec.decode_known(&stored(&new)).unwrap(), ada());
    assert!(codec.decode(&stored(&old)).is_err());
}

#[test]
fn a_forgotten_subject_reads_as_erased_and_the_others_go_on() {
    let keys = keys();
    keys.rotate("bob").unwrap();
    let codec = EventCodec::new(Json.with_layer(layer(&keys)));
    let events = [
        codec.for_subject("ada").encode(&ada()).unwrap(),
        codec.for_subject("bob").encode(&Customer::Counted(1)).unwrap(),
        codec.for_nobody().encode(&Customer::Counted(2)).unwrap(),
    ];
    keys.forget("ada");
    let decoded: Vec<_> = events
        .iter()
        .map(|event| codec.decode(&stored(event)).unwrap())
        .collect();
    let expected = [
        Decoded::Erased {
            subject: "ada".to_owned(),
        },
        Decoded::Event(Customer::Counted(1)),
        Decoded::Event(Customer::Counted(2)),
    ];
    assert_eq!(decoded, expected);

    let error = codec.decode_known(&stored(&events[0])).unwrap_err();
    assert_eq!(error.erased_subject(), Some("ada"));
    let refused = codec.for_subject("ada").encode(&ada()).unwrap_err();
    assert_eq!(refused.erased_subject(), Some("ada"));
    assert!(keys.rotate("ada").is_err());
    let key = SubjectKey::new(7, [0; 32]);
    assert!(keys.insert("ada", key).is_err());
}

#[test]
fn an_erased_event_of_an_older_version_is_erased_too() {
    let keys = keys();
    let sealed = Json.with_layer(layer(&keys));
    let old = EventCodec::new(sealed.for_subject("ada"))
        .encode(&Customer::Counted(1))
        .unwrap();
    let codec = EventCodec::<Customer, _>::new(sealed).upcast("Counted", 1, |count: u64| Ok(count + 1));
    assert_eq!(codec.decode_known(&stored(&old)).unwrap(), Customer::Counted(2));
    keys.forget("ada");
    assert!(matches!(codec.decode(&stored(&old)).unwrap(), Decoded::Erased { .. }));
}

#[test]
fn what_is_about_an_unknown_subject_is_neither_written_nor_taken_for_erased() {
    let keys = keys();
    let codec = EventCodec::new(Json.with_layer(layer(&keys)));
    for refused in [codec.encode(&ada()), codec.for_subject("bob").encode(&ada())] {
        assert!(
            matches!(
                refused,
                Err(SerdeError::Layer {
                    layer: "encryption",
                    ..
                })
            ),
            "{refused:?}"
        );
    }
    let event = codec.for_subject("ada").encode(&ada()).unwrap();
    let elsewhere = EventCodec::<Customer, _>::new(Json.with_layer(layer(&Arc::new(KeyRing::new()))));
    assert!(elsewhere.decode(&stored(&event)).is_err());
}

#[test]
fn an_unknown_type_is_unknown_whether_or_not_it_can_be_opened() {
    #[derive(Debug, PartialEq, Deserialize)]
    enum Nothing {}

    let keys = keys();
    let sealed = Json.with_layer(layer(&keys));
    let event = EventCodec::new(sealed.for_subject("ada")).encode(&ada()).unwrap();
    keys.forget("ada");
    let codec = EventCodec::<Nothing, _>::new(sealed);
    assert_eq!(codec.decode(&stored(&event)).unwrap(), Decoded::Unknown);
}

#[test]
fn snapshots_and_metadata_go_through_the_layers_too() {
    let keys = keys();
    let sealed = Json
        .with_layer(Zstd::default())
        .with_layer(layer(&keys))
        .for_subject("ada");
    let name = StreamName::new("customer-1").unwrap();
    let snapshot = sealed.snapshot(name, 1.into(), EventType::new("Customer").unwrap(), &ada());
    let recorded = RecordedSnapshot {
        snapshot: snapshot.unwrap(),
        created_at: Timestamp::from_unix_micros(0).unwrap(),
    };
    assert_eq!(sealed.state::<Customer>(&recorded).unwrap(), ada());
    let codec = EventCodec::new(sealed.clone());
    let event = stored(&codec.encode_with(&ada(), Some(&[("ip", "::1")])).unwrap());
    let metadata = sealed.metadata::<Vec<(String, String)>>(&event).unwrap();
    assert_eq!(metadata, Some(vec![("ip".to_owned(), "::1".to_owned())]));

    keys.forget("ada");
    let error = sealed.state::<Customer>(&recorded).unwrap_err();
    assert_eq!(error.erased_subject(), Some("ada"));
    let error = sealed.metadata::<Vec<(String, String)>>(&event).unwrap_err();
    assert_eq!(error.erased_subject(), Some("ada"));
}

#[test]
fn keys_are_not_shown() {
    let key = keys().current_key("ada").unwrap().unwrap();
    assert_eq!(format!("{key:?}"), "SubjectKey { id: 1, .. }");
}
