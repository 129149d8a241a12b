//! What befalls a subscription on a real server.

use std::sync::Arc;
use std::time::Duration;

use eventstore_core::backend::{Hint, Notifier, SubscriptionLocks};
use eventstore_core::{
    Error, EventNumber, EventWriter, ExpectedVersion, StreamName, StreamSelector, SubscriptionAdmin, SubscriptionKey,
    SubscriptionName, SubscriptionSettings, SubscriptionStatus,
};
use eventstore_postgres::{DataType, Layout, LockTableFull, PostgresAdmin, PostgresConfig, PostgresStore};
use eventstore_subscriptions::{AckError, StartFrom, Subscribe, Subscription, SubscriptionEnded, Subscriptions};
use eventstore_testkit::proxy::Proxy;
use eventstore_testkit::server::{Durability, LocalServer};
use sqlx::{Connection, Executor, PgConnection};
use tokio::time::timeout;

use crate::gate::Gate;
use crate::support::{Fixture, append};

fn subscribe(fixture: &Fixture, name: &str) -> Subscription {
    let request = Subscribe::new(SubscriptionName::new(name).unwrap(), StreamSelector::All);
    Subscriptions::new(Arc::new(fixture.store.clone()))
        .subscribe(request)
        .unwrap()
}

async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(10), future).await.unwrap()
}

#[tokio::test]
async fn an_acknowledgement_after_the_end_is_answered() {
    let fixture = Fixture::new().await;
    fixture.append("s", ExpectedVersion::Any, 3).await.unwrap();
    let mut subscription = subscribe(&fixture, "x");
    let events = soon(subscription.next()).await.unwrap().unwrap();
    fixture.append("s", ExpectedVersion::Any, 1).await.unwrap();
    while subscription.progress().in_flight < 4 {
        soon(subscription.progress_changed()).await;
    }
    fixture
        .session()
        .await
        .execute("DELETE FROM subscriptions")
        .await
        .unwrap();
    soon(subscription.ack(&events[0])).await.unwrap();
    let ended = loop {
        if let Err(ended) = soon(subscription.ack(&events[2])).await {
            break ended;
        }
        soon(subscription.progress_changed()).await;
    };
    assert!(
        matches!(ended, AckError::Ended | AckError::Unexpected { .. }),
        "{ended:?}"
    );
    // What was delivered before the end may still be there.
    let last = loop {
        match soon(subscription.next()).await {
            Some(Ok(_)) => {}
            last => break last,
        }
    };
    assert!(
        matches!(last, Some(Err(SubscriptionEnded::SubscriptionDeleted))),
        "{last:?}"
    );
    assert!(soon(subscription.next()).await.is_none());
}

#[tokio::test]
async fn a_refused_lock_does_not_cost_the_other_leases() {
    let fixture = Fixture::new().await;
    fixture.append("s", ExpectedVersion::Any, 1).await.unwrap();
    let mut subscription = subscribe(&fixture, "x");
    let events = soon(subscription.next()).await.unwrap().unwrap();
    let mut session = fixture.session().await;
    session
        .execute("ALTER TABLE subscriptions RENAME TO moved")
        .await
        .unwrap();
    let store = fixture.store.clone();
    let key = SubscriptionKey {
        selector: StreamSelector::All,
        name: SubscriptionName::new("y").unwrap(),
    };
    let refused = store.try_acquire(&key, 0.into()).await;
    assert!(refused.is_err());
    session
        .execute("ALTER TABLE moved RENAME TO subscriptions")
        .await
        .unwrap();
    soon(subscription.ack(&events[0])).await.unwrap();
    fixture.append("s", ExpectedVersion::Any, 1).await.unwrap();
    let events = soon(subscription.next()).await.unwrap().unwrap();
    assert_eq!(events[0].number.get(), 2);
}

/// Behaviours: R15.1, R15.2.
#[tokio::test]
async fn a_subscription_that_begins_while_the_server_is_away_delivers_once_it_is_back() {
    for (start_from, first) in [
        (StartFrom::Origin, 1),
        (StartFrom::After(1.into()), 2),
        (StartFrom::Current, 4),
    ] {
        let fixture = Fixture::new().await;
        fixture.append("s", ExpectedVersion::Any, 3).await.unwrap();
        let mut gate = Gate::to(fixture.database.url()).await;
        let config = PostgresConfig::from_url(gate.url()).unwrap();
        let store = PostgresStore::connect(config).await.unwrap();

        gate.shut().await;
        let settings = SubscriptionSettings {
            retry_interval: Duration::from_millis(50),
            ..SubscriptionSettings::default()
        };
        let request = Subscribe::new(SubscriptionName::new("x").unwrap(), StreamSelector::All);
        let request = request.with_start(start_from).with_settings(settings);
        let mut subscription = Subscriptions::new(Arc::new(store)).subscribe(request).unwrap();
        // The task that listens and the one that wants the lease both try, again and again.
        for _ in 0..5 {
            soon(gate.until_one_is_turned_away()).await;
        }
        gate.open().await;
        while !subscription.progress().caught_up && first > 3 {
            soon(subscription.progress_changed()).await;
        }
        fixture.append("s", ExpectedVersion::Any, 1).await.unwrap();
        let events = soon(subscription.next()).await.unwrap().unwrap();
        assert_eq!(events[0].number.get(), first, "{start_from:?}");
    }
}

/// What no notification told of is found all the same, in one poll for all listeners.
///
/// Behaviours: T21.
#[tokio::test]
async fn a_stream_that_grew_without_a_notification_is_found_by_a_look() {
    let fixture = Fixture::with(Layout::Compact, DataType::Bytea, |config| {
        config.with_poll_interval(Duration::from_millis(50))
    })
    .await;
    let streams = ["a", "b"].map(|name| StreamName::new(name).unwrap());
    for stream in &streams {
        fixture.append(stream.as_str(), ExpectedVersion::Any, 1).await.unwrap();
    }
    for stream in streams {
        let mut listener = fixture.store.listen(&stream.clone().into());
        while soon(listener.hint()).await != Some(Hint::UpTo(1.into())) {}
        let silently = "UPDATE streams SET stream_version = 2 WHERE stream_uuid = $1";
        let mut session = fixture.session().await;
        sqlx::query(silently)
            .bind(stream.as_str())
            .execute(&mut session)
            .await
            .unwrap();
        while soon(listener.hint()).await != Some(Hint::UpTo(2.into())) {}
        let silently = "UPDATE streams SET deleted_at = now() WHERE stream_uuid = $1";
        sqlx::query(silently)
            .bind(stream.as_str())
            .execute(&mut session)
            .await
            .unwrap();
        while soon(listener.hint()).await != Some(Hint::Unknown) {}
    }
}

/// However many subscriptions there are, they share a connection for notifications and one for locks, and what is asked on
/// them.
#[tokio::test]
async fn idle_subscriptions_share_two_connections_and_ask_next_to_nothing() {
    const SUBSCRIPTIONS: usize = 200;
    let fixture = Fixture::new().await;
    let proxy = Proxy::start(fixture.database.url()).await.unwrap();
    let config = PostgresConfig::from_url(proxy.url()).unwrap();
    let store = PostgresStore::connect(config).await.unwrap();
    let runner = Subscriptions::new(Arc::new(store.clone()));
    let subscribe = |index: usize| {
        let selector = match index % 2 {
            0 => StreamSelector::All,
            _ => StreamName::new(format!("s-{index}")).unwrap().into(),
        };
        let name = SubscriptionName::new(format!("x-{index}")).unwrap();
        runner.subscribe(Subscribe::new(name, selector)).unwrap()
    };
    let mut subscriptions: Vec<_> = (0..SUBSCRIPTIONS).map(subscribe).collect();
    for subscription in &mut subscriptions {
        while subscription.progress().status != SubscriptionStatus::Live {
            timeout(Duration::from_mins(1), subscription.progress_changed())
                .await
                .unwrap();
        }
    }
    // The first second is still that of their beginning.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let ((), counts) = proxy.count(tokio::time::sleep(Duration::from_secs(4))).await;
    // The leases are asked for four times at most, and the streams once.
    assert!(counts.round_trips <= 5, "{counts:?} in 4 s");
    let connections = "SELECT count(*) FROM pg_stat_activity
                       WHERE datname = current_database() AND application_name LIKE '% ' || $1";
    for purpose in ["listener", "locks"] {
        let mut session = fixture.session().await;
        let query = sqlx::query_scalar::<_, i64>(connections).bind(purpose);
        assert_eq!(query.fetch_one(&mut session).await.unwrap(), 1, "{purpose}");
    }
}

/// What another program has stored under a name that is too long here is listed all the same, and with it everything else.
#[tokio::test]
async fn lists_subscriptions_whose_names_are_refused_here() {
    for layout in [Layout::Compact, Layout::Original] {
        let fixture = Fixture::of(layout).await;
        let long = "x".repeat(SubscriptionName::MAX_BYTES + 1);
        let insert = "INSERT INTO subscriptions (stream_uuid, subscription_name, last_seen) VALUES ($1, $2, 3)";
        for (stream, name) in [("$all", long.as_str()), ("s", "short")] {
            let query = sqlx::query(insert).bind(stream).bind(name);
            query.execute(&mut fixture.session().await).await.unwrap();
        }
        let listed = fixture.store.list_subscriptions().await.unwrap();
        let names: Vec<_> = listed.iter().map(|info| info.key.name.as_str()).collect();
        assert_eq!(names, [long.as_str(), "short"], "{layout}");
        let info = fixture.store.subscription_info(&listed[0].key).await.unwrap();
        assert_eq!(info.record.checkpoint, 3.into(), "{layout}");
    }
}

/// Appends do not suffer for subscriptions: leases leave half of the server's lock table to others, and are taken once there is room.
#[tokio::test]
async fn leases_wait_while_the_lock_table_is_half_full() {
    let Ok(server) = LocalServer::start(Durability::Relaxed) else {
        return eprintln!("not run: there are no programs of a server");
    };
    let config = PostgresConfig::from_url(server.url()).unwrap();
    PostgresAdmin::new(config.clone())
        .initialize(Layout::Compact, DataType::Bytea)
        .await
        .unwrap();
    let store = PostgresStore::connect(config).await.unwrap();
    let mut others = PgConnection::connect(server.url()).await.unwrap();
    let fill = "SELECT count(pg_advisory_lock(7, n::int4)) FROM generate_series(1,
                    current_setting('max_locks_per_transaction')::int8
                    * (current_setting('max_connections')::int8 + current_setting('max_prepared_transactions')::int8) / 2) AS n";
    others.execute(fill).await.unwrap();

    let name = SubscriptionName::new("x").unwrap();
    let key = SubscriptionKey {
        selector: StreamSelector::All,
        name: name.clone(),
    };
    let refused = store.try_acquire(&key, EventNumber::ZERO).await.err().unwrap();
    let Error::Unavailable {
        source: Some(source), ..
    } = &refused
    else {
        panic!("{refused:?}");
    };
    let table = source.downcast_ref::<LockTableFull>().unwrap();
    assert!(table.taken * 2 >= table.capacity, "{table}");

    let request = Subscribe::new(name, StreamSelector::All);
    let mut subscription = Subscriptions::new(Arc::new(store.clone())).subscribe(request).unwrap();
    store.append(append("s", ExpectedVersion::Any, 1)).await.unwrap();
    assert_eq!(subscription.progress().status, SubscriptionStatus::Acquiring);
    others.execute("SELECT pg_advisory_unlock_all()").await.unwrap();
    let events = soon(subscription.next()).await.unwrap().unwrap();
    assert_eq!(events[0].number, 1.into());
}
