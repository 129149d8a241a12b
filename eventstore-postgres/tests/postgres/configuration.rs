//! What the settings of a store do on a server.

use std::num::NonZeroUsize;
use std::time::Duration;

use eventstore_core::backend::{EventImporter, ImportConflicts, PageRequest, SubscriptionLocks};
use eventstore_core::{
    Append, AppendSet, Direction, Error, EventNumber, EventReader, EventType, EventWriter, ExpectedVersion, NewEvent,
    StreamName, StreamSelector, SubscriptionKey, SubscriptionName,
};
use eventstore_postgres::{DataType, Layout, PostgresAdmin, PostgresConfig, PostgresStore};
use sqlx::{AssertSqlSafe, Connection, Executor};
use uuid::Uuid;

use crate::support::{self, Fixture, schema};

fn everything() -> PageRequest {
    PageRequest::new(StreamSelector::All, Direction::Forward, EventNumber::from(1), 10)
}

#[track_caller]
fn assert_invalid<T>(answer: Result<T, Error>, wanted: &str) {
    let error = answer.err().unwrap();
    assert!(
        matches!(&error, Error::InvalidInput { argument, .. } if *argument == wanted),
        "{error:?}"
    );
}

/// Behaviours: R10.8, R10.10, R10.11.
#[tokio::test]
async fn stores_of_several_tenants_share_one_pool() {
    let fixture = Fixture::with(Layout::Compact, DataType::Bytea, |config| {
        config.with_pool_size(NonZeroUsize::MIN)
    })
    .await;
    for tenant in ["a", "b", "c"] {
        let config = fixture.config.clone().with_schema(schema(tenant));
        PostgresAdmin::new(config.clone())
            .initialize(Layout::Compact, DataType::Bytea)
            .await
            .unwrap();
        let store = fixture.store.connect_sharing_pool(config).await.unwrap();
        let receipt = store.append(support::append("s", ExpectedVersion::NoStream, 1)).await;
        assert_eq!(receipt.unwrap().last_position.get(), 1);
    }
    let pooled = "SELECT count(*) FROM pg_stat_activity
                  WHERE datname = current_database() AND application_name LIKE '% pool'";
    let pooled: i64 = sqlx::query_scalar(pooled)
        .fetch_one(&mut fixture.session().await)
        .await
        .unwrap();
    assert_eq!(pooled, 1);
}

/// Behaviours: R10.8, T39.
#[tokio::test]
async fn a_pool_is_not_shared_with_a_store_of_other_settings() {
    let fixture = Fixture::new().await;
    let url = fixture.database.url();
    let config = || fixture.config.clone();
    let others = [
        PostgresConfig::from_url(&format!("{url}_other")).unwrap(),
        PostgresConfig::from_url(&format!("{url}?application_name=shop")).unwrap(),
        config().with_pool_size(NonZeroUsize::MIN),
        config().with_statement_timeout(Duration::from_secs(1)),
        support::pooled(url, url),
        PostgresConfig::from_pool(sqlx::PgPool::connect_lazy(url).unwrap()),
    ];
    for other in others {
        assert_invalid(fixture.store.connect_sharing_pool(other).await, "pool");
    }
    fixture.store.connect_sharing_pool(config()).await.unwrap();
}

#[tokio::test]
async fn a_store_of_another_type_than_expected_is_refused() {
    let fixture = Fixture::new().await;
    let config = || fixture.config.clone();
    assert_invalid(
        PostgresStore::connect(config().with_data_type(DataType::Jsonb)).await,
        "data_type",
    );
    PostgresStore::connect(config().with_data_type(DataType::Bytea))
        .await
        .unwrap();
}

/// Behaviours: R10.13, T28.
#[tokio::test]
async fn a_time_that_no_server_takes_is_refused_by_its_name() {
    let config = || PostgresConfig::from_url("postgres://127.0.0.1:1/d").unwrap();
    let table = [
        (config().with_statement_timeout(Duration::ZERO), "statement_timeout"),
        (config().with_lock_timeout(Duration::from_micros(999)), "lock_timeout"),
        (config().with_connect_timeout(Duration::ZERO), "connect_timeout"),
        (config().with_acquire_timeout(Duration::MAX), "acquire_timeout"),
    ];
    for (config, name) in table {
        assert_invalid(PostgresStore::connect(config).await, name);
    }
}

/// Behaviours: R10.9.
#[tokio::test]
async fn transaction_pooling_without_a_session_url_is_refused() {
    let url = "postgres://127.0.0.1:1/d?transaction_pooling=true";
    let config = || PostgresConfig::from_url(url).unwrap();
    assert_invalid(PostgresStore::connect(config()).await, "session_url");
    assert_invalid(PostgresAdmin::new(config()).create_database().await, "session_url");
    assert_invalid(
        PostgresAdmin::new(config())
            .initialize(Layout::Compact, DataType::Bytea)
            .await,
        "session_url",
    );
    assert_invalid(PostgresAdmin::new(config()).migrate().await, "session_url");
    let direct = config().with_session_url("postgres://127.0.0.1:1/d").unwrap();
    let connected = PostgresStore::connect(direct).await.err();
    assert!(matches!(connected, Some(Error::Unavailable { .. })), "{connected:?}");
}

/// Behaviours: R10.13.
#[tokio::test]
async fn a_call_waits_no_longer_than_its_handle_allows() {
    let fixture = Fixture::new().await;
    fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
    let hurried = fixture.store.with_timeout(Duration::from_millis(100));
    assert_eq!(hurried.read_page(everything()).await.unwrap().events.len(), 1);
    let mut session = fixture.session().await;
    let mut transaction = session.begin().await.unwrap();
    transaction
        .execute("LOCK TABLE streams, events IN ACCESS EXCLUSIVE MODE")
        .await
        .unwrap();
    let read = hurried.read_page(everything()).await;
    assert!(
        matches!(
            read,
            Err(Error::TimedOut {
                setting: "with_timeout",
                ..
            })
        ),
        "{read:?}"
    );
    let append = hurried.append(support::append("s", ExpectedVersion::Any, 1)).await;
    assert!(matches!(append, Err(Error::OutcomeUnknown { .. })), "{append:?}");
    transaction.rollback().await.unwrap();
    fixture.append("s", ExpectedVersion::Any, 1).await.unwrap();
}

/// Behaviours: R10.9.
#[tokio::test]
async fn locks_are_held_where_the_session_url_leads() {
    let fixture = Fixture::new().await;
    let session_url = format!("{}?application_name=direct", fixture.database.url());
    let config = fixture.config.clone().with_session_url(&session_url).unwrap();
    let store = PostgresStore::connect(config).await.unwrap();
    let key = SubscriptionKey {
        selector: StreamSelector::All,
        name: SubscriptionName::new("x").unwrap(),
    };
    let lease = store.try_acquire(&key, EventNumber::ZERO).await.unwrap();
    assert!(lease.is_some());
    let names = "SELECT application_name FROM pg_stat_activity
                 WHERE datname = current_database() AND application_name LIKE '% locks'";
    let names: Vec<String> = sqlx::query_scalar(names)
        .fetch_all(&mut fixture.session().await)
        .await
        .unwrap();
    assert_eq!(names, ["direct locks"]);
}

#[tokio::test]
async fn a_server_without_a_free_slot_is_unavailable() {
    let fixture = Fixture::new().await;
    let mut session = fixture.session().await;
    let user = format!("clerk_{}", uuid::Uuid::now_v7().simple());
    let execute = async |session: &mut sqlx::PgConnection, sql: String| {
        session.execute(AssertSqlSafe(sql)).await.unwrap();
    };
    execute(
        &mut session,
        format!("CREATE USER {user} PASSWORD 'x' CONNECTION LIMIT 0"),
    )
    .await;
    let (_, address) = fixture.database.url().rsplit_once('@').unwrap();
    let config = PostgresConfig::from_url(&format!("postgres://{user}:x@{address}")).unwrap();
    let answer = PostgresStore::connect(config).await.map(|_| ());
    execute(&mut session, format!("DROP USER {user}")).await;
    assert!(
        matches!(&answer, Err(Error::Unavailable { message, .. }) if message.contains("too many connections")),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_read_only_server_is_told_and_nothing_is_half_done() {
    let database = eventstore_testkit::TestDatabase::create().await;
    let mut session = sqlx::PgConnection::connect(database.url()).await.unwrap();
    let (_, name) = database.url().rsplit_once('/').unwrap();
    let read_only = format!("ALTER DATABASE \"{name}\" SET default_transaction_read_only = on");
    session.execute(AssertSqlSafe(read_only)).await.unwrap();
    let config = PostgresConfig::from_url(database.url()).unwrap();
    let answer = PostgresAdmin::new(config.clone())
        .initialize(Layout::Compact, DataType::Bytea)
        .await;
    assert!(
        matches!(&answer, Err(Error::Unavailable { message, .. }) if message.contains("read-only")),
        "{answer:?}"
    );
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        .fetch_one(&mut session)
        .await
        .unwrap();
    assert_eq!(tables, 0);
}

/// One event of a type that the other library does not know stops its subscriptions.
#[tokio::test]
async fn events_of_other_types_than_those_of_the_settings_are_refused() {
    let types = ["Happened", "Elixir.Shop.OrderPlaced"].map(|name| EventType::new(name).unwrap());
    let fixture = Fixture::with(Layout::Original, DataType::Bytea, |config| {
        config.with_event_types(types)
    })
    .await;
    let other = || NewEvent::new(Uuid::now_v7(), EventType::new("OrderShipped").unwrap(), "{}");
    let append = |stream: &str| {
        let events = vec![support::event(), other()];
        Append::new(StreamName::new(stream).unwrap(), ExpectedVersion::Any, events).unwrap()
    };
    let store = &fixture.store;
    let refused = |error: Error| matches!(&error, Error::InvalidInput { argument: "event_types", reason } if reason.contains("OrderShipped"));
    assert!(refused(store.append(append("s")).await.unwrap_err()));
    let set = AppendSet::new(vec![support::append("t", ExpectedVersion::Any, 1), append("s")]).unwrap();
    assert!(refused(store.append_set(set).await.unwrap_err()));
    assert!(refused(
        store
            .import(&[append("s").into()], ImportConflicts::Refuse)
            .await
            .unwrap_err()
    ));
    let mut session = fixture.session().await;
    assert!(refused(store.on(&mut session).append(append("s")).await.unwrap_err()));
    assert_eq!(store.read_page(everything()).await.unwrap().events, []);
    fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();

    let url = format!(
        "{}?event_types=Happened,%20Elixir.Shop.OrderPlaced",
        fixture.database.url()
    );
    let store = PostgresStore::connect(PostgresConfig::from_url(&url).unwrap())
        .await
        .unwrap();
    assert!(refused(store.append(append("s")).await.unwrap_err()));
    store
        .append(support::append("s", ExpectedVersion::Any, 1))
        .await
        .unwrap();
}
