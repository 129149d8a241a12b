//! What is the same as without a pooler, what is not, and what stays in no connection of the server's.

use std::str::FromStr;
use std::time::Duration;

use eventstore_core::backend::{BegunProjection, PageRequest, ProjectionStep, ProjectionStore, SubscriptionLocks};
use eventstore_core::{
    AppendSet, Direction, Error, EventNumber, EventReader, EventReaderExt, EventWriter, ExpectedVersion, Read,
    StreamSelector, SubscriptionKey, SubscriptionName,
};
use eventstore_postgres::{DataType, Layout, PostgresAdmin, PostgresConfig, PostgresStore, PostgresTransaction};
use futures_util::TryStreamExt;
use futures_util::future::try_join_all;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, Executor, PgConnection, Row};

use crate::support::{Fixture, append, schema};

/// As many as `PgBouncer` makes to one database.
const CONNECTIONS: usize = 5;

pub(super) async fn pooled(configure: impl FnOnce(PostgresConfig) -> PostgresConfig) -> Fixture {
    Fixture::pooled(Layout::Compact, DataType::Bytea, configure).await
}

/// For connections of another application through `PgBouncer`.
fn options(fixture: &Fixture) -> PgConnectOptions {
    let options = PgConnectOptions::from_str(&fixture.database.pooled_url()).unwrap();
    options.extra_float_digits(None)
}

/// Takes every connection of `PgBouncer` to the database, as long as the transactions last.
pub(super) async fn take_all(fixture: &Fixture) -> Vec<PgConnection> {
    let options = options(fixture);
    let connections = (0..CONNECTIONS).map(|_| PgConnection::connect_with(&options));
    let mut connections = try_join_all(connections).await.unwrap();
    for connection in &mut connections {
        connection.execute("BEGIN").await.unwrap();
    }
    connections
}

pub(super) fn everything() -> PageRequest {
    PageRequest::new(StreamSelector::All, Direction::Forward, EventNumber::FIRST, 100)
}

/// Behaviours: R10.9, R10.13.
#[tokio::test]
async fn the_server_cancels_a_statement_in_time() {
    let fixture = pooled(|config| config.with_statement_timeout(Duration::from_millis(300))).await;
    fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
    let mut session = fixture.session().await;
    let mut transaction = session.begin().await.unwrap();
    let lock = "LOCK TABLE streams, events IN ACCESS EXCLUSIVE MODE";
    transaction.execute(lock).await.unwrap();
    let error = fixture.store.read_page(everything()).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::TimedOut {
                setting: "statement_timeout",
                ..
            }
        ),
        "{error:?}"
    );
    transaction.rollback().await.unwrap();
    fixture.append("s", ExpectedVersion::Any, 1).await.unwrap();
}

async fn begin(store: &PostgresStore) -> PostgresTransaction {
    let key = SubscriptionKey {
        selector: StreamSelector::All,
        name: SubscriptionName::new("n").unwrap(),
    };
    let acquired = store.try_acquire(&key, 0.into()).await.unwrap().unwrap();
    let step = ProjectionStep {
        lease: acquired.lease.token(),
        from: acquired.checkpoint,
        to: acquired.checkpoint,
    };
    match store.begin_step(step).await.unwrap() {
        BegunProjection::Begun(transaction) => transaction,
        other => panic!("{other:?}"),
    }
}

async fn settings(connection: &mut PgConnection) -> Vec<(String, String)> {
    let names = "SELECT name, setting FROM pg_settings WHERE name IN ('statement_timeout', 'plan_cache_mode',
                 'random_page_cost', 'jit', 'client_min_messages', 'transaction_isolation') ORDER BY name";
    let rows = connection.fetch_all(sqlx::raw_sql(names)).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// Behaviours: R10.9.
#[tokio::test]
async fn every_transaction_has_the_settings_of_a_session() {
    let fixture = pooled(|config| config.with_statement_timeout(Duration::from_millis(4_321))).await;
    let direct = PostgresStore::connect(fixture.config.clone().bypassing_pooler())
        .await
        .unwrap();
    let expected = settings(&mut *begin(&direct).await).await;
    let found = settings(&mut *begin(&fixture.store).await).await;
    assert_eq!(found, expected);
    assert!(
        found.contains(&("statement_timeout".to_owned(), "4321".to_owned())),
        "{found:?}"
    );
}

/// What a store leaves in a connection of the server's.
async fn left(connection: &mut PgConnection) -> Vec<String> {
    let left = "SELECT current_setting('search_path'), current_setting('statement_timeout'),
                    current_setting('plan_cache_mode'), (SELECT count(*)::text FROM pg_prepared_statements),
                    (SELECT count(*)::text FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()),
                    (SELECT count(*)::text FROM pg_listening_channels()), (SELECT count(*)::text FROM pg_cursors)";
    let row = connection.fetch_one(sqlx::raw_sql(left)).await.unwrap();
    (0..row.len()).map(|column| row.get(column)).collect()
}

/// Behaviours: R10.9, R10.11, T1.
#[tokio::test]
async fn stores_of_two_schemas_share_the_connections_and_leave_nothing_in_them() {
    let fixture = pooled(|config| config).await;
    let other = fixture.config.clone().with_schema(schema("other"));
    PostgresAdmin::new(other.clone())
        .initialize(Layout::Original, DataType::Bytea)
        .await
        .unwrap();
    let other = PostgresStore::connect(other).await.unwrap();
    let work = (0..100).map(async |number: usize| {
        let store = if number.is_multiple_of(2) {
            &fixture.store
        } else {
            &other
        };
        let stream = format!("s-{}", number % 20);
        store.append(append(&stream, ExpectedVersion::Any, 1)).await?;
        store.read_page(everything()).await
    });
    try_join_all(work).await.unwrap();
    for store in [&fixture.store, &other] {
        let events: Vec<_> = store.numbered(Read::all()).try_collect().await.unwrap();
        assert_eq!(events.len(), 50);
    }
    for connection in &mut take_all(&fixture).await {
        let expected = ["\"$user\", public", "0", "auto", "0", "0", "0", "0"];
        assert_eq!(left(connection).await, expected);
    }
}

/// Behaviours: R10.9.
#[tokio::test]
async fn a_connection_of_the_callers_may_lead_there_as_well() {
    let fixture = pooled(|config| config).await;
    let mut connection = PgConnection::connect_with(&options(&fixture)).await.unwrap();
    let set = ["t", "u"].map(|stream| append(stream, ExpectedVersion::Any, 1));
    let on = fixture.store.on(&mut connection);
    on.append(append("s", ExpectedVersion::NoStream, 1)).await.unwrap();
    on.append_set(AppendSet::new(set.into()).unwrap()).await.unwrap();
    assert_eq!(on.read_page(everything()).await.unwrap().events.len(), 3);
    drop(on);

    let mut transaction = connection.begin().await.unwrap();
    let on = fixture.store.on(&mut transaction);
    on.append(append("s", ExpectedVersion::Any, 1)).await.unwrap();
    let refused = on.append(append("s", ExpectedVersion::NoStream, 1)).await;
    assert!(matches!(refused, Err(Error::StreamAlreadyExists { .. })), "{refused:?}");
    drop(on);
    assert_eq!(fixture.store.read_page(everything()).await.unwrap().events.len(), 3);
    transaction.commit().await.unwrap();
    assert_eq!(fixture.store.read_page(everything()).await.unwrap().events.len(), 4);
}

/// Behaviours: R10.8, R10.9.
#[tokio::test]
async fn a_pool_of_the_applications_may_lead_there_as_well() {
    let fixture = pooled(|config| config).await;
    let pool = PgPoolOptions::new().connect_with(options(&fixture)).await.unwrap();
    let config = PostgresConfig::from_pool(pool).with_transaction_pooling(true);
    let config = config.with_session_url(fixture.database.url()).unwrap();
    let store = PostgresStore::connect(config).await.unwrap();
    let appends = (0..20).map(|number| store.append(append(&format!("s-{number}"), ExpectedVersion::Any, 1)));
    try_join_all(appends).await.unwrap();
    assert_eq!(store.read_page(everything()).await.unwrap().events.len(), 20);
    for connection in &mut take_all(&fixture).await {
        assert_eq!(left(connection).await[3], "0");
    }
}

fn names_the_setting(error: &Error) -> bool {
    matches!(
        error,
        Error::InvalidInput {
            argument: "transaction_pooling",
            ..
        }
    )
}

#[tokio::test]
async fn a_pooler_that_the_store_was_not_told_of_is_noticed() {
    let fixture = pooled(|config| config).await;
    let config = PostgresConfig::from_url(&fixture.database.pooled_url()).unwrap();
    let error = PostgresStore::connect(config).await.err().unwrap();
    assert!(names_the_setting(&error), "{error:?}");

    let pool = PgPoolOptions::new().connect_with(options(&fixture)).await.unwrap();
    let store = PostgresStore::connect(PostgresConfig::from_pool(pool)).await.unwrap();
    for round in 0..100 {
        let sets = (0..20).map(|number| {
            let set = vec![append(&format!("s-{round}-{number}"), ExpectedVersion::Any, 1)];
            store.append_set(AppendSet::new(set).unwrap())
        });
        let outcomes = futures_util::future::join_all(sets).await;
        if let Some(error) = outcomes.into_iter().find_map(Result::err) {
            return assert!(names_the_setting(&error), "{error:?}");
        }
    }
    panic!("nothing was noticed");
}
