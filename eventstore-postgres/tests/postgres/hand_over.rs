//! A process tells its own listeners what it appends, and delivers the events to them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

use eventstore_core::backend::{InProcessReceiver, Listener, Notifier, NumberedEvent, PageRequest};
use eventstore_core::{
    Append, Direction, EventNumber, EventReader, EventType, EventWriter, ExpectedVersion, Idempotence, NewEvent,
    StreamName, StreamSelector, Timestamp,
};
use eventstore_postgres::{DataType, Layout, PostgresConfig, PostgresStore};
use eventstore_subscriptions::{Subscribe, Subscription, Subscriptions};
use eventstore_testkit::proxy::Proxy;
use futures_util::future::join_all;
use sqlx::{Connection, Executor};
use tokio::time::timeout;
use uuid::Uuid;

use crate::support::{Fixture, append, as_read, in_both_layouts};

async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(10), future).await.unwrap()
}

/// Keeps what it is handed.
#[derive(Default)]
struct Kept(Mutex<BTreeMap<EventNumber, NumberedEvent>>);

impl Kept {
    /// Takes what the store delivers, as long as it and the listener live.
    fn of(store: &PostgresStore) -> (Arc<Self>, Box<dyn Listener>) {
        let kept = Arc::<Self>::default();
        let recipient: Weak<dyn InProcessReceiver> = Arc::<Self>::downgrade(&kept);
        store.deliver_in_process_to(recipient);
        (kept, store.listen(&StreamSelector::All))
    }

    fn events(&self) -> Vec<NumberedEvent> {
        self.0.lock().unwrap().values().cloned().collect()
    }
}

impl InProcessReceiver for Kept {
    fn receive(&self, events: &[NumberedEvent], began_at: Instant) {
        assert!(began_at <= Instant::now());
        let numbers: Vec<_> = events.iter().map(|event| event.number).collect();
        assert!(numbers.windows(2).all(|pair| pair[0].next() == pair[1]), "{numbers:?}");
        let mut kept = self.0.lock().unwrap();
        for event in events {
            assert_eq!(kept.insert(event.number, event.clone()), None, "delivered twice");
        }
    }
}

async fn all_events(store: &PostgresStore) -> Vec<NumberedEvent> {
    let request = PageRequest::new(StreamSelector::All, Direction::Forward, EventNumber::FIRST, 10_000);
    store.read_page(request).await.unwrap().events
}

fn follow(store: &PostgresStore, selector: impl Into<StreamSelector>) -> Subscription {
    Subscriptions::new(Arc::new(store.clone()))
        .subscribe(Subscribe::transient(selector))
        .unwrap()
}

async fn until_live(subscription: &mut Subscription) {
    while !subscription.progress().caught_up {
        soon(subscription.progress_changed()).await;
    }
}

/// The events of one append after another, with everything that an event can have.
fn appends() -> Vec<Append> {
    let plain = |number: u128| NewEvent::new(Uuid::from_u128(number), EventType::new("Happened").unwrap(), vec![7; 9]);
    let full = plain(3)
        .with_metadata("")
        .with_causation_id(Uuid::from_u128(33))
        .with_correlation_id(Uuid::from_u128(34))
        .with_created_at(Timestamp::from_unix_micros(1_234_567_890_123_457).unwrap());
    let of =
        |stream: &str, events| Append::new(StreamName::new(stream).unwrap(), ExpectedVersion::Any, events).unwrap();
    vec![
        of("a", vec![plain(1), plain(2).with_metadata("{\"b\": 1}")]),
        of("b, 配列", vec![full, plain(4)]),
        of("a", vec![plain(5)]).with_created_at(Timestamp::from_unix_micros(-5).unwrap()),
        of("a", vec![plain(6)]).with_idempotence(Idempotence::ByIds),
        of(
            "empty",
            vec![NewEvent::new(Uuid::from_u128(8), EventType::new("").unwrap(), "")],
        ),
    ]
}

async fn what_is_handed_over_equals_what_is_read(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let (kept, _listener) = Kept::of(&fixture.store);
    for append in appends() {
        fixture.store.append(append).await.unwrap();
    }
    let many = (0..200).map(|number| {
        fixture
            .store
            .append(append(&format!("s-{}", number % 50), ExpectedVersion::Any, 3))
    });
    for receipt in join_all(many).await {
        receipt.unwrap();
    }
    let read = all_events(&fixture.store).await;
    assert_eq!(read.len(), 607);
    assert_eq!(kept.events(), read);

    // Events that were appended before are not delivered again, and refused ones never.
    fixture.store.append(appends().remove(3)).await.unwrap();
    fixture.append("a", ExpectedVersion::NoStream, 1).await.unwrap_err();
    assert_eq!(kept.events(), read);
}

/// A store whose server notifies no one.
async fn silent_fixture() -> Fixture {
    let fixture = Fixture::with(Layout::Original, DataType::Bytea, |config| {
        config.with_poll_interval(Duration::from_hours(1))
    })
    .await;
    let silence = "DROP TRIGGER event_notification ON streams";
    fixture.session().await.execute(silence).await.unwrap();
    fixture
}

/// A subscriber of the store hears of its appends although the server notifies no one.
async fn appends_of_the_process_are_told_without_a_notification(selector: StreamSelector) {
    let fixture = silent_fixture().await;
    let mut subscription = follow(&fixture.store, selector);
    until_live(&mut subscription).await;
    for number in 1..=20_u32 {
        fixture.append("s", ExpectedVersion::Any, 1).await.unwrap();
        let events = soon(subscription.next()).await.unwrap().unwrap();
        let numbers: Vec<_> = events.iter().map(|event| event.number).collect();
        assert_eq!(numbers, [number.into()]);
    }
}

#[tokio::test]
async fn subscribers_of_all_streams_hear_of_appends_without_a_notification() {
    appends_of_the_process_are_told_without_a_notification(StreamSelector::All).await;
}

#[tokio::test]
async fn subscribers_of_a_stream_hear_of_appends_without_a_notification() {
    appends_of_the_process_are_told_without_a_notification(StreamName::new("s").unwrap().into()).await;
}

/// A notification that comes too late to tell anything costs nothing: here none comes at all.
#[tokio::test]
async fn what_is_handed_over_costs_no_round_trip() {
    const APPENDS: u64 = 100;
    let fixture = silent_fixture().await;
    let proxy = Proxy::start(fixture.database.url()).await.unwrap();
    let config = PostgresConfig::from_url(proxy.url()).unwrap();
    let store = PostgresStore::connect(config).await.unwrap();
    let mut subscription = follow(&store, StreamSelector::All);
    until_live(&mut subscription).await;
    let live = async {
        for _ in 0..APPENDS {
            store.append(append("s", ExpectedVersion::Any, 1)).await.unwrap();
            assert_eq!(soon(subscription.next()).await.unwrap().unwrap().len(), 1);
        }
    };
    let ((), counts) = proxy.count(live).await;
    // A statement is prepared once, and a connection may be made.
    assert!((APPENDS..APPENDS + 12).contains(&counts.round_trips), "{counts:?}");
}

#[tokio::test]
async fn normalised_payloads_are_read() {
    let fixture = Fixture::of_kind(Layout::Compact, DataType::Jsonb).await;
    let (kept, _listener) = Kept::of(&fixture.store);
    let mut subscription = follow(&fixture.store, StreamSelector::All);
    until_live(&mut subscription).await;
    let event = NewEvent::new(
        Uuid::now_v7(),
        EventType::new("Happened").unwrap(),
        "{\"b\":1,  \"a\":2}",
    );
    let append = Append::new(StreamName::new("s").unwrap(), ExpectedVersion::Any, vec![event]);
    fixture.store.append(append.unwrap()).await.unwrap();
    let delivered = soon(subscription.next()).await.unwrap().unwrap();
    assert_eq!(as_read(delivered), all_events(&fixture.store).await);
    assert_eq!(kept.events(), []);
}

#[tokio::test]
async fn an_append_in_a_transaction_of_the_callers_is_not_handed_over() {
    let fixture = Fixture::new().await;
    let (kept, _listener) = Kept::of(&fixture.store);
    let mut subscription = follow(&fixture.store, StreamSelector::All);
    until_live(&mut subscription).await;
    let mut session = fixture.session().await;
    let mut transaction = session.begin().await.unwrap();
    let on = fixture.store.on(&mut transaction);
    on.append(append("s", ExpectedVersion::Any, 1)).await.unwrap();
    transaction.rollback().await.unwrap();
    assert_eq!(kept.events(), []);
    fixture.append("t", ExpectedVersion::Any, 1).await.unwrap();
    let delivered = soon(subscription.next()).await.unwrap().unwrap();
    assert_eq!(delivered[0].stream.as_str(), "t");
    assert_eq!(as_read(delivered), all_events(&fixture.store).await);
}

/// Two processes append at the same time; what each delivers to its own subscriber comes in its place among the rest.
async fn subscribers_of_two_processes_get_all_events_in_order(layout: Layout) {
    const APPENDS: usize = 300;
    let fixture = Fixture::of(layout).await;
    let other = PostgresStore::connect(fixture.config.clone()).await.unwrap();
    let stores = [&fixture.store, &other];
    let mut subscriptions = stores.map(|store| follow(store, StreamSelector::All));
    for subscription in &mut subscriptions {
        until_live(subscription).await;
    }
    let appended = join_all(stores.iter().map(async |store| {
        for round in 0..APPENDS / 10 {
            let group =
                (0..10).map(|index| store.append(append(&format!("s-{index}"), ExpectedVersion::Any, 1 + round % 3)));
            for receipt in join_all(group).await {
                receipt.unwrap();
            }
        }
    }));
    let received = join_all(subscriptions.iter_mut().map(async |subscription| {
        let mut received = Vec::new();
        while received.len() < 4 * APPENDS {
            received.extend(soon(subscription.next()).await.unwrap().unwrap());
        }
        received
    }));
    let (_, received) = tokio::join!(appended, received);
    let expected = all_events(&fixture.store).await;
    assert_eq!(expected.len(), 4 * APPENDS);
    for received in received {
        assert_eq!(as_read(received), expected);
    }
}

in_both_layouts!(
    what_is_handed_over_equals_what_is_read,
    subscribers_of_two_processes_get_all_events_in_order,
);
