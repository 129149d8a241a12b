//! Reading what matches a filter, and from a time on.

mod changes;
mod conditions;
mod deletions;
mod links;
mod names;
mod pages;
mod time;
mod time_of_read;
mod windows;

pub use changes::*;
pub use conditions::*;
pub use deletions::*;
pub use links::*;
pub use names::*;
pub use pages::*;
pub use time::*;
pub use time_of_read::*;
pub use windows::*;

use eventstore_core::backend::NumberedEvent;
use eventstore_core::{Delete, Deletion, EventFilter, EventType, ExpectedVersion, NewEvent, Read, StreamSelector};
use uuid::Uuid;

use super::sample::{append, event, event_type, ids_in, link_any, read, read_whole, stream};
use super::{Backend, expect_error};

fn types(names: &[&str]) -> EventFilter {
    let types: Vec<EventType> = names.iter().map(|name| event_type(name)).collect();
    EventFilter::default().with_event_types(types).unwrap()
}

fn prefix(prefix: &str) -> EventFilter {
    EventFilter::default().with_stream_prefix(prefix).unwrap()
}

fn category(category: &str) -> EventFilter {
    EventFilter::default().with_category(category).unwrap()
}

fn correlation(id: u128) -> EventFilter {
    EventFilter::default().with_correlation_id(Uuid::from_u128(id))
}

/// An event of this type, with this correlation id unless it is 0.
fn event_of(name: &str, correlation_id: u128) -> NewEvent {
    let mut event = event().with_event_type(event_type(name));
    event.correlation_id = (correlation_id > 0).then(|| Uuid::from_u128(correlation_id));
    event
}

async fn put(store: &dyn Backend, name: &str, events: Vec<NewEvent>) {
    append(store, &stream(name), ExpectedVersion::Any, events)
        .await
        .unwrap();
}

/// The stream into which [`fill_with_links_and_holes`] links every event, the last one first.
const LINKS: &str = "links";

/// Puts 36 events of three types, with four correlation ids and with none, into seven streams by turns.
async fn fill(store: &dyn Backend) {
    let streams = [
        "order-1", "order-2", "order", "orders-1", "Order-1", "gone-1", "bill-1", "order-1",
    ];
    let kinds = ["Placed", "Paid", "Shipped"];
    for (number, name) in (0_u8..36).zip(streams.iter().cycle()) {
        let kind = kinds[usize::from(number / 2 % 3)];
        put(store, name, vec![event_of(kind, u128::from(number % 5))]).await;
    }
}

/// Puts the events of [`fill`], and links them all; then the events of one stream are gone, which leaves holes, and
/// another one is soft-deleted.
async fn fill_with_links_and_holes(store: &dyn Backend) {
    fill(store).await;
    let mut ids = ids_in(store, StreamSelector::All).await;
    ids.reverse();
    link_any(store, &stream(LINKS), ids).await;
    store
        .delete(Delete::new(stream("gone-1"), Deletion::Hard))
        .await
        .unwrap();
    store
        .delete(Delete::new(stream("order-2"), Deletion::Soft))
        .await
        .unwrap();
}

/// Whose events the cases read after [`fill`].
fn streams() -> [StreamSelector; 2] {
    [StreamSelector::All, stream("order-1").into()]
}

/// Whose events the cases read after [`fill_with_links_and_holes`].
fn streams_and_links() -> [StreamSelector; 3] {
    [StreamSelector::All, stream("order-1").into(), stream(LINKS).into()]
}

/// Filters of one condition and of several, that match many events or few; the last one none.
fn filters() -> Vec<EventFilter> {
    vec![
        types(&["Placed", "Shipped"]),
        types(&["Placed", "Unknown"]).with_category("bill").unwrap(),
        prefix("order"),
        category("order"),
        category("order").with_stream_prefix("order-1").unwrap(),
        correlation(3),
        correlation(4).with_event_types([event_type("Paid")]).unwrap(),
        correlation(99),
    ]
}

/// The events that match, by the reference: each event of an unfiltered read is checked.
async fn matching(store: &dyn Backend, selector: &StreamSelector, filter: &EventFilter) -> Vec<NumberedEvent> {
    let mut events = read_whole(store, selector.clone()).await;
    events.retain(|event| filter.matches(event));
    events
}

/// The events that match, by the storage.
async fn filtered(store: &dyn Backend, selector: impl Into<StreamSelector>, filter: EventFilter) -> Vec<NumberedEvent> {
    read(store, Read::new(selector).with_filter(filter)).await
}
