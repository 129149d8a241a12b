//! Taking over databases of the other library, and removing and emptying stores.

use std::collections::BTreeSet;

use eventstore_core::backend::SubscriptionStore;
use eventstore_core::{
    Error, EventReaderExt, EventWriter, ExpectedVersion, Read, StreamDirectory, StreamSelector, SubscriptionKey,
    SubscriptionName,
};
use eventstore_postgres::{
    DataType, Layout, Migration, PostgresAdmin, PostgresConfig, PostgresStore, Removal, SchemaVersion,
};
use eventstore_testkit::TestDatabase;
use futures_util::TryStreamExt;
use futures_util::future::join_all;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::support::{self, Fixture, in_both_layouts, schema};

in_both_layouts! {
    a_fresh_store_has_nothing_pending,
    a_dropped_store_leaves_no_trace,
    tables_of_others_outlive_a_dropped_store,
    a_store_that_others_depend_on_is_not_dropped,
    a_reset_store_begins_anew,
}

/// What each version of the other library made of the one before.
const HISTORY: [(&str, &str); 4] = [
    ("0.17.0", include_str!("history/0.17.0.sql")),
    ("1.1.0", include_str!("history/1.1.0.sql")),
    ("1.2.0", include_str!("history/1.2.0.sql")),
    ("1.3.0", include_str!("history/1.3.0.sql")),
];

/// What a store of every version holds in these tests: two events, a subscription and a snapshot.
const CONTENTS: &str = "
    INSERT INTO events (event_id, event_type, data, metadata) VALUES
        ('00000000-0000-0000-0000-000000000001', 'Happened', '{\"n\":1}', 'null'),
        ('00000000-0000-0000-0000-000000000002', 'Happened', '{\"n\":2}', '{}');
    INSERT INTO streams (stream_uuid) VALUES ('s');
    INSERT INTO stream_events VALUES
        ('00000000-0000-0000-0000-000000000001', 1, 1, 1, 1), ('00000000-0000-0000-0000-000000000001', 0, 1, 1, 1),
        ('00000000-0000-0000-0000-000000000002', 1, 2, 1, 2), ('00000000-0000-0000-0000-000000000002', 0, 2, 1, 2);
    UPDATE streams SET stream_version = 2;
    INSERT INTO subscriptions (stream_uuid, subscription_name, last_seen) VALUES ('$all', 'n', 1);
    INSERT INTO snapshots (source_uuid, source_version, source_type, data) VALUES ('s', 2, 'T', '{}')";

struct Old {
    database: TestDatabase,
    config: PostgresConfig,
}

impl Old {
    /// A store as the other library left it at this version.
    async fn at(version: &str) -> Self {
        let database = TestDatabase::create().await;
        let old = Self {
            config: PostgresConfig::from_url(database.url()).unwrap(),
            database,
        };
        for (made, script) in HISTORY {
            old.execute(script).await;
            if made == version {
                break;
            }
        }
        old.execute(CONTENTS).await;
        old
    }

    async fn session(&self) -> PgConnection {
        PgConnection::connect(self.database.url()).await.unwrap()
    }

    async fn execute(&self, sql: &str) {
        self.session()
            .await
            .execute(AssertSqlSafe(sql.to_owned()))
            .await
            .unwrap();
    }
}

/// Everything in the schema by its kind and definition, but the extensions. What is not null is listed with its column: from
/// PostgreSQL 18 on it is a constraint as well, whose name a renamed table keeps.
const STRUCTURE: &str = "
    SELECT 'column ' || attrelid::regclass || '.' || attnum || ' ' || attname || ' '
            || format_type(atttypid, atttypmod) || ' ' || attcollation::regcollation || attnotnull || coalesce(pg_get_expr(adbin, adrelid), '')
        FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0
    UNION ALL SELECT 'constraint ' || conname || ' ' || conrelid::regclass || ' ' || pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
    UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT 'function ' || pg_get_functiondef(pg_proc.oid)
        FROM pg_proc JOIN pg_language ON pg_language.oid = prolang
        WHERE pronamespace = 'public'::regnamespace AND lanname = 'plpgsql'
    UNION ALL SELECT 'rule ' || pg_get_ruledef(oid) FROM pg_rewrite
        WHERE ev_class IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)";

pub(crate) async fn structure(mut session: PgConnection) -> BTreeSet<String> {
    let described: Vec<String> = sqlx::query_scalar(STRUCTURE).fetch_all(&mut session).await.unwrap();
    described.into_iter().collect()
}

fn versions<'m>(migrations: impl IntoIterator<Item = &'m Migration>) -> Vec<String> {
    migrations
        .into_iter()
        .map(|migration| migration.version.to_string())
        .collect()
}

async fn pending(config: &PostgresConfig) -> Vec<String> {
    let migrations = PostgresAdmin::new(config.clone()).migrations().await.unwrap();
    versions(migrations.iter().filter(|migration| migration.is_pending()))
}

/// Behaviours: R11.6, R11.7, R11.8, R11.9, R12.11.
#[tokio::test]
async fn a_store_of_each_earlier_version_becomes_like_a_fresh_one_and_keeps_what_it_holds() {
    let fresh = structure(Fixture::of(Layout::Original).await.session().await).await;
    let later = ["1.1.0", "1.2.0", "1.3.0", "1.3.2", "eventstore 2"];
    for (skipped, (version, _)) in HISTORY.into_iter().enumerate() {
        let old = Old::at(version).await;
        let refused = PostgresStore::connect(old.config.clone()).await.map(|_| ());
        assert!(
            matches!(&refused, Err(Error::NotInitialized { message }) if message.contains("migrate it first")),
            "{refused:?}"
        );
        assert_eq!(pending(&old.config).await, later[skipped..]);
        assert_eq!(
            versions(&PostgresAdmin::new(old.config.clone()).migrate().await.unwrap()),
            later[skipped..]
        );
        assert_eq!(
            versions(&PostgresAdmin::new(old.config.clone()).migrate().await.unwrap()),
            [""; 0]
        );
        assert_eq!(pending(&old.config).await, [""; 0]);
        let migrated = structure(old.session().await).await;
        let different: Vec<_> = migrated.symmetric_difference(&fresh).collect();
        assert_eq!(different, [&""; 0], "{version}");
        assert_kept(&old).await;
    }
}

async fn assert_kept(old: &Old) {
    let store = PostgresStore::connect(old.config.clone()).await.unwrap();
    let events: Vec<_> = store.numbered(Read::all()).try_collect().await.unwrap();
    let data: Vec<_> = events.iter().map(|event| &event.data[..]).collect();
    assert_eq!(data, [&br#"{"n":1}"#[..], br#"{"n":2}"#]);
    let key = SubscriptionKey {
        selector: StreamSelector::All,
        name: SubscriptionName::new("n").unwrap(),
    };
    let subscription = store.find_or_create_subscription(&key, 0.into()).await.unwrap();
    assert_eq!(subscription.checkpoint.get(), 1);
    let receipt = store
        .append(support::append("s", ExpectedVersion::Exact(2.into()), 1))
        .await;
    assert_eq!(receipt.unwrap().last_position.get(), 3);
    assert_eq!(store.verify().await.unwrap(), []);
}

/// Behaviours: T42.
#[tokio::test]
async fn a_migration_that_was_left_out_is_made_up_for() {
    let old = Old::at("1.1.0").await;
    old.execute("INSERT INTO schema_migrations VALUES (1, 3, 0)").await;
    assert_eq!(pending(&old.config).await, ["1.2.0", "1.3.2", "eventstore 2"]);
    PostgresAdmin::new(old.config.clone()).migrate().await.unwrap();
    let mut session = old.session().await;
    let refused = session.execute("DELETE FROM events").await;
    assert!(refused.is_err());
}

/// Behaviours: R12.11.
#[tokio::test]
async fn a_store_of_an_earlier_version_is_migrated_before_its_layout_is() {
    let old = Old::at("0.17.0").await;
    PostgresAdmin::new(old.config.clone())
        .migrate_to_compact(|_| {})
        .await
        .unwrap();
    assert_kept(&old).await;
}

/// Behaviours: R11.5.
#[tokio::test]
async fn concurrent_migrations_take_each_step_once() {
    let old = Old::at("0.17.0").await;
    let admin = PostgresAdmin::new(old.config.clone());
    let calls = join_all((0..3).map(|_| admin.migrate())).await;
    let mut taken: Vec<_> = calls.iter().flat_map(|call| versions(call.as_ref().unwrap())).collect();
    taken.sort();
    assert_eq!(taken, ["1.1.0", "1.2.0", "1.3.0", "1.3.2", "eventstore 2"]);
}

/// Behaviours: R11.5.
#[tokio::test]
async fn a_migration_waits_for_one_of_the_other_library() {
    let old = Old::at("1.3.0").await;
    let mut other = old.session().await;
    let lock = "SELECT pg_advisory_lock('subscriptions'::regclass::oid::int, -1)";
    other.execute(lock).await.unwrap();
    let refused = tokio::time::timeout(
        std::time::Duration::from_millis(300),
        PostgresAdmin::new(old.config.clone()).migrate(),
    )
    .await;
    assert!(refused.is_err());
    other.close().await.unwrap();
    PostgresAdmin::new(old.config.clone()).migrate().await.unwrap();
}

/// Behaviours: R11.11, T42.
#[tokio::test]
async fn what_cannot_be_migrated_is_refused_with_the_reason() {
    for (change, reason) in [
        ("TRUNCATE schema_migrations", "empty"),
        (
            "INSERT INTO schema_migrations VALUES (1, 4, 0)",
            "a later version of this library",
        ),
        ("UPDATE schema_migrations SET minor_version = 14", "0.14.0"),
        ("DROP TABLE schema_migrations", "another application"),
    ] {
        let old = Old::at("0.17.0").await;
        old.execute(change).await;
        let before = structure(old.session().await).await;
        for answer in [
            PostgresAdmin::new(old.config.clone()).migrate().await,
            PostgresAdmin::new(old.config.clone()).migrations().await,
        ] {
            assert!(
                matches!(&answer, Err(Error::NotInitialized { message }) if message.contains(reason)),
                "{answer:?}"
            );
        }
        assert_eq!(structure(old.session().await).await, before);
    }
    let empty = TestDatabase::create().await;
    let answer = PostgresAdmin::new(PostgresConfig::from_url(empty.url()).unwrap())
        .migrate()
        .await;
    assert!(
        matches!(&answer, Err(Error::NotInitialized { message }) if message.ends_with("initialize it first")),
        "{answer:?}"
    );
}

/// Behaviours: R11.9.
async fn a_fresh_store_has_nothing_pending(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let history = PostgresAdmin::new(fixture.config.clone()).migrations().await.unwrap();
    assert!(history.iter().all(|migration| !migration.is_pending()), "{history:?}");
    assert_eq!(history.last().unwrap().version, SchemaVersion::Own(2));
    assert_eq!(PostgresAdmin::new(fixture.config.clone()).migrate().await.unwrap(), []);
}

/// Behaviours: R11.3.
async fn a_dropped_store_leaves_no_trace(layout: Layout) {
    let database = TestDatabase::create().await;
    let config = PostgresConfig::from_url(database.url()).unwrap();
    for config in [config.clone(), config.with_schema(schema("it's \"mine\""))] {
        PostgresAdmin::new(config.clone())
            .initialize(layout, DataType::Bytea)
            .await
            .unwrap();
        assert_eq!(
            PostgresAdmin::new(config.clone()).drop().await.unwrap(),
            Removal::Removed
        );
        assert_eq!(
            PostgresAdmin::new(config.clone()).drop().await.unwrap(),
            Removal::WasAbsent
        );
    }
    let left = "SELECT (SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'it%')
        + (SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace)
        + (SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace)";
    let mut session = PgConnection::connect(database.url()).await.unwrap();
    let left: i64 = sqlx::query_scalar(left).fetch_one(&mut session).await.unwrap();
    assert_eq!(left, 0);
}

/// Behaviours: R11.3, T40.
async fn tables_of_others_outlive_a_dropped_store(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let config = fixture.config.clone().with_schema(schema("shared"));
    PostgresAdmin::new(config.clone())
        .initialize(layout, DataType::Bytea)
        .await
        .unwrap();
    let mut session = fixture.session().await;
    session
        .execute("CREATE TABLE orders (); CREATE TABLE shared.orders ()")
        .await
        .unwrap();
    assert_eq!(
        PostgresAdmin::new(fixture.config.clone()).drop().await.unwrap(),
        Removal::Removed
    );
    assert_eq!(
        PostgresAdmin::new(config.clone()).drop().await.unwrap(),
        Removal::Removed
    );
    session.execute("SELECT FROM orders, shared.orders").await.unwrap();
    let refused = PostgresAdmin::new(fixture.config.clone()).drop_database().await;
    assert!(
        matches!(&refused, Err(Error::InvalidInput { argument: "database", reason }) if reason.contains("orders")),
        "{refused:?}"
    );
}

/// Behaviours: T40.
async fn a_store_that_others_depend_on_is_not_dropped(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let mut session = fixture.session().await;
    session
        .execute("CREATE VIEW types AS SELECT event_type FROM events")
        .await
        .unwrap();
    let refused = PostgresAdmin::new(fixture.config.clone()).drop().await;
    assert!(
        matches!(&refused, Err(Error::InvalidInput { argument: "schema", .. })),
        "{refused:?}"
    );
    fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
}

/// Behaviours: R4.22.
async fn a_reset_store_begins_anew(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    fixture.append("s", ExpectedVersion::NoStream, 3).await.unwrap();
    PostgresAdmin::new(fixture.config.clone()).reset().await.unwrap();
    assert_eq!(
        fixture
            .store
            .stream_info(&StreamSelector::All)
            .await
            .unwrap()
            .version
            .get(),
        0
    );
    let receipt = fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
    assert_eq!(receipt.last_position.get(), 1);
    assert_eq!(fixture.store.verify().await.unwrap(), []);
}

/// Behaviours: R11.3.
#[tokio::test]
async fn an_empty_database_is_dropped_once_and_not_while_others_are_connected() {
    let database = TestDatabase::create().await;
    let config = PostgresConfig::from_url(&format!("{}_dropped", database.url())).unwrap();
    assert_eq!(
        PostgresAdmin::new(config.clone()).drop_database().await.unwrap(),
        Removal::WasAbsent
    );
    PostgresAdmin::new(config.clone()).create_database().await.unwrap();
    let connected = PgConnection::connect(&format!("{}_dropped", database.url()))
        .await
        .unwrap();
    let refused = PostgresAdmin::new(config.clone()).drop_database().await;
    assert!(matches!(refused, Err(Error::Storage { .. })), "{refused:?}");
    connected.close().await.unwrap();
    assert_eq!(
        PostgresAdmin::new(config.clone()).drop_database().await.unwrap(),
        Removal::Removed
    );
    assert_eq!(
        PostgresAdmin::new(config.clone()).drop_database().await.unwrap(),
        Removal::WasAbsent
    );
}
