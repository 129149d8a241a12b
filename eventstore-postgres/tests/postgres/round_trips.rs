//! What an append and a page cost in round trips, counted on the one connection of a pool.

use std::num::{NonZeroU32, NonZeroUsize};

use eventstore_core::backend::PageRequest;
use eventstore_core::{
    Append, Direction, EventFilter, EventId, EventLinker, EventNumber, EventReader, EventReaderExt, EventType,
    EventWriter, ExpectedVersion, Idempotence, Link, Read, Result, StreamName, StreamSelector,
};
use eventstore_postgres::{EventIndex, Layout, PostgresAdmin, PostgresConfig, PostgresStore};
use eventstore_testkit::proxy::Proxy;
use futures_util::TryStreamExt;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use crate::support::{Fixture, append, event, in_both_layouts};

in_both_layouts! {
    an_append_is_one_round_trip,
    a_refused_append_is_explained_in_a_second_round_trip,
    a_repeated_append_gets_its_receipt_in_up_to_three_round_trips,
    a_page_is_one_round_trip,
    a_connection_of_the_callers_costs_as_much_and_a_savepoint_in_a_transaction,
    a_lazy_read_is_one_round_trip_a_page,
    a_time_is_found_in_one_round_trip_a_window,
}

/// A store with a single connection over a proxy.
struct Relayed {
    proxy: Proxy,
    store: PostgresStore,
    _fixture: Fixture,
}

impl Relayed {
    async fn with(layout: Layout, configure: impl FnOnce(PostgresConfig) -> PostgresConfig) -> Self {
        let fixture = Fixture::of(layout).await;
        PostgresAdmin::new(fixture.config.clone())
            .create_index(EventIndex::Correlation)
            .await
            .unwrap();
        let proxy = Proxy::start(fixture.database.url()).await.unwrap();
        let config = PostgresConfig::from_url(proxy.url()).unwrap();
        let config = configure(config.with_pool_size(NonZeroUsize::MIN));
        Self {
            store: PostgresStore::connect(config).await.unwrap(),
            proxy,
            _fixture: fixture,
        }
    }

    async fn of(layout: Layout) -> Self {
        Self::with(layout, |config| config).await
    }

    /// The round trips of a call whose statements have been prepared.
    async fn round_trips<T>(&self, call: impl Future<Output = T>) -> u64 {
        self.count(call).await.1
    }

    async fn count<T>(&self, call: impl Future<Output = T>) -> (T, u64) {
        let (answer, counts) = self.proxy.count(call).await;
        (answer, counts.round_trips)
    }

    async fn append(&self, stream: &str, expected: ExpectedVersion, events: usize) {
        self.store.append(append(stream, expected, events)).await.unwrap();
    }
}

fn stream(name: &str) -> StreamName {
    StreamName::new(name).unwrap()
}

async fn an_append_is_one_round_trip(layout: Layout) {
    let relayed = Relayed::of(layout).await;
    relayed.append("s", ExpectedVersion::NoStream, 1).await;
    for (name, expected, events) in [
        ("s", ExpectedVersion::Any, 1),
        ("s", ExpectedVersion::Exact(2.into()), 1),
        ("s", ExpectedVersion::StreamExists, 1_000),
        ("new", ExpectedVersion::NoStream, 1),
        ("another", ExpectedVersion::Any, 100),
    ] {
        let counted = relayed.round_trips(relayed.append(name, expected, events)).await;
        assert_eq!(counted, 1, "{events} events to {name:?}, {expected}");
    }
}

async fn a_refused_append_is_explained_in_a_second_round_trip(layout: Layout) {
    let relayed = Relayed::of(layout).await;
    relayed.append("s", ExpectedVersion::NoStream, 1).await;
    let refused = || async {
        let append = append("s", ExpectedVersion::Exact(7.into()), 1);
        assert!(relayed.store.append(append).await.is_err());
    };
    refused().await;
    assert_eq!(relayed.round_trips(refused()).await, 2);
}

async fn a_repeated_append_gets_its_receipt_in_up_to_three_round_trips(layout: Layout) {
    let relayed = Relayed::of(layout).await;
    for (expected, round_trips) in [(ExpectedVersion::NoStream, 3), (ExpectedVersion::Any, 2)] {
        let events = vec![event(), event()];
        let append = Append::new(stream(&expected.to_string()), expected, events)
            .unwrap()
            .with_idempotence(Idempotence::ByIds);
        let repeat = || async {
            let receipt = relayed.store.append(append.clone()).await.unwrap();
            receipt.is_deduplicated
        };
        assert!(!repeat().await);
        assert!(repeat().await);
        let (is_deduplicated, counted) = relayed.count(repeat()).await;
        assert!(is_deduplicated);
        assert_eq!(counted, round_trips, "{expected}");
    }
}

async fn a_page_is_one_round_trip(layout: Layout) {
    let relayed = Relayed::of(layout).await;
    let links = fill(&relayed.store).await;
    for selector in [StreamSelector::All, stream("order-1").into(), links.into()] {
        for direction in [Direction::Forward, Direction::Backward] {
            for filter in filters().unwrap() {
                let start = EventNumber::from(5);
                let request = PageRequest::new(selector.clone(), direction, start, 3).with_filter(filter);
                let page = relayed.store.read_page(request.clone()).await.unwrap();
                let (again, counted) = relayed.count(relayed.store.read_page(request.clone())).await;
                assert_eq!(again.unwrap(), page);
                assert_eq!(counted, 1, "{request:?}");
            }
        }
    }
}

async fn a_connection_of_the_callers_costs_as_much_and_a_savepoint_in_a_transaction(layout: Layout) {
    let relayed = Relayed::of(layout).await;
    relayed.append("s", ExpectedVersion::NoStream, 1).await;
    let mut connection = PgConnection::connect(relayed.proxy.url()).await.unwrap();
    let page = || PageRequest::new(StreamSelector::All, Direction::Forward, EventNumber::FIRST, 10);
    let store = relayed.store.on(&mut connection);
    let call = || async {
        let (receipt, appending) = relayed.count(store.append(append("s", ExpectedVersion::Any, 1))).await;
        let (read, reading) = relayed.count(store.read_page(page())).await;
        assert!(receipt.is_ok() && read.is_ok());
        (appending, reading)
    };
    call().await;
    assert_eq!(call().await, (1, 1));
    drop(store);

    let mut transaction = connection.begin().await.unwrap();
    let store = relayed.store.on(&mut transaction);
    let append = store.append(append("s", ExpectedVersion::Any, 1));
    assert_eq!(relayed.round_trips(append).await, 4);
    assert_eq!(relayed.round_trips(store.read_page(page())).await, 1);
}

async fn a_lazy_read_is_one_round_trip_a_page(layout: Layout) {
    let window = NonZeroU32::new(4).unwrap();
    let relayed = Relayed::with(layout, |config| config.with_scan_window(window)).await;
    fill(&relayed.store).await;
    let all = || Read::all().with_page_size(NonZeroU32::new(5).unwrap());
    let paid = || all().with_filter(EventFilter::default().with_event_types([paid()]).unwrap());
    for (read, events, round_trips) in [
        // Three pages, the last of them not full.
        (all(), 12, 3),
        (all().with_direction(Direction::Backward), 12, 3),
        // As many windows as hold the twelve numbers.
        (paid(), 4, 3),
        (paid().with_direction(Direction::Backward), 4, 3),
        // One more for the number of the time.
        (paid().with_start_time("2000-01-01T00:00:00Z".parse().unwrap()), 4, 4),
    ] {
        let reading = || async {
            let events: Vec<_> = relayed.store.read(read.clone()).try_collect().await.unwrap();
            events.len()
        };
        assert_eq!(reading().await, events, "{read:?}");
        assert_eq!(relayed.round_trips(reading()).await, round_trips, "{read:?}");
    }
}

async fn a_time_is_found_in_one_round_trip_a_window(layout: Layout) {
    let window = NonZeroU32::new(5).unwrap();
    let relayed = Relayed::with(layout, |config| config.with_scan_window(window)).await;
    let links = fill(&relayed.store).await;
    for (selector, time, round_trips) in [
        (StreamSelector::All, "2000-01-01T00:00:00Z", 1),
        (StreamSelector::All, "2200-01-01T00:00:00Z", 3),
        (stream("order-1").into(), "2200-01-01T00:00:00Z", 2),
        (links.into(), "2200-01-01T00:00:00Z", 3),
    ] {
        let at = time.parse().unwrap();
        let number = relayed.store.number_at(&selector, at).await.unwrap();
        let (again, counted) = relayed.count(relayed.store.number_at(&selector, at)).await;
        assert_eq!((again.unwrap(), counted), (number, round_trips), "{selector} {time}");
    }
}

/// Twelve events, six in each of two streams, a third of them of one type, and links to all of them.
async fn fill(store: &PostgresStore) -> StreamName {
    for number in 0..12 {
        let event = event()
            .with_correlation_id(Uuid::from_u128(number % 2))
            .with_event_type(if number % 3 == 0 { paid() } else { event().event_type });
        let name = if number % 2 == 0 { "order-1" } else { "bill-1" };
        let append = Append::new(stream(name), ExpectedVersion::Any, vec![event]).unwrap();
        store.append(append).await.unwrap();
    }
    let ids: Vec<EventId> = store
        .numbered(Read::all())
        .map_ok(|event| event.event_id)
        .try_collect()
        .await
        .unwrap();
    let links = stream("links");
    let link = Link::new(links.clone(), ExpectedVersion::NoStream, ids).unwrap();
    store.link(link).await.unwrap();
    links
}

fn paid() -> EventType {
    EventType::new("Paid").unwrap()
}

/// No filter, and one of each condition: the last one goes by the index where it can.
fn filters() -> Result<[EventFilter; 5]> {
    let all = EventFilter::default;
    Ok([
        all(),
        all().with_event_types([paid()]).unwrap(),
        all().with_stream_prefix("order")?,
        all().with_category("bill")?,
        all().with_correlation_id(Uuid::from_u128(1)),
    ])
}
