//! Finding events by their cause, and by the conversation that they belong to.

use std::num::NonZeroU32;

use eventstore_core::backend::PageRequest;
use eventstore_core::{
    Delete, Deletion, Error, EventId, ExpectedVersion, NewEvent, Position, RecordedEvent, StreamSelector, TracedEvents,
};
use uuid::Uuid;

use super::sample::{append, event, grow, link_any, read_whole, stream};
use super::wait::soon;
use super::{Backend, Harness, expect_error};

const CAUSE: Uuid = Uuid::from_u128(1);
const CONVERSATION: Uuid = Uuid::from_u128(2);
const MANY: NonZeroU32 = NonZeroU32::new(100).unwrap();

/// What an event caused is found in the order of positions, as `$all` gives it, by every node.
pub async fn finds_what_an_event_caused(harness: &dyn Harness) {
    let store = harness.store();
    harness.indexes_for_tracing().await;
    let expected = put_events(&*store).await;
    for node in [&store, &harness.another_node().await] {
        assert_eq!(found(node.caused_by(cause(), None, MANY).await.unwrap()), expected);
    }
}

/// The events of a conversation are found in the order of positions, as `$all` gives them, by every node.
pub async fn finds_the_events_of_a_conversation(harness: &dyn Harness) {
    let store = harness.store();
    harness.indexes_for_tracing().await;
    put_events(&*store).await;
    let expected = of_conversation(&*store).await;
    assert_eq!(expected.len(), 5);
    for node in [&store, &harness.another_node().await] {
        let traced = node.correlated(CONVERSATION, None, MANY).await.unwrap();
        assert_eq!(found(traced), expected);
    }
}

/// Nothing is found under ids that no event has, nor of events without such ids.
pub async fn finds_nothing_under_ids_that_no_event_has(harness: &dyn Harness) {
    let store = harness.store();
    harness.indexes_for_tracing().await;
    for _ in 0..2 {
        for id in [Uuid::nil(), Uuid::now_v7()] {
            assert_eq!(found(store.caused_by(id.into(), None, MANY).await.unwrap()), []);
            assert_eq!(found(store.correlated(id, None, MANY).await.unwrap()), []);
        }
        put_events(&*store).await;
    }
}

/// No more events are found than asked for, and only those after a position, whether or not an event has it.
pub async fn finds_traced_events_by_and_by(harness: &dyn Harness) {
    let store = harness.store();
    harness.indexes_for_tracing().await;
    let caused = put_events(&*store).await;
    let correlated = of_conversation(&*store).await;
    let end = Position::from(1_000);
    let positions = (0..=12).map(Position::from).chain([end, Position::MAX]).map(Some);
    for after in positions.chain([None]) {
        for limit in [1, 2, 100] {
            let limit = NonZeroU32::new(limit).unwrap();
            let traced = store.caused_by(cause(), after, limit).await.unwrap();
            assert_eq!(found(traced), following(&caused, after, limit), "after {after:?}");
            let traced = store.correlated(CONVERSATION, after, limit).await.unwrap();
            assert_eq!(found(traced), following(&correlated, after, limit), "after {after:?}");
        }
    }
}

/// An answer has no more bytes than a page, or a single event; together, the answers have every event.
pub async fn finds_large_events_by_and_by(harness: &dyn Harness) {
    let store = harness.store();
    harness.indexes_for_tracing().await;
    let large = || {
        let mut event = traced();
        event.data = format!("\"{}\"", "x".repeat(3 << 20)).into();
        event
    };
    for _ in 0..4 {
        let events = vec![large(), traced()];
        append(&*store, &stream("s"), ExpectedVersion::Any, events)
            .await
            .unwrap();
    }
    let all: Vec<_> = read_whole(&*store, StreamSelector::All)
        .await
        .into_iter()
        .map(RecordedEvent::from)
        .collect();
    let (mut caused, mut correlated) = (Vec::new(), Vec::new());
    while caused.len() < all.len() || correlated.len() < all.len() {
        let traced = store.caused_by(cause(), end_of(&caused), MANY).await.unwrap();
        caused.extend(of_one_page(traced));
        let traced = store.correlated(CONVERSATION, end_of(&correlated), MANY).await.unwrap();
        correlated.extend(of_one_page(traced));
    }
    assert!(caused == all && correlated == all, "events are missing, or came twice");
    for traced in [
        store.caused_by(cause(), end_of(&caused), MANY).await.unwrap(),
        store.correlated(CONVERSATION, end_of(&correlated), MANY).await.unwrap(),
    ] {
        assert_eq!(found(traced), []);
    }
}

/// Without an index, a trace finds the events all the same, or tells how to create the index; with it, it finds them.
pub async fn tells_how_to_create_an_index_that_is_missing(harness: &dyn Harness) {
    let store = harness.store();
    let caused = put_events(&*store).await;
    let correlated = of_conversation(&*store).await;
    for (traced, expected) in [
        (store.caused_by(cause(), None, MANY).await.unwrap(), &caused),
        (store.correlated(CONVERSATION, None, MANY).await.unwrap(), &correlated),
    ] {
        match traced {
            TracedEvents::Found(events) => assert_eq!(events, *expected),
            TracedEvents::NeedsIndex { remedy } => assert!(!remedy.is_empty()),
        }
    }
    harness.indexes_for_tracing().await;
    assert_eq!(found(store.caused_by(cause(), None, MANY).await.unwrap()), caused);
    let traced = store.correlated(CONVERSATION, None, MANY).await.unwrap();
    assert_eq!(found(traced), correlated);
}

/// Events of soft-deleted streams are found, and hard-deleted ones are not.
pub async fn finds_events_of_soft_deleted_streams_only(harness: &dyn Harness) {
    let store = harness.store();
    harness.indexes_for_tracing().await;
    let mut expected = put_events(&*store).await;
    store.delete(Delete::new(stream("a"), Deletion::Soft)).await.unwrap();
    assert_eq!(found(store.caused_by(cause(), None, MANY).await.unwrap()), expected);
    store.delete(Delete::new(stream("b"), Deletion::Hard)).await.unwrap();
    expected.retain(|event| event.stream == stream("a"));
    assert!(!expected.is_empty());
    assert_eq!(found(store.caused_by(cause(), None, MANY).await.unwrap()), expected);
    let traced = store.correlated(CONVERSATION, None, MANY).await.unwrap();
    assert_eq!(found(traced), of_conversation(&*store).await);
}

/// An event that other streams link to is found once, where it is in `$all`.
pub async fn finds_a_linked_event_once(harness: &dyn Harness) {
    let store = harness.store();
    harness.indexes_for_tracing().await;
    let expected = put_events(&*store).await;
    let ids: Vec<EventId> = expected.iter().map(|event| event.event_id).collect();
    link_any(&*store, &stream("links"), ids).await;
    assert_eq!(found(store.caused_by(cause(), None, MANY).await.unwrap()), expected);
    let traced = store.correlated(CONVERSATION, None, MANY).await.unwrap();
    assert_eq!(found(traced), of_conversation(&*store).await);
}

/// Calls are refused once the store is closed.
pub async fn refuses_calls_once_it_is_closed(harness: &dyn Harness) {
    let store = harness.store();
    put_events(&*store).await;
    soon("the end of the store", harness.close_store()).await;
    expect_error!(store.caused_by(cause(), None, MANY).await, Error::StoreClosed);
    expect_error!(store.correlated(CONVERSATION, None, MANY).await, Error::StoreClosed);
}

fn cause() -> EventId {
    CAUSE.into()
}

/// A new event with the cause, in the conversation.
fn traced() -> NewEvent {
    event().with_causation_id(CAUSE).with_correlation_id(CONVERSATION)
}

/// Eleven events in three streams, of which four have the cause and five are of the conversation; returns those with the cause.
async fn put_events(store: &dyn Backend) -> Vec<RecordedEvent> {
    grow(store, &stream("c"), 2).await;
    let other = || event().with_causation_id(CONVERSATION).with_correlation_id(CAUSE);
    for (name, events) in [
        ("a", vec![traced(), event(), traced()]),
        ("b", vec![other(), traced(), event().with_correlation_id(CONVERSATION)]),
        ("a", vec![event().with_causation_id(CAUSE)]),
        ("b", vec![other(), event().with_correlation_id(CONVERSATION)]),
    ] {
        append(store, &stream(name), ExpectedVersion::Any, events)
            .await
            .unwrap();
    }
    in_all(store, |event| event.causation_id == Some(CAUSE)).await
}

async fn of_conversation(store: &dyn Backend) -> Vec<RecordedEvent> {
    in_all(store, |event| event.correlation_id == Some(CONVERSATION)).await
}

async fn in_all(store: &dyn Backend, is_meant: impl Fn(&RecordedEvent) -> bool) -> Vec<RecordedEvent> {
    let all = read_whole(store, StreamSelector::All).await;
    let all = all.into_iter().map(RecordedEvent::from);
    all.filter(is_meant).collect()
}

fn found(traced: TracedEvents) -> Vec<RecordedEvent> {
    match traced {
        TracedEvents::Found(events) => events,
        TracedEvents::NeedsIndex { remedy } => panic!("expected: events\n     got: {remedy:?}"),
    }
}

fn of_one_page(traced: TracedEvents) -> Vec<RecordedEvent> {
    let events = found(traced);
    let bytes: u64 = events.iter().map(RecordedEvent::payload_bytes).sum();
    assert!(!events.is_empty(), "the events end too early");
    assert!(
        events.len() == 1 || bytes <= PageRequest::DEFAULT_MAX_BYTES.get(),
        "an answer of {bytes} bytes"
    );
    events
}

fn end_of(events: &[RecordedEvent]) -> Option<Position> {
    events.last().and_then(|event| event.position)
}

fn following(events: &[RecordedEvent], after: Option<Position>, limit: NonZeroU32) -> Vec<RecordedEvent> {
    let events = events.iter().filter(|event| after.is_none() || event.position > after);
    events.take(usize::try_from(limit.get()).unwrap()).cloned().collect()
}
