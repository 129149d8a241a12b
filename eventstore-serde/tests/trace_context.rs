//! How a trace context is kept in the metadata of events, and read again.
#![cfg(feature = "json")]
#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

mod support;

use eventstore_core::{Error, EventType, NewEvent};
use eventstore_serde::{Json, SerdeError, Serializer, TraceContext};
use serde::Serialize;
use uuid::Uuid;

use self::support::{Postcard, recorded, stored};

const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn context() -> TraceContext {
    TraceContext::new(TRACEPARENT, None).unwrap()
}

fn event(metadata: Option<&str>) -> NewEvent {
    let event = NewEvent::new(Uuid::nil(), EventType::new("OrderPlaced").unwrap(), "{}");
    match metadata {
        Some(metadata) => event.with_metadata(metadata.to_owned()),
        None => event,
    }
}

/// The metadata of an event that had this metadata before.
fn with_context(metadata: Option<&str>, context: &TraceContext) -> String {
    let mut event = event(metadata);
    Json.set_trace_context(&mut event, context).unwrap();
    assert_eq!(Json.trace_context(&stored(&event)).as_ref(), Some(context));
    String::from_utf8(event.metadata.unwrap().to_vec()).unwrap()
}

#[test]
fn without_metadata_the_context_is_the_metadata() {
    let alone = format!(r#"{{"traceparent":"{TRACEPARENT}"}}"#);
    assert_eq!(with_context(None, &context()), alone);
    assert_eq!(with_context(Some("null"), &context()), alone);
    assert_eq!(with_context(Some("{}"), &context()), alone);
}

#[test]
fn other_metadata_is_kept_as_it_is_written() {
    let members = r#""exact":0.12345678901234567890123,"large":1e400,"nested":{"b":1, "a":[null]}"#;
    let expected = format!(r#"{{{members},"traceparent":"{TRACEPARENT}"}}"#);
    assert_eq!(with_context(Some(&format!("{{{members}}}")), &context()), expected);
}

#[test]
fn a_context_takes_the_place_of_another_one() {
    let other = TraceContext::new(&TRACEPARENT.replace("00f0", "11f0"), Some("a=1")).unwrap();
    let metadata = with_context(Some(r#"{"user":"ada"}"#), &other);
    assert_eq!(
        with_context(Some(&metadata), &context()),
        format!(r#"{{"user":"ada","traceparent":"{TRACEPARENT}"}}"#)
    );
}

#[test]
fn metadata_that_is_no_object_is_refused_and_kept() {
    for metadata in ["[1]", "7", r#""text""#, "{", "", "{}{}", "\u{fffd}"] {
        let mut event = event(Some(metadata));
        let before = event.clone();
        let error = Json.set_trace_context(&mut event, &context()).unwrap_err();
        assert!(matches!(error, SerdeError::MetadataNotAnObject { .. }), "{metadata}");
        assert_eq!(event, before);
        let error = Error::from(error);
        assert!(
            matches!(
                error,
                Error::InvalidInput {
                    argument: "metadata",
                    ..
                }
            ),
            "{error}"
        );
    }
}

#[test]
fn metadata_without_a_valid_context_has_none() {
    let wrong = [
        "null",
        "7",
        "{",
        "{}",
        r#"{"traceparent":7}"#,
        r#"{"traceparent":"00-0"}"#,
        r#"{"tracestate":"a=1"}"#,
        r#"{"nested":{"traceparent":"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}}"#,
    ];
    for metadata in wrong {
        let event = recorded("OrderPlaced", b"{}", Some(metadata.as_bytes()));
        assert_eq!(Json.trace_context(&event), None, "{metadata}");
        assert_eq!(Postcard.trace_context(&event), None, "{metadata}");
    }
    assert_eq!(Json.trace_context(&recorded("OrderPlaced", b"{}", None)), None);
}

#[derive(Serialize)]
struct Metadata {
    user: &'static str,
    #[serde(flatten)]
    trace: Option<TraceContext>,
}

/// The context that is read of events with it as metadata, with it as a part of metadata, and without it.
fn read_with(serializer: &impl Serializer) -> [Option<TraceContext>; 3] {
    let full = TraceContext::new(TRACEPARENT, Some("a=1")).unwrap();
    let part = |trace| Metadata { user: "ada", trace };
    let metadata = [
        serializer.serialize(&full).unwrap(),
        serializer.serialize(&part(Some(full))).unwrap(),
        serializer.serialize(&part(None)).unwrap(),
    ];
    metadata.map(|metadata| serializer.trace_context(&recorded("OrderPlaced", b"{}", Some(&metadata))))
}

#[test]
fn it_can_be_a_part_of_any_metadata() {
    let full = TraceContext::new(TRACEPARENT, Some("a=1")).unwrap();
    let expected = [Some(full.clone()), Some(full), None];
    assert_eq!(read_with(&Json), expected);
    #[cfg(feature = "msgpack")]
    assert_eq!(read_with(&eventstore_serde::MessagePack), expected);
    #[cfg(feature = "zstd")]
    assert_eq!(
        read_with(&Json.with_layer(eventstore_serde::Zstd::default().with_min_size(0))),
        expected
    );
}
