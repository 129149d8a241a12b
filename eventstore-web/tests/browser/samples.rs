use eventstore_core::backend::{EventToPark, ParkOutcome, Parking};
use eventstore_core::{
    Append, Delete, EventId, EventNumber, EventReaderExt, EventStore, EventType, ExpectedVersion, Link, NewEvent,
    ParkCause, PartitionKey, Read, Snapshot, SnapshotPolicy, StreamName, SubscriptionKey,
};
use futures_util::TryStreamExt;
use uuid::Uuid;

/// The event whose page is looked at, what it belongs to, and the event that it caused.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    pub(crate) event: Uuid,
    pub(crate) correlation: Uuid,
}

/// A small shop: orders, a customer, links, a snapshot, a deleted stream, and a subscription with three parked events.
pub(crate) async fn fill(store: &dyn EventStore) -> Sample {
    let sample = Sample {
        event: Uuid::now_v7(),
        correlation: Uuid::now_v7(),
    };
    let placed = NewEvent::new(sample.event, event_type("OrderPlaced"), ORDER)
        .with_metadata(r#"{"user":"ada","request":{"ip":"192.0.2.7","agent":"shop/1.2"}}"#)
        .with_correlation_id(sample.correlation)
        .with_causation_id(Uuid::now_v7());
    let paid = event("OrderPaid", r#"{"amount":"59.80","by":"card"}"#)
        .with_correlation_id(sample.correlation)
        .with_causation_id(sample.event);
    append(store, "order-1", [placed, paid]).await;
    append(store, "order-1", numbered(58)).await;
    append(store, "order-2", numbered(3)).await;
    let shipped = event("ParcelShipped", r#"{"order":"order-1"}"#)
        .with_correlation_id(sample.correlation)
        .with_causation_id(sample.event);
    append(store, "parcel-7", [shipped]).await;
    append(store, "customer-7", [event("CustomerRegistered", "Ada Lovelace")]).await;
    append(store, "cart-3", numbered(2)).await;
    let links = Link::new("by-country-gb", ExpectedVersion::Any, [EventId::new(sample.event)]);
    store.link(links.unwrap()).await.unwrap();
    store.delete(Delete::soft("cart-3").unwrap()).await.unwrap();
    let snapshot = Snapshot {
        source: name("order-1"),
        version: 60_u32.into(),
        snapshot_type: event_type("Order"),
        data: r#"{"status":"paid","items":1}"#.into(),
        metadata: None,
    };
    store
        .record_snapshot(snapshot, SnapshotPolicy::KeepNewest)
        .await
        .unwrap();
    park(
        store,
        &key("mailer"),
        &[1, 2, 3],
        "the mail server refused the recipient",
    )
    .await;
    sample
}

const ORDER: &str = r#"{"order":"order-1","customer":{"id":7,"name":"Ada Lovelace","vip":true},"items":[{"sku":"tea-500","quantity":2,"price":"29.90"}],"note":null}"#;

pub(crate) fn key(subscription: &str) -> SubscriptionKey {
    SubscriptionKey::new("$all", subscription).unwrap()
}

pub(crate) fn name(stream: &str) -> StreamName {
    StreamName::new(stream).unwrap()
}

pub(crate) fn event_type(name: &str) -> EventType {
    EventType::new(name).unwrap()
}

pub(crate) fn event(name: &str, data: impl AsRef<[u8]>) -> NewEvent {
    NewEvent::new(Uuid::now_v7(), event_type(name), data.as_ref().to_vec())
}

pub(crate) fn numbered(count: u64) -> Vec<NewEvent> {
    let data = |index| format!(r#"{{"index":{index}}}"#);
    (0..count).map(|index| event("ItemAdded", data(index))).collect()
}

pub(crate) async fn append(store: &dyn EventStore, stream: &str, events: impl IntoIterator<Item = NewEvent>) {
    let append = Append::new(name(stream), ExpectedVersion::Any, events).unwrap();
    store.append(append).await.unwrap();
}

/// Parks events of `$all`, as a subscription does whose handler refuses them.
pub(crate) async fn park(store: &dyn EventStore, key: &SubscriptionKey, numbers: &[u32], reason: &str) {
    let last = u64::from(*numbers.last().unwrap());
    let all: Vec<_> = store.read(Read::all().with_limit(last)).try_collect().await.unwrap();
    let acquired = store.try_acquire(key, EventNumber::ZERO).await.unwrap().unwrap();
    let to_park = |number: &u32| EventToPark {
        number: (*number).into(),
        event_id: all[usize::try_from(number - 1).unwrap()].event_id,
        partition: Some(PartitionKey::new(format!("order-{number}"))),
        cause: ParkCause::Rejected {
            reason: reason.to_owned(),
            attempts: 5,
        },
    };
    let parking = Parking {
        lease: acquired.lease.token(),
        key: key.clone(),
        events: numbers.iter().map(to_park).collect(),
        checkpoint: (*numbers.last().unwrap()).into(),
    };
    assert_eq!(store.park(&parking).await.unwrap(), ParkOutcome::Parked);
    acquired.lease.release().await;
}
