//! How soon every page begins to arrive, on a store that is large.

use std::time::Duration;

use eventstore_core::{Append, EventStore, ExpectedVersion, NewEvent};
use futures_util::stream::{self, StreamExt};
use uuid::Uuid;

use crate::requests::first_byte_of;
use crate::samples::{event_type, key, name, park};
use crate::served::Served;
use crate::store::{Backend, Store, on_each_backend};

on_each_backend![every_page_of_a_large_store_begins_soon,];

/// How many events the store has, in place of a few; with it, the time is limited too.
const EVENTS: &str = "EVENTSTORE_PAGES_EVENTS";

const FEW: u64 = 2_000;

const PER_STREAM: u64 = 10;

/// How often each page is asked for.
const REQUESTS: usize = 21;

/// The most that half of the requests for a page may take until its first byte.
const LIMIT: Duration = Duration::from_millis(50);

async fn every_page_of_a_large_store_begins_soon(backend: Backend) {
    let asked_for: Option<u64> = std::env::var(EVENTS).ok().map(|count| count.parse().unwrap());
    let store = Store::new(backend).await;
    let sample = fill(&*store.store, asked_for.unwrap_or(FEW) / PER_STREAM).await;
    let served = Served::writing(&store.store).await;
    for page in pages(&sample) {
        let mut times = Vec::with_capacity(REQUESTS);
        for _ in 0..REQUESTS {
            times.push(first_byte_of(&served, &page).await);
        }
        times.sort();
        let (median, greatest) = (times[REQUESTS / 2], times[REQUESTS - 1]);
        println!(
            "{:9} {page:60.60} {median:>10.1?} of {LIMIT:?}, at most {greatest:.1?}",
            backend.name()
        );
        // Beside other tests, time says nothing.
        assert!(
            asked_for.is_none() || median <= LIMIT,
            "{page}: {median:?} is more than {LIMIT:?}"
        );
    }
}

/// Where the middle of the store is.
struct Middle {
    stream: String,
    event: Uuid,
    correlation: Uuid,
    position: u64,
}

/// Streams of ten events each, as many conversations, and twenty subscriptions, one with parked events.
async fn fill(store: &dyn EventStore, streams: u64) -> Middle {
    stream::iter(0..streams)
        .for_each_concurrent(50, async |number| {
            let events = (0..PER_STREAM).map(|index| event_of(number, index));
            let append = Append::new(name(&stream_of(number)), ExpectedVersion::NoStream, events).unwrap();
            store.append(append).await.unwrap();
        })
        .await;
    for number in 0..20 {
        park(store, &key(&format!("mailer-{number}")), &[1, 2, 3], "refused").await;
    }
    let middle = streams / 2;
    Middle {
        stream: stream_of(middle),
        event: id(middle, 1),
        correlation: correlation(middle),
        position: middle * PER_STREAM,
    }
}

fn stream_of(number: u64) -> String {
    const CATEGORIES: [&str; 5] = ["order", "customer", "cart", "parcel", "invoice"];
    let category = CATEGORIES[usize::try_from(number % 5).unwrap()];
    format!("{category}-{number}")
}

fn event_of(stream: u64, index: u64) -> NewEvent {
    const TYPES: [&str; 4] = ["Placed", "ItemAdded", "Paid", "Shipped"];
    let data = format!(r#"{{"stream":{stream},"index":{index},"items":[{{"sku":"tea-500","price":"29.90"}}]}}"#);
    let kind = TYPES[usize::try_from(index % 4).unwrap()];
    NewEvent::new(id(stream, index), event_type(kind), data.into_bytes())
        .with_correlation_id(correlation(stream))
        .with_causation_id(id(stream, index.saturating_sub(1)))
}

fn id(stream: u64, index: u64) -> Uuid {
    Uuid::from_u64_pair(stream + 1, (1 << 63) + index)
}

fn correlation(stream: u64) -> Uuid {
    Uuid::from_u64_pair(stream + 1, (1 << 63) + 1_000)
}

fn pages(middle: &Middle) -> Vec<String> {
    let Middle {
        stream,
        event,
        correlation,
        position,
    } = middle;
    let subscription = "stream=%24all&name=mailer-7";
    vec![
        "overview".to_owned(),
        "streams".to_owned(),
        "streams?prefix=order-1".to_owned(),
        "survey".to_owned(),
        format!("stream?name={stream}"),
        format!("stream?name={stream}&types=Paid&order=oldest"),
        format!("event?id={event}"),
        format!("payload?id={event}"),
        "all".to_owned(),
        format!("all?from={position}"),
        "all?order=oldest".to_owned(),
        "all?types=Shipped&category=order".to_owned(),
        "all?since=2020-01-01T00:00".to_owned(),
        format!("trace?correlation={correlation}"),
        "subscriptions".to_owned(),
        format!("subscription?{subscription}"),
        format!("parked?{subscription}"),
        format!("confirm?{subscription}&action=replay&first=2"),
        "verify".to_owned(),
        "api/openapi.json".to_owned(),
        "api/subscriptions".to_owned(),
    ]
}
