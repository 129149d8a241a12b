//! Every serializer keeps its contract, with and without layers around it.
#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

mod support;

use std::collections::BTreeMap;

use eventstore_core::EventType;
use eventstore_core::backend::{PayloadFormat, PayloadStorage};
use eventstore_serde::{Decoded, EventCodec, NamedEvent, SerdeError, Serializer};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use self::support::{recorded, stored};

/// An event of every kind of variant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Event {
    Opened,
    Named(String),
    Both(i64, Option<bool>),
    #[serde(rename = "Elixir.Moved")]
    Moved {
        from: i64,
        to: Option<i64>,
    },
    Tagged(BTreeMap<String, Vec<u8>>),
    Nested(Inner),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Inner {
    Left,
    Right { depth: u8 },
}

const TYPES: [&str; 6] = ["Opened", "Named", "Both", "Elixir.Moved", "Tagged", "Nested"];

fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        Just(Event::Opened),
        any::<String>().prop_map(Event::Named),
        any::<(i64, Option<bool>)>().prop_map(|(left, right)| Event::Both(left, right)),
        any::<(i64, Option<i64>)>().prop_map(|(from, to)| Event::Moved { from, to }),
        any::<BTreeMap<String, Vec<u8>>>().prop_map(Event::Tagged),
        Just(Event::Nested(Inner::Left)),
        any::<u8>().prop_map(|depth| Event::Nested(Inner::Right { depth })),
    ]
}

/// Bytes of any kind, and some that have the form of those of a layer.
fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    let marks = prop_oneof![Just("z"), Just("e"), Just("p")];
    let marked = (marks, any::<Vec<u8>>()).prop_map(|(kind, rest)| [b"\xC1ES", kind.as_bytes(), &rest[..]].concat());
    prop_oneof![any::<Vec<u8>>(), marked, any::<String>().prop_map(String::into_bytes)]
}

fn gives_back_what_it_was_given(serializer: &impl Serializer, event: &Event) {
    let bytes = serializer.serialize(event).unwrap();
    assert_eq!(&serializer.deserialize::<Event>(&bytes).unwrap(), event);
}

/// Behaviours: R1.32, R14.2.
fn gives_back_each_variant_by_its_type(serializer: impl Serializer, event: &Event) {
    let codec = EventCodec::new(serializer);
    let new = codec.encode(event).unwrap();
    assert!(TYPES.contains(&new.event_type.as_str()));
    assert_eq!(codec.decode(&stored(&new)).unwrap(), Decoded::Event(event.clone()));
}

fn answers_garbage_with_a_value_or_an_error(serializer: &impl Serializer, garbage: &[u8]) {
    if let Err(error) = serializer.deserialize::<Event>(garbage) {
        assert!(matches!(
            error,
            SerdeError::Deserialize { .. } | SerdeError::Layer { .. }
        ));
    }
}

/// Behaviours: R14.5, T4.
fn answers_garbage_of_every_type_with_a_value_or_an_error(serializer: impl Serializer, garbage: &[u8]) {
    let codec = EventCodec::<Event, _>::new(serializer);
    for event_type in TYPES {
        match codec.decode(&recorded(event_type, garbage, Some(garbage))) {
            Ok(decoded) => assert!(matches!(decoded, Decoded::Event(_)), "{decoded:?}"),
            Err(error) => assert!(matches!(error, SerdeError::Event { .. }), "{error:?}"),
        }
    }
    let unknown = codec.decode(&recorded("Unknown", garbage, Some(garbage))).unwrap();
    assert_eq!(unknown, Decoded::Unknown);
}

/// A part of a payload is put in the place of another, and what is behind it cut off.
fn answers_a_damaged_payload_with_a_value_or_an_error(serializer: impl Serializer, event: &Event, damage: &Damage) {
    let codec = EventCodec::new(serializer);
    let mut event = stored(&codec.encode(event).unwrap());
    let mut data = event.data.to_vec();
    let (from, to) = (damage.from.index(data.len() + 1), damage.to.index(data.len() + 1));
    let part = data[from.min(to)..from.max(to)].to_vec();
    data.truncate(damage.cut.index(data.len() + 1).max(damage.at.index(data.len() + 1)));
    let at = damage.at.index(data.len() + 1);
    data.splice(at..at, part.into_iter().chain(damage.bytes.clone()));
    event.data = data.into();
    match codec.decode(&event) {
        Ok(decoded) => assert!(matches!(decoded, Decoded::Event(_)), "{decoded:?}"),
        Err(error) => assert!(matches!(error, SerdeError::Event { .. }), "{error:?}"),
    }
}

#[derive(Debug)]
struct Damage {
    from: prop::sample::Index,
    to: prop::sample::Index,
    at: prop::sample::Index,
    cut: prop::sample::Index,
    bytes: Vec<u8>,
}

fn any_damage() -> impl Strategy<Value = Damage> {
    let index = any::<prop::sample::Index>;
    let bytes = prop::collection::vec(any::<u8>(), 0..4);
    (index(), index(), index(), index(), bytes).prop_map(|(from, to, at, cut, bytes)| Damage {
        from,
        to,
        at,
        cut,
        bytes,
    })
}

/// Behaviours: R14.4, T30.
fn reads_missing_metadata_as_none(serializer: &impl Serializer) {
    let metadata = |metadata| serializer.metadata::<Event>(&recorded("T", b"", metadata));
    assert_eq!(metadata(None).unwrap(), None);
    assert_eq!(metadata(Some(b"null")).unwrap(), None);
}

/// Behaviours: R14.1, R14.6.
fn gives_metadata_back_as_a_map_and_as_a_struct(serializer: impl Serializer) {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Metadata {
        source: String,
    }

    let codec = EventCodec::new(serializer);
    let map = BTreeMap::from([("source".to_owned(), "test".to_owned())]);
    let event = stored(&codec.encode_with(&Event::Opened, Some(&map)).unwrap());
    assert_eq!(codec.serializer().metadata(&event).unwrap(), Some(map));
    let metadata = Metadata {
        source: "test".to_owned(),
    };
    let event = stored(&codec.encode_with(&Event::Opened, Some(&metadata)).unwrap());
    assert_eq!(codec.serializer().metadata(&event).unwrap(), Some(metadata));
}

/// Behaviours: R1.26.
fn makes_events_with_time_ordered_ids(serializer: &impl Serializer) {
    let new = || serializer.event(EventType::new("T").unwrap(), &Event::Opened).unwrap();
    let (first, second) = (new(), new());
    assert!(first.id < second.id);
    assert_eq!(first.id.as_uuid().get_version_num(), 7);
}

/// Behaviours: R1.32.
fn names_a_struct_by_its_trait(serializer: &impl Serializer) {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Renamed(u8);

    impl NamedEvent for Renamed {
        const EVENT_TYPE: &'static str = "SomethingWasRenamed";
    }

    let mut event = stored(&serializer.named_event(&Renamed(7)).unwrap());
    assert_eq!(event.event_type.as_str(), "SomethingWasRenamed");
    assert_eq!(serializer.named_data(&event).unwrap(), Some(Renamed(7)));
    event.event_type = EventType::new("SomethingElse").unwrap();
    assert_eq!(serializer.named_data::<Renamed>(&event).unwrap(), None);
}

struct Storage(PayloadFormat);

impl PayloadStorage for Storage {
    fn payload_format(&self) -> PayloadFormat {
        self.0
    }
}

/// Behaviours: R14.3.
fn is_refused_where_its_payloads_cannot_be_kept(serializer: &impl Serializer, fitting: &[PayloadFormat]) {
    for format in [PayloadFormat::Bytes, PayloadFormat::Json] {
        match serializer.check_storage(&Storage(format)) {
            Ok(()) => assert!(fitting.contains(&format)),
            Err(error) => {
                assert!(!fitting.contains(&format));
                let error = eventstore_core::Error::from(error);
                assert!(
                    matches!(
                        &error,
                        eventstore_core::Error::InvalidInput {
                            argument: "serializer",
                            ..
                        }
                    ),
                    "{error:?}"
                );
            }
        }
    }
}

macro_rules! serializer_suite {
    ($module:ident, $serializer:expr, $fitting:expr) => {
        mod $module {
            #[allow(
                clippy::allow_attributes,
                unused_imports,
                reason = "not every serializer needs one of each"
            )]
            use super::*;

            proptest! {
                #[test]
                fn gives_back_what_it_was_given(event in any_event()) {
                    super::gives_back_what_it_was_given(&$serializer, &event);
                }

                #[test]
                fn gives_back_each_variant_by_its_type(event in any_event()) {
                    super::gives_back_each_variant_by_its_type($serializer, &event);
                }

                #[test]
                fn answers_garbage_with_a_value_or_an_error(garbage in any_bytes()) {
                    super::answers_garbage_with_a_value_or_an_error(&$serializer, &garbage);
                }

                #[test]
                fn answers_garbage_of_every_type_with_a_value_or_an_error(garbage in any_bytes()) {
                    super::answers_garbage_of_every_type_with_a_value_or_an_error($serializer, &garbage);
                }

                #[test]
                fn answers_a_damaged_payload_with_a_value_or_an_error(event in any_event(), damage in any_damage()) {
                    super::answers_a_damaged_payload_with_a_value_or_an_error($serializer, &event, &damage);
                }
            }

            #[test]
            fn reads_missing_metadata_as_none() {
                super::reads_missing_metadata_as_none(&$serializer);
            }

            #[test]
            fn gives_metadata_back_as_a_map_and_as_a_struct() {
                super::gives_metadata_back_as_a_map_and_as_a_struct($serializer);
            }

            #[test]
            fn makes_events_with_time_ordered_ids() {
                super::makes_events_with_time_ordered_ids(&$serializer);
            }

            #[test]
            fn names_a_struct_by_its_trait() {
                super::names_a_struct_by_its_trait(&$serializer);
            }

            #[test]
            fn is_refused_where_its_payloads_cannot_be_kept() {
                super::is_refused_where_its_payloads_cannot_be_kept(&$serializer, &$fitting);
            }
        }
    };
}

serializer_suite!(schema_based, support::Postcard, [PayloadFormat::Bytes]);
#[cfg(feature = "json")]
serializer_suite!(
    json,
    eventstore_serde::Json,
    [PayloadFormat::Bytes, PayloadFormat::Json]
);
#[cfg(feature = "jsonb")]
serializer_suite!(jsonb, eventstore_serde::Jsonb, [PayloadFormat::Json]);
#[cfg(feature = "msgpack")]
serializer_suite!(message_pack, eventstore_serde::MessagePack, [PayloadFormat::Bytes]);
#[cfg(feature = "zstd")]
serializer_suite!(
    compressed,
    support::Postcard.with_layer(eventstore_serde::Zstd::default().with_min_size(16)),
    [PayloadFormat::Bytes]
);
#[cfg(feature = "encryption")]
serializer_suite!(encrypted, support::encrypted(support::Postcard), [PayloadFormat::Bytes]);
#[cfg(all(feature = "json", feature = "zstd", feature = "encryption"))]
serializer_suite!(
    compressed_and_encrypted,
    support::encrypted(eventstore_serde::Json.with_layer(eventstore_serde::Zstd::default().with_min_size(0))),
    [PayloadFormat::Bytes]
);

/// Behaviours: R14.5, T4.
#[cfg(feature = "json")]
#[test]
fn an_event_that_cannot_be_read_is_named_with_the_cause() {
    let error = eventstore_serde::Json
        .data::<Event>(&recorded("T", b"", None))
        .unwrap_err();
    let error = eventstore_core::Error::from(error);
    assert!(matches!(error, eventstore_core::Error::Payload { .. }), "{error:?}");
    assert!(
        error.to_string().contains("event T at version 1 of stream \"s\""),
        "{error}"
    );
    assert!(
        std::error::Error::source(&error)
            .and_then(std::error::Error::source)
            .is_some()
    );
}
