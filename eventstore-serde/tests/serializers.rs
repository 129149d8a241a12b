//! Every serializer keeps its contract.
#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use std::collections::BTreeMap;

use eventstore_core::{EventNumber, EventType, RecordedEvent, StreamName, StreamVersion, Timestamp};
use eventstore_serde::{SerdeError, Serializer};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Event {
    Opened,
    Named(String),
    Moved { from: i64, to: Option<i64> },
    Tagged(BTreeMap<String, Vec<u8>>),
}

fn any_event() -> impl Strategy<Value = Event> {
    prop_oneof![
        Just(Event::Opened),
        any::<String>().prop_map(Event::Named),
        any::<(i64, Option<i64>)>().prop_map(|(from, to)| Event::Moved { from, to }),
        any::<BTreeMap<String, Vec<u8>>>().prop_map(Event::Tagged),
    ]
}

fn recorded(metadata: Option<&'static [u8]>) -> RecordedEvent {
    RecordedEvent {
        event_number: EventNumber::FIRST,
        event_id: Uuid::nil().into(),
        stream: StreamName::new("s").unwrap(),
        stream_version: StreamVersion::FIRST,
        event_type: EventType::new("T").unwrap(),
        causation_id: None,
        correlation_id: None,
        data: bytes::Bytes::new(),
        metadata: metadata.map(bytes::Bytes::from_static),
        created_at: Timestamp::from_unix_micros(0).unwrap(),
    }
}

fn gives_back_what_it_was_given(serializer: &impl Serializer, event: &Event) {
    let bytes = serializer.serialize(event).unwrap();
    assert_eq!(&serializer.deserialize::<Event>(&bytes).unwrap(), event);
}

fn answers_garbage_with_a_value_or_an_error(serializer: &impl Serializer, garbage: &[u8]) {
    if let Err(error) = serializer.deserialize::<Event>(garbage) {
        assert!(matches!(error, SerdeError::Deserialize { length, .. } if length == garbage.len()));
    }
}

/// Behaviours: R14.4, T30.
fn reads_missing_metadata_as_none(serializer: &impl Serializer) {
    assert_eq!(serializer.metadata::<Event>(&recorded(None)).unwrap(), None);
    assert_eq!(serializer.metadata::<Event>(&recorded(Some(b"null"))).unwrap(), None);
}

/// Behaviours: R1.26.
fn makes_events_with_time_ordered_ids(serializer: &impl Serializer) {
    let new = || serializer.event(EventType::new("T").unwrap(), &Event::Opened).unwrap();
    let (first, second) = (new(), new());
    assert!(first.id < second.id);
    assert_eq!(first.id.as_uuid().get_version_num(), 7);
}

macro_rules! serializer_suite {
    ($module:ident, $serializer:expr) => {
        mod $module {
            use super::*;

            proptest! {
                #[test]
                fn gives_back_what_it_was_given(event in any_event()) {
                    super::gives_back_what_it_was_given(&$serializer, &event);
                }

                #[test]
                fn answers_garbage_with_a_value_or_an_error(garbage in any::<Vec<u8>>()) {
                    super::answers_garbage_with_a_value_or_an_error(&$serializer, &garbage);
                }
            }

            #[test]
            fn reads_missing_metadata_as_none() {
                super::reads_missing_metadata_as_none(&$serializer);
            }

            #[test]
            fn makes_events_with_time_ordered_ids() {
                super::makes_events_with_time_ordered_ids(&$serializer);
            }
        }
    };
}

#[cfg(feature = "json")]
serializer_suite!(json, eventstore_serde::Json);
#[cfg(feature = "msgpack")]
serializer_suite!(message_pack, eventstore_serde::MessagePack);

/// Behaviours: R14.5, T4.
#[cfg(feature = "json")]
#[test]
fn an_event_that_cannot_be_read_is_named_with_the_cause() {
    let error = eventstore_serde::Json.data::<Event>(&recorded(None)).unwrap_err();
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
