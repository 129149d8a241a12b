//! What is kept and sent goes through the formats of serde, and comes back checked.
#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use eventstore_core::{
    EventType, ExpectedVersion, LinkPlace, NewEvent, Position, RecordedEvent, StreamName, StreamSelector,
    StreamVersion, SubscriptionKey, SubscriptionName, Timestamp,
};
use serde_json::{from_value, json, to_value};
use uuid::Uuid;

fn recorded() -> RecordedEvent {
    let placed = NewEvent::new(Uuid::from_u128(7), EventType::new("OrderPlaced").unwrap(), "{}")
        .with_correlation_id(Uuid::from_u128(8));
    let at = Timestamp::from_unix_micros(1).unwrap();
    RecordedEvent::new(placed, StreamName::new("order-17").unwrap(), StreamVersion::FIRST, at)
        .with_position(Position::from(9))
        .with_link(LinkPlace {
            stream: StreamName::new("orders").unwrap(),
            version: StreamVersion::from(3),
        })
}

#[test]
fn an_event_comes_back_as_it_was() {
    let value = to_value(recorded()).unwrap();
    assert_eq!(value["position"], json!(9));
    assert_eq!(value["link"], json!({"stream": "orders", "version": 3}));
    assert_eq!(value["stream"], json!("order-17"));
    assert_eq!(value["created_at"], json!("1970-01-01T00:00:00.000001Z"));
    assert_eq!(from_value::<RecordedEvent>(value).unwrap(), recorded());
}

#[test]
fn a_key_and_an_expectation_come_back_as_they_were() {
    let key = SubscriptionKey {
        selector: StreamSelector::All,
        name: SubscriptionName::new("mails").unwrap(),
    };
    let value = to_value(&key).unwrap();
    assert_eq!(value, json!({ "selector": "$all", "name": "mails" }));
    assert_eq!(from_value::<SubscriptionKey>(value).unwrap(), key);
    let expected = ExpectedVersion::Exact(3.into());
    assert_eq!(
        from_value::<ExpectedVersion>(to_value(expected).unwrap()).unwrap(),
        expected
    );
}

#[test]
fn what_cannot_be_is_refused() {
    assert!(from_value::<StreamVersion>(json!(-1)).is_err());
    assert!(from_value::<StreamName>(json!("$all")).is_err());
    assert!(from_value::<SubscriptionName>(json!("a\u{0}")).is_err());
    assert!(from_value::<Timestamp>(json!("yesterday")).is_err());
}
