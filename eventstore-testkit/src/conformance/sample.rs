use std::ops::Deref;

use bytes::Bytes;
use eventstore_core::backend::{CheckpointOutcome, Lease, LeaseEpoch, LeaseToken, NumberedEvent};
use eventstore_core::{
    Append, AppendReceipt, EventId, EventNumber, EventReaderExt, EventType, ExpectedVersion, Link, LinkReceipt,
    NewEvent, Read, RecordedEvent, Result, StreamInfo, StreamName, StreamSelector, StreamVersion, SubscriptionId,
    SubscriptionKey, SubscriptionName,
};
use eventstore_subscriptions::Delivery;
use futures_util::TryStreamExt;
use uuid::Uuid;

use super::Backend;
use super::wait::{pause, soon};

pub(super) fn stream(name: &str) -> StreamName {
    StreamName::new(name).unwrap()
}

pub(super) fn event() -> NewEvent {
    NewEvent::new(
        Uuid::now_v7(),
        event_type("Happened"),
        Bytes::from_static(b"{\"a\": 1}"),
    )
}

pub(super) fn events(count: usize) -> Vec<NewEvent> {
    (0..count).map(|_| event()).collect()
}

pub(super) fn event_type(name: &str) -> EventType {
    EventType::new(name).unwrap()
}

pub(super) fn number(number: u32) -> EventNumber {
    EventNumber::from(number)
}

pub(super) fn numbers(range: impl IntoIterator<Item = u32>) -> Vec<EventNumber> {
    range.into_iter().map(EventNumber::from).collect()
}

pub(super) fn exactly(version: u32) -> ExpectedVersion {
    ExpectedVersion::Exact(version.into())
}

pub(super) async fn append(
    store: &dyn Backend,
    stream: &StreamName,
    expected: ExpectedVersion,
    events: Vec<NewEvent>,
) -> Result<AppendReceipt> {
    store.append(Append::new(stream.clone(), expected, events)?).await
}

/// Appends new events, whatever the stream holds.
pub(super) async fn grow(store: &dyn Backend, stream: &StreamName, count: usize) -> AppendReceipt {
    append(store, stream, ExpectedVersion::Any, events(count))
        .await
        .unwrap()
}

/// A new stream with this many events.
pub(super) async fn stream_of(store: &dyn Backend, name: &str, count: usize) -> StreamName {
    let stream = stream(name);
    append(store, &stream, ExpectedVersion::NoStream, events(count))
        .await
        .unwrap();
    stream
}

pub(super) async fn read(store: &dyn Backend, read: Read) -> Vec<NumberedEvent> {
    store.numbered(read.with_positions()).try_collect().await.unwrap()
}

pub(super) async fn read_whole(store: &dyn Backend, selector: impl Into<StreamSelector>) -> Vec<NumberedEvent> {
    read(store, Read::new(selector)).await
}

pub(super) fn numbers_of<E>(events: &[E]) -> Vec<EventNumber>
where
    for<'e> EventNumber: From<&'e E>,
{
    events.iter().map(EventNumber::from).collect()
}

/// What was delivered of `$all` is what was read.
pub(super) fn assert_delivered_of_all(deliveries: &[Delivery], read: &[NumberedEvent]) {
    assert!(
        deliveries
            .iter()
            .all(|delivery| delivery.position == Some(delivery.number.into()))
    );
    assert_delivered(deliveries, read);
}

/// What was delivered is what was read with all positions; a delivery of a single stream may lack the position.
pub(super) fn assert_delivered(deliveries: &[Delivery], read: &[NumberedEvent]) {
    let as_read = |(delivery, read): (&Delivery, &NumberedEvent)| {
        let mut event = delivery.value.clone();
        assert_eq!((delivery.event_id, delivery.position), (event.event_id, event.position));
        assert_eq!(
            (&delivery.stream, delivery.stream_version),
            (&event.stream, event.stream_version)
        );
        event.position = event.position.or(read.position);
        let number = delivery.number;
        NumberedEvent { number, event }
    };
    let delivered: Vec<_> = deliveries.iter().zip(read).map(as_read).collect();
    assert_eq!(delivered, read);
    assert_eq!(deliveries.len(), read.len());
}

pub(super) fn ids_of<E>(events: &[E]) -> Vec<EventId>
where
    E: Deref<Target = RecordedEvent>,
{
    events.iter().map(|event| event.event_id).collect()
}

pub(super) fn new_ids_of(events: &[NewEvent]) -> Vec<EventId> {
    events.iter().map(|event| event.id).collect()
}

pub(super) async fn link(
    store: &dyn Backend,
    target: &StreamName,
    expected: ExpectedVersion,
    ids: Vec<EventId>,
) -> Result<LinkReceipt> {
    store.link(Link::new(target.clone(), expected, ids)?).await
}

/// Links events, whatever the target holds.
pub(super) async fn link_any(store: &dyn Backend, target: &StreamName, ids: Vec<EventId>) -> LinkReceipt {
    link(store, target, ExpectedVersion::Any, ids).await.unwrap()
}

pub(super) async fn info_of(store: &dyn Backend, selector: impl Into<StreamSelector>) -> StreamInfo {
    store.stream_info(&selector.into()).await.unwrap()
}

pub(super) async fn version_of(store: &dyn Backend, selector: impl Into<StreamSelector>) -> StreamVersion {
    info_of(store, selector).await.version
}

/// The ids of all events of a stream.
pub(super) async fn ids_in(store: &dyn Backend, selector: impl Into<StreamSelector>) -> Vec<EventId> {
    ids_of(&read_whole(store, selector).await)
}

/// Every form of expected version; `version` is the one exact version besides 0.
pub(super) fn every_expectation(version: u32) -> [ExpectedVersion; 5] {
    [
        ExpectedVersion::Any,
        ExpectedVersion::NoStream,
        ExpectedVersion::StreamExists,
        exactly(0),
        exactly(version),
    ]
}

/// Whether the ids are the same ones, in whatever order.
pub(super) fn is_same_set(ids: &[EventId], others: &[EventId]) -> bool {
    ids.len() == others.len() && ids.iter().all(|id| others.contains(id))
}

/// The key of a subscription to this stream, or to all of them.
pub(super) fn subscription_key(selector: &str, name: &str) -> SubscriptionKey {
    SubscriptionKey {
        selector: selector.parse().unwrap(),
        name: SubscriptionName::new(name).unwrap(),
    }
}

/// Takes the lease of a subscription that no one else holds; the end of an earlier one may take a moment.
pub(super) async fn hold(store: &dyn Backend, key: &SubscriptionKey) -> Box<dyn Lease> {
    soon("the lease", async {
        loop {
            match store.try_acquire(key, number(0)).await.unwrap() {
                Some(acquired) => return acquired.lease,
                None => pause().await,
            }
        }
    })
    .await
}

/// Stores a checkpoint under a lease that is given back at once; what became of it.
pub(super) async fn save(store: &dyn Backend, key: &SubscriptionKey, checkpoint: u32) -> CheckpointOutcome {
    let lease = hold(store, key).await;
    let outcome = store.save_checkpoint(lease.token(), number(checkpoint)).await.unwrap();
    lease.release().await;
    outcome
}

/// The stored checkpoint of a subscription.
pub(super) async fn checkpoint(store: &dyn Backend, key: &SubscriptionKey) -> EventNumber {
    let record = store.find_or_create_subscription(key, number(0)).await.unwrap();
    record.checkpoint
}

/// The token of a lease that no storage has given.
pub(super) fn unknown_lease() -> LeaseToken {
    LeaseToken {
        id: SubscriptionId::new(1_000_000_007),
        epoch: LeaseEpoch::new(1),
    }
}

/// The subscription, created from the origin unless it exists.
pub(super) async fn subscription(store: &dyn Backend, key: &SubscriptionKey) -> SubscriptionId {
    store.find_or_create_subscription(key, number(0)).await.unwrap().id
}
