use bytes::Bytes;
use eventstore_core::{Error, ExpectedVersion, NewEvent};
use uuid::Uuid;

use super::fields::stored;
use crate::conformance::payloads::{json, no_json};
use crate::conformance::refusal::refused;
use crate::conformance::sample::{event, event_type, stream};
use crate::conformance::{Harness, Payloads};

/// Payload and metadata are read back byte for byte, or as the same value where JSON is kept.
///
/// Behaviours: R2.7.
pub async fn keeps_payloads(harness: &dyn Harness) {
    for data in json() {
        stored(harness, event_of(&data)).await;
        // As metadata the value null may mean none.
        if data != "null" {
            stored(harness, event().with_metadata(data)).await;
        }
    }
}

/// What was read can be appended again, and is then read back byte for byte.
///
/// Behaviours: R2.7.
pub async fn keeps_payloads_that_were_read_byte_for_byte(harness: &dyn Harness) {
    for data in json().into_iter().filter(|data| data != "null") {
        let read = stored(harness, event_of(&data).with_metadata(data)).await;
        let copy = event_of(&read.data).with_metadata(read.metadata.clone().unwrap());
        let read_again = stored(harness, copy).await;
        assert_eq!((&read_again.data, &read_again.metadata), (&read.data, &read.metadata));
    }
}

/// Text beyond ASCII in payloads and types is read back.
///
/// Behaviours: R1.37.
pub async fn keeps_unicode_payloads_and_types(harness: &dyn Harness) {
    let unicode = NewEvent::new(
        Uuid::now_v7(),
        event_type("Größe geändert 配列 🇪🇺"),
        "{\"é\": \"配列 🇪🇺\"}",
    );
    stored(harness, unicode).await;
}

/// What is no JSON is kept byte for byte, or refused by name where JSON is kept, and then nothing is written.
///
/// Behaviours: R1.36, T56.
pub async fn keeps_or_refuses_what_is_no_json(harness: &dyn Harness) {
    for (what, bytes) in no_json() {
        for (place, event) in [("data", event_of(&bytes)), ("metadata", event().with_metadata(bytes))] {
            match harness.payloads() {
                Payloads::Bytes => drop(stored(harness, event).await),
                Payloads::Json => refuses(harness, event, what, place).await,
            }
        }
    }
}

async fn refuses(harness: &dyn Harness, bad: NewEvent, what: &str, place: &str) {
    let store = harness.store();
    let events = vec![event().with_metadata("{}"), bad, event()];
    let outcome = refused(&*store, &stream("s"), ExpectedVersion::Any, events).await;
    assert!(
        matches!(outcome, Err(Error::InvalidInput { argument, .. }) if argument == place),
        "{what} as {place}: {outcome:?}"
    );
}

fn event_of(data: &Bytes) -> NewEvent {
    NewEvent::new(Uuid::now_v7(), event_type("Happened"), data.clone())
}
