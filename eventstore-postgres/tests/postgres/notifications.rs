//! The connection for notifications: what comes over it is a hint, and what does not come is polled for.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use eventstore_core::backend::{Hint, Notifier};
use eventstore_core::{
    EventNumber, EventWriter, ExpectedVersion, StreamName, StreamSelector, SubscriptionName, SubscriptionSettings,
};
use eventstore_postgres::{DataType, Layout, ListenerHealth, PostgresAdmin, PostgresConfig, PostgresStore};
use eventstore_subscriptions::{Subscribe, Subscription, SubscriptionEnded, Subscriptions};
use eventstore_testkit::proxy::Proxy;
use sqlx::{Connection, PgConnection};
use tokio::runtime::Runtime;
use tokio::time::timeout;

use crate::gate::Gate;
use crate::roles::url_of_a_stranger;
use crate::support::{Fixture, append, in_both_layouts, schema};

in_both_layouts! {
    a_role_that_may_only_connect_silences_no_subscriber,
    a_flood_of_forged_notifications_costs_few_reads,
    streams_are_polled_over_the_pool_while_there_is_no_connection,
}

async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(10), future).await.unwrap()
}

/// A store that finds nothing by polls.
async fn fixture_without_polls(layout: Layout) -> Fixture {
    Fixture::with(layout, DataType::Bytea, |config| {
        config.with_poll_interval(Duration::from_hours(1))
    })
    .await
}

fn follow(store: &PostgresStore, selector: impl Into<StreamSelector>) -> Subscription {
    let settings = SubscriptionSettings {
        poll_interval: Duration::from_hours(1),
        ..SubscriptionSettings::default()
    };
    Subscriptions::new(Arc::new(store.clone()))
        .subscribe(Subscribe::transient(selector).with_settings(settings))
        .unwrap()
}

async fn until_live(subscription: &mut Subscription) {
    while !(subscription.progress().caught_up && subscription.progress().is_notified) {
        soon(subscription.progress_changed()).await;
    }
}

async fn next_numbers(subscription: &mut Subscription) -> Vec<EventNumber> {
    let events = soon(subscription.next()).await.unwrap().unwrap();
    events.iter().map(|event| event.number).collect()
}

/// Appends one event after the other in another process, and sees each of them delivered at once.
async fn hears_of_each(fixture: &Fixture, subscription: &mut Subscription, numbers: std::ops::RangeInclusive<u32>) {
    let elsewhere = PostgresStore::connect(fixture.config.clone()).await.unwrap();
    for number in numbers {
        elsewhere.append(append("s", ExpectedVersion::Any, 1)).await.unwrap();
        assert_eq!(next_numbers(subscription).await, [number.into()]);
    }
}

async fn a_role_that_may_only_connect_silences_no_subscriber(layout: Layout) {
    let fixture = fixture_without_polls(layout).await;
    let mut subscription = follow(&fixture.store, StreamSelector::All);
    until_live(&mut subscription).await;
    let mut stranger = PgConnection::connect(&url_of_a_stranger(&fixture).await).await.unwrap();
    for payload in [
        "$all,0,1,1000000000",
        "$all,7,1,1000000000",
        "$all,0,1,9223372036854775807",
    ] {
        let notify = "SELECT pg_notify('public.events', $1)";
        sqlx::query(notify).bind(payload).execute(&mut stranger).await.unwrap();
    }
    hears_of_each(&fixture, &mut subscription, 1..=20).await;
    while !subscription.progress().caught_up {
        soon(subscription.progress_changed()).await;
    }
}

async fn a_flood_of_forged_notifications_costs_few_reads(layout: Layout) {
    const FORGED: u32 = 2_000;
    let fixture = fixture_without_polls(layout).await;
    let proxy = Proxy::start(fixture.database.url()).await.unwrap();
    let config = PostgresConfig::from_url(proxy.url()).unwrap();
    let store = PostgresStore::connect(config.with_poll_interval(Duration::from_hours(1)))
        .await
        .unwrap();
    let mut subscription = follow(&store, StreamSelector::All);
    until_live(&mut subscription).await;
    let flood = async {
        for number in 1..=FORGED {
            fixture.forge_hint(&StreamSelector::All, (1_000 + number).into()).await;
        }
    };
    let ((), counts) = proxy.count(flood).await;
    assert!(counts.round_trips < u64::from(FORGED / 20), "{counts:?} for {FORGED}");
    hears_of_each(&fixture, &mut subscription, 1..=3).await;
}

/// The pool works, and so would locks; only the connection for notifications cannot be made.
async fn streams_are_polled_over_the_pool_while_there_is_no_connection(layout: Layout) {
    let fixture = fixture_without_polls(layout).await;
    let mut gate = Gate::to(fixture.database.url()).await;
    let config = fixture.config.clone().with_session_url(gate.url()).unwrap();
    let store = PostgresStore::connect(config).await.unwrap();
    let mut subscription = follow(&store, StreamSelector::All);
    until_live(&mut subscription).await;
    assert_eq!(store.health().await.unwrap().listener, ListenerHealth::Connected);

    gate.shut().await;
    while subscription.progress().is_notified {
        soon(subscription.progress_changed()).await;
    }
    assert_eq!(store.health().await.unwrap().listener, ListenerHealth::Reconnecting);
    hears_of_each(&fixture, &mut subscription, 1..=3).await;
    gate.open().await;
    while !subscription.progress().is_notified {
        soon(subscription.progress_changed()).await;
    }
    hears_of_each(&fixture, &mut subscription, 4..=6).await;
}

/// Runs a call on a runtime of its own, which has ended when the answer is there.
fn on_another_runtime<T: Send>(call: impl AsyncFnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| scope.spawn(|| Runtime::new().unwrap().block_on(call())).join().unwrap())
}

/// The task that listens belongs to the runtime of the store, not to that of the first listener.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn listening_outlives_the_runtime_of_the_first_listener() {
    let fixture = fixture_without_polls(Layout::Compact).await;
    let first = tokio::task::block_in_place(|| {
        on_another_runtime(async || fixture.store.listen(&StreamSelector::All).hint().await)
    });
    assert_eq!(first, Some(Hint::Unknown));
    let mut subscription = follow(&fixture.store, StreamSelector::All);
    until_live(&mut subscription).await;
    hears_of_each(&fixture, &mut subscription, 1..=3).await;
}

/// Whoever would wait for a task whose runtime is gone is told that nothing will come.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn listeners_end_with_the_runtime_of_their_store() {
    let fixture = Fixture::new().await;
    let config = fixture.config.clone();
    let (store, mut before) = tokio::task::block_in_place(|| {
        on_another_runtime(async || {
            let store = PostgresStore::connect(config).await.unwrap();
            let mut listener = store.listen(&StreamSelector::All);
            assert_eq!(listener.hint().await, Some(Hint::Unknown));
            (store, listener)
        })
    });
    while soon(before.hint()).await.is_some() {}
    assert_eq!(soon(store.listen(&StreamSelector::All).hint()).await, None);
    let ended = soon(follow(&store, StreamSelector::All).next()).await;
    assert!(matches!(ended, Some(Err(SubscriptionEnded::StoreClosed))), "{ended:?}");
}

/// Stores of tenants, the first of which the others are connected beside.
async fn tenants(fixture: &Fixture, count: usize) -> Vec<PostgresStore> {
    let config = fixture.config.clone().with_poll_interval(Duration::from_hours(1));
    let config = config.with_pool_size(NonZeroUsize::new(3).unwrap());
    let mut stores: Vec<PostgresStore> = Vec::new();
    for tenant in 0..count {
        let config = config.clone().with_schema(schema(&format!("tenant_{tenant}")));
        PostgresAdmin::new(config.clone())
            .initialize(Layout::Compact, DataType::Bytea)
            .await
            .unwrap();
        stores.push(match stores.first() {
            Some(first) => first.connect_sharing_pool(config).await.unwrap(),
            None => PostgresStore::connect(config).await.unwrap(),
        });
    }
    stores
}

async fn connections_for(fixture: &Fixture, purpose: &str) -> i64 {
    let connections = "SELECT count(*) FROM pg_stat_activity
                       WHERE datname = current_database() AND application_name LIKE '% ' || $1";
    let query = sqlx::query_scalar(connections).bind(purpose);
    query.fetch_one(&mut fixture.session().await).await.unwrap()
}

/// Subscribes for good, so that a lease is held.
fn hold(store: &PostgresStore) -> Subscription {
    let request = Subscribe::new(SubscriptionName::new("x").unwrap(), StreamSelector::All);
    Subscriptions::new(Arc::new(store.clone())).subscribe(request).unwrap()
}

#[tokio::test]
async fn tenants_on_one_pool_share_two_connections_and_close_by_themselves() {
    let fixture = Fixture::new().await;
    let mut stores = tenants(&fixture, 12).await;
    let mut subscriptions: Vec<_> = stores.iter().map(hold).collect();
    for subscription in &mut subscriptions {
        until_live(subscription).await;
    }
    for purpose in ["listener", "locks"] {
        assert_eq!(connections_for(&fixture, purpose).await, 1, "{purpose}");
    }

    // The one that the connections were opened for, and another one.
    for closed in [0, 4] {
        stores[closed].close().await;
        let ended = soon(subscriptions[closed].next()).await;
        assert!(matches!(ended, Some(Err(SubscriptionEnded::StoreClosed))), "{ended:?}");
        drop((stores.remove(closed), subscriptions.remove(closed)));
    }
    for (store, subscription) in stores.iter().zip(&mut subscriptions) {
        store.append(append("s", ExpectedVersion::Any, 1)).await.unwrap();
        let events = soon(subscription.next()).await.unwrap().unwrap();
        assert_eq!(events[0].number, 1.into());
        subscription.ack_batch(&events).await.unwrap();
        assert!(subscription.progress().is_notified);
    }
    for purpose in ["listener", "locks"] {
        assert_eq!(connections_for(&fixture, purpose).await, 1, "{purpose}");
    }
    for (store, subscription) in stores.into_iter().zip(subscriptions) {
        subscription.stop().await.unwrap();
        store.close().await;
    }
    for purpose in ["listener", "locks"] {
        while connections_for(&fixture, purpose).await > 0 {
            tokio::task::yield_now().await;
        }
    }
}

/// A tenant hears of what other processes append to its store, and of nothing else.
#[tokio::test]
async fn each_tenant_hears_of_its_own_store() {
    let fixture = Fixture::new().await;
    let stores = tenants(&fixture, 3).await;
    let elsewhere = tenants(&fixture, 3).await;
    let target = StreamSelector::from(StreamName::new("s").unwrap());
    let mut subscriptions: Vec<_> = stores.iter().map(|store| follow(store, target.clone())).collect();
    for subscription in &mut subscriptions {
        until_live(subscription).await;
    }
    for (store, subscription) in elsewhere.iter().zip(&mut subscriptions) {
        for number in 1..=3_u32 {
            store.append(append("s", ExpectedVersion::Any, 1)).await.unwrap();
            assert_eq!(next_numbers(subscription).await, [number.into()]);
        }
    }
    assert!(
        subscriptions
            .iter()
            .all(|subscription| subscription.progress().received == 3.into())
    );
}
