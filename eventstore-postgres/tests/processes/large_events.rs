use std::env;
use std::time::Duration;

use bytes::Bytes;
use eventstore_core::{Append, EventType, EventWriter, ExpectedVersion, NewEvent, StreamName};
use eventstore_postgres::{DataType, Layout, PostgresAdmin, PostgresConfig, PostgresStore};
use eventstore_testkit::TestDatabase;
use uuid::Uuid;

use crate::consumer::Consumer;
use crate::trials::trials;

trials! {
    large_events_of_the_compact_layout_are_read_and_subscribed_to_within_bounded_memory,
    large_events_of_the_original_layout_are_read_and_subscribed_to_within_bounded_memory,
}

/// How many events there are unless this variable says otherwise: more than may be in memory.
const EVENTS: u32 = 200;
const EVENTS_VARIABLE: &str = "EVENTSTORE_LARGE_EVENTS";

/// How large each is.
const BYTES: usize = 1_000_000;

const MOST_KB: u64 = 100_000;

/// Longer than one statement takes on a machine that is busy with other tests.
const STATEMENT_TIMEOUT: Duration = Duration::from_mins(2);

async fn large_events_of_the_compact_layout_are_read_and_subscribed_to_within_bounded_memory() {
    are_consumed_within_bounded_memory(Layout::Compact).await;
}

async fn large_events_of_the_original_layout_are_read_and_subscribed_to_within_bounded_memory() {
    are_consumed_within_bounded_memory(Layout::Original).await;
}

async fn are_consumed_within_bounded_memory(layout: Layout) {
    let database = TestDatabase::create().await;
    let config = PostgresConfig::from_url(database.url()).unwrap();
    PostgresAdmin::new(config.clone())
        .initialize(layout, DataType::Bytea)
        .await
        .unwrap();
    let store = PostgresStore::connect(config.with_statement_timeout(STATEMENT_TIMEOUT))
        .await
        .unwrap();
    let events = env::var(EVENTS_VARIABLE).map_or(EVENTS, |events| events.parse().unwrap());
    fill(&store, events).await;
    for task in ["read", "subscribe"] {
        let consumer = Consumer {
            task: task.to_owned(),
            events,
            url: format!("{}?statement_timeout={}s", database.url(), STATEMENT_TIMEOUT.as_secs()),
        };
        let kb = consumer.peak_kb();
        println!("{task} {events} events of {BYTES} bytes, {layout:?}: {kb} kB");
        assert!(kb <= MOST_KB, "{task}: {kb} kB, expected no more than {MOST_KB}");
    }
}

/// In ten streams.
async fn fill(store: &PostgresStore, events: u32) {
    for number in 0..events {
        let stream = StreamName::new(format!("s-{}", number % 10)).unwrap();
        let event = NewEvent::new(Uuid::now_v7(), EventType::new("Happened").unwrap(), payload(number));
        let append = Append::new(stream, ExpectedVersion::Any, vec![event]).unwrap();
        store.append(append).await.unwrap();
    }
}

/// Every second one can be stored in a hundredth of its size, the others in no less than they have.
fn payload(number: u32) -> Bytes {
    if number.is_multiple_of(2) {
        return vec![b'x'; BYTES].into();
    }
    // Xorshift: quick, and nothing to compress.
    let mut state = u64::from(number);
    let words = std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    });
    words.take(BYTES / 8).flat_map(u64::to_le_bytes).collect()
}
