//! Stored shapes of events, kept beside the code that has to read them.
#![cfg(feature = "golden")]
#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use eventstore_serde::{EventCodec, GoldenError, GoldenEvents, Json, SerdeError, VersionPlace};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Account {
    Opened { owner: String },
    Deposited { cents: u64, currency: String },
}

fn codec() -> EventCodec<Account, Json> {
    EventCodec::new(Json)
        .upcast("Deposited", 1, |cents: u64| Ok(json!({ "cents": cents })))
        .upcast("Deposited", 2, |mut old: Value| {
            old["currency"] = "EUR".into();
            Ok(old)
        })
}

fn golden() -> GoldenEvents {
    GoldenEvents::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/account.jsonl")).unwrap()
}

/// As a codec stores them whose versions are in the types.
fn golden_by_type() -> GoldenEvents {
    GoldenEvents::read(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/golden/account-by-type.jsonl"
    ))
    .unwrap()
}

fn examples() -> [Account; 2] {
    let deposited = Account::Deposited {
        cents: 5,
        currency: "EUR".to_owned(),
    };
    let opened = Account::Opened {
        owner: "Ada".to_owned(),
    };
    [opened, deposited]
}

#[test]
fn every_stored_shape_is_read() {
    let [opened, deposited] = examples();
    let expected = [opened, deposited.clone(), deposited.clone(), deposited];
    assert_eq!(golden().decode(&codec()).unwrap(), expected);
    assert_eq!(golden().missing(&codec(), &examples()).unwrap(), [""; 0]);
    let by_type = codec().with_version_in(VersionPlace::TypeSuffix(".v"));
    assert_eq!(golden_by_type().decode(&by_type).unwrap(), expected);
    assert_eq!(golden_by_type().missing(&by_type, &examples()).unwrap(), [""; 0]);
}

fn failures(codec: &EventCodec<Account, Json>) -> Vec<SerdeError> {
    match golden().decode(codec) {
        Err(GoldenError::Stale { failures }) => failures,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_missing_upcaster_fails() {
    let without_first = EventCodec::new(Json).upcast("Deposited", 2, |old: Value| Ok(old));
    // The first version has nowhere to go, and what the second step makes now is no event.
    assert_eq!(failures(&without_first).len(), 2);
    let without_second = EventCodec::new(Json).upcast("Deposited", 1, |old: Value| Ok(old));
    assert_eq!(failures(&without_second).len(), 3);
    let without_any = EventCodec::new(Json);
    assert_eq!(failures(&without_any).len(), 3);
}

#[test]
fn a_failure_tells_its_line_and_its_reason() {
    let without_first = EventCodec::<Account, _>::new(Json).upcast("Deposited", 2, |mut old: Value| {
        old["currency"] = "EUR".into();
        Ok(old)
    });
    let error = golden().decode(&without_first).unwrap_err().to_string();
    assert!(
        error.contains("event Deposited at version 2 of stream \"golden events\": no upcaster leads from version 1"),
        "{error}"
    );
}

#[test]
fn a_shape_that_changed_without_a_new_version_is_missing() {
    let renamed = EventCodec::new(Json).with_type_prefix("Bank.");
    let missing = golden().missing(&renamed, &examples()).unwrap();
    let expected = [
        r#"{"event_type":"Bank.Opened","data":{"owner":"Ada"}}"#,
        r#"{"event_type":"Bank.Deposited","data":{"cents":5,"currency":"EUR"}}"#,
    ];
    assert_eq!(missing, expected);
}

#[cfg(feature = "msgpack")]
#[test]
fn bytes_that_are_no_json_are_kept_in_base64() {
    let codec = EventCodec::new(eventstore_serde::MessagePack);
    let lines = GoldenEvents::parse("").unwrap().missing(&codec, &examples()).unwrap();
    assert!(lines.iter().all(|line| line.contains("data_base64")), "{lines:?}");
    let golden = GoldenEvents::parse(&lines.join("\n")).unwrap();
    assert_eq!(golden.decode(&codec).unwrap(), examples());
}

#[test]
fn a_line_that_is_no_event_is_named() {
    for text in [
        "no JSON",
        "{}",
        r#"{"event_type":"T"}"#,
        r#"{"event_type":"T","data_base64":"!"}"#,
    ] {
        let lines = format!("\n{text}");
        let error = GoldenEvents::parse(&lines).unwrap_err();
        assert!(matches!(error, GoldenError::Line { line: 2, .. }), "{error:?}");
    }
    let error = GoldenEvents::read("no/such/file").unwrap_err();
    assert!(matches!(error, GoldenError::File { .. }), "{error:?}");
}
