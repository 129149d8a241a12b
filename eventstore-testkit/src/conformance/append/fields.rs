use std::time::{SystemTime, UNIX_EPOCH};

use eventstore_core::backend::NumberedEvent;
use eventstore_core::{NewEvent, StreamSelector, Timestamp};
use uuid::Uuid;

use crate::conformance::sample::{append, event, event_type, exactly, read_whole, stream};
use crate::conformance::{Backend, Harness, Payloads};

/// How far the clocks of a store and of its tests may be apart, together with the time that a case takes.
const SLACK_MICROS: u64 = 60_000_000;

/// The id that the caller gave an event is its id.
///
/// Behaviours: R1.26.
pub async fn keeps_the_callers_event_id(harness: &dyn Harness) {
    let id = Uuid::from_u128(0xABCD_EF01_2345_6789_ABCD_EF01_2345_6789);
    let mut new = event();
    new.id = id.into();
    let stored = stored(harness, new).await;
    assert_eq!(stored.event_id.as_uuid(), id);
}

/// Causation and correlation ids are read back.
///
/// Behaviours: R1.31.
pub async fn keeps_causation_and_correlation_ids(harness: &dyn Harness) {
    let (causation, correlation) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let new = event().with_causation_id(causation).with_correlation_id(correlation);
    let stored = stored(harness, new).await;
    assert_eq!(stored.causation_id, Some(causation));
    assert_eq!(stored.correlation_id, Some(correlation));
}

/// An event without causation, correlation and metadata is read back without them.
///
/// Behaviours: R1.31, R1.36, R14.4, T30.
pub async fn keeps_absent_fields_absent(harness: &dyn Harness) {
    let stored = stored(harness, event()).await;
    assert_eq!(stored.causation_id, None);
    assert_eq!(stored.correlation_id, None);
    assert_eq!(stored.metadata, None);
}

/// Of several events in one append, each keeps its own fields.
///
/// Behaviours: R2.7.
pub async fn keeps_the_fields_of_each_event_apart(harness: &dyn Harness) {
    let (store, target) = (harness.store(), stream("s"));
    let new = vec![
        event().with_metadata("{\"m\": 1}"),
        event().with_causation_id(Uuid::from_u128(1)),
        event().with_correlation_id(Uuid::from_u128(2)),
        NewEvent::new(Uuid::now_v7(), event_type("Other"), "{\"b\": 2}"),
    ];
    append(&*store, &target, exactly(0), new.clone()).await.unwrap();
    for (new, stored) in new.iter().zip(read_whole(&*store, target).await) {
        assert_same(harness.payloads(), new, &stored);
    }
}

/// The time that the caller gave an event is read back to the microsecond.
///
/// Behaviours: R1.33, R2.10.
pub async fn keeps_the_callers_time_to_the_microsecond(harness: &dyn Harness) {
    for text in [
        "2001-02-03T04:05:06.123456Z",
        "1969-12-31T23:59:59.999999Z",
        "2024-02-29T00:00:00Z",
    ] {
        let at: Timestamp = text.parse().unwrap();
        let stored = stored(harness, event().with_created_at(at)).await;
        assert_eq!(stored.created_at, at);
    }
}

/// An event without a time happened when it was appended.
///
/// Behaviours: R1.33.
pub async fn gives_the_time_of_the_append_when_none_is_given(harness: &dyn Harness) {
    assert_is_now(stored(harness, event()).await.created_at);
}

/// The empty type is a type like any other.
///
/// Behaviours: R1.32.
pub async fn accepts_an_empty_event_type(harness: &dyn Harness) {
    let mut new = event();
    new.event_type = event_type("");
    assert_eq!(stored(harness, new).await.event_type.as_str(), "");
}

/// Appends the event to a stream of its own; it has to read the same there and in `$all`.
pub(super) async fn stored(harness: &dyn Harness, new: NewEvent) -> NumberedEvent {
    let store = harness.store();
    let target = stream(&format!("s-{}", new.id));
    append(&*store, &target, exactly(0), vec![new.clone()]).await.unwrap();
    let own = last(&*store, target.into()).await;
    let in_all = last(&*store, StreamSelector::All).await;
    assert_same(harness.payloads(), &new, &own);
    assert_eq!(in_all.event, own.event);
    own
}

async fn last(store: &dyn Backend, selector: StreamSelector) -> NumberedEvent {
    read_whole(store, selector).await.pop().unwrap()
}

fn assert_same(payloads: Payloads, new: &NewEvent, stored: &NumberedEvent) {
    assert_eq!(stored.event_id, new.id);
    assert_eq!(stored.event_type, new.event_type);
    payloads.assert_same(&stored.data, &new.data);
    payloads.assert_same_metadata(stored.metadata.as_ref(), new.metadata.as_ref());
    assert_eq!(stored.causation_id, new.causation_id);
    assert_eq!(stored.correlation_id, new.correlation_id);
    if let Some(created_at) = new.created_at {
        assert_eq!(stored.created_at, created_at);
    }
}

/// The time was taken while the case ran, as far as the clocks agree.
pub(super) fn assert_is_now(time: Timestamp) {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = i64::try_from(since_epoch.as_micros()).unwrap();
    let distance = now.abs_diff(time.unix_micros());
    assert!(distance < SLACK_MICROS, "{time} is not now");
}
