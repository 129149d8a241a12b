//! Stores that an earlier version of this library has made.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use eventstore_core::backend::SubscriptionStore;
use eventstore_core::{
    Error, EventReaderExt, EventWriter, ExpectedVersion, Read, SnapshotStore, StreamName, SubscriptionKey,
    SubscriptionName,
};
use eventstore_postgres::{DataType, Layout, PostgresAdmin, PostgresConfig, PostgresStore, SchemaVersion};
use eventstore_testkit::TestDatabase;
use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, Row};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::migrations::structure;
use crate::support::{self, Fixture};

const COMPACT_1: &str = include_str!("history/compact-1.sql");
const ADDITIONS_1: &str = include_str!("history/additions-1.sql");

/// The statements of version 1: how it found out what is in the schema, appended and read.
const LAYOUT_1: &str = include_str!("history/version-1-layout.sql");
const APPEND_1: &str = include_str!("history/compact-1-append.sql");
const READ_1: &str = include_str!("history/compact-1-read_stream_forward.sql");

/// Streams, links, a snapshot, a subscription with its checkpoint and a parked event.
const CONTENTS: &str = "
    INSERT INTO streams (stream_uuid, stream_version) VALUES ('s', 2), ('S', 1), ('é', 1), ('links', 1);
    INSERT INTO events (position, stream_id, stream_version, created_at, event_id, event_type, data)
    SELECT n, 1, n, now(), ('00000000-0000-0000-0000-00000000000' || n)::uuid, 'Happened', '{}'
    FROM generate_series(1, 2) AS n;
    INSERT INTO events (position, stream_id, stream_version, created_at, event_id, event_type, data)
    SELECT n, n - 1, 1, now(), ('00000000-0000-0000-0000-00000000000' || n)::uuid, 'Happened', '{}'
    FROM generate_series(3, 4) AS n;
    INSERT INTO links VALUES (4, 1, 1);
    UPDATE streams SET stream_version = 4 WHERE stream_id = 0;
    INSERT INTO snapshots (source_uuid, source_version, source_type, data) VALUES ('s', 2, 'T', '{}'), ('S', 1, 'T', '{}');
    INSERT INTO subscriptions (stream_uuid, subscription_name, last_seen) VALUES ('$all', 'n', 3);
    INSERT INTO eventstore_parked_events (subscription_id, event_number, event_id, attempts)
    VALUES (1, 2, '00000000-0000-0000-0000-000000000002', 1)";

struct Old {
    database: TestDatabase,
    config: PostgresConfig,
}

impl Old {
    async fn new() -> Self {
        let database = TestDatabase::create().await;
        let old = Self {
            config: PostgresConfig::from_url(database.url()).unwrap(),
            database,
        };
        for script in [COMPACT_1, CONTENTS] {
            old.execute(script).await;
        }
        old
    }

    async fn session(&self) -> PgConnection {
        PgConnection::connect(self.database.url()).await.unwrap()
    }

    async fn execute(&self, sql: &str) {
        let mut session = self.session().await;
        session.execute(AssertSqlSafe(sql.to_owned())).await.unwrap();
    }

    async fn connect(&self) -> Result<PostgresStore, Error> {
        PostgresStore::connect(self.config.clone()).await
    }
}

fn is_refused_as_old<T: std::fmt::Debug>(answer: &Result<T, Error>) -> bool {
    matches!(answer, Err(Error::NotInitialized { message })
        if message.ends_with("at version 1, but this library works on version 2: migrate it first"))
}

#[tokio::test]
async fn a_store_of_version_1_is_refused_until_it_is_migrated_and_becomes_like_a_fresh_one() {
    let old = Old::new().await;
    let connected = old.connect().await.map(|_| ());
    assert!(is_refused_as_old(&connected), "{connected:?}");
    let initialized = PostgresAdmin::new(old.config.clone())
        .initialize(Layout::Compact, DataType::Bytea)
        .await;
    assert!(is_refused_as_old(&initialized), "{initialized:?}");

    let history = PostgresAdmin::new(old.config.clone()).migrations().await.unwrap();
    let pending: Vec<_> = history.iter().map(|step| (step.version, step.is_pending())).collect();
    assert_eq!(pending, [(SchemaVersion::Own(1), false), (SchemaVersion::Own(2), true)]);
    assert_eq!(PostgresAdmin::new(old.config.clone()).migrate().await.unwrap().len(), 1);
    assert_eq!(PostgresAdmin::new(old.config.clone()).migrate().await.unwrap(), []);

    let fresh = structure(Fixture::new().await.session().await).await;
    let migrated = structure(old.session().await).await;
    let different: Vec<_> = migrated.symmetric_difference(&fresh).collect();
    assert_eq!(different, [&""; 0]);
    assert_kept(&old).await;
}

async fn assert_kept(old: &Old) {
    let store = old.connect().await.unwrap();
    let events: Vec<_> = store.numbered(Read::all()).try_collect().await.unwrap();
    let streams: Vec<_> = events.iter().map(|event| event.stream.as_str()).collect();
    assert_eq!(streams, ["s", "s", "S", "é"]);
    let key = SubscriptionKey {
        selector: eventstore_core::StreamSelector::All,
        name: SubscriptionName::new("n").unwrap(),
    };
    let subscription = store.find_or_create_subscription(&key, 0.into()).await.unwrap();
    assert_eq!(subscription.checkpoint.get(), 3);
    let source = StreamName::new("S").unwrap();
    let snapshot = store.read_snapshot(&source).await.unwrap().unwrap();
    assert_eq!(snapshot.snapshot.version.as_i64(), 1);
    let append = support::append("s", ExpectedVersion::Exact(2.into()), 1);
    assert_eq!(store.append(append).await.unwrap().last_position.get(), 5);
    assert_eq!(store.verify().await.unwrap(), []);
}

#[tokio::test]
async fn additions_of_version_1_are_refused_until_they_are_migrated() {
    let fixture = Fixture::of(Layout::Original).await;
    let fresh = structure(fixture.session().await).await;
    let mut session = fixture.session().await;
    let others = "DROP TABLE eventstore_schema, eventstore_parked_events, eventstore_subscription_streams, eventstore_subscription_statuses,
        eventstore_groups, eventstore_group_members, eventstore_group_partitions, eventstore_projections,
        eventstore_projection_builds;
        DROP TRIGGER no_rename_streams ON streams";
    session.execute(others).await.unwrap();
    session.execute(ADDITIONS_1).await.unwrap();
    let connected = PostgresStore::connect(fixture.config.clone()).await.map(|_| ());
    assert!(is_refused_as_old(&connected), "{connected:?}");
    assert_eq!(
        PostgresAdmin::new(fixture.config.clone())
            .migrate()
            .await
            .unwrap()
            .len(),
        1
    );
    let migrated = structure(fixture.session().await).await;
    let different: Vec<_> = migrated.symmetric_difference(&fresh).collect();
    assert_eq!(different, [&""; 0]);
    PostgresStore::connect(fixture.config.clone()).await.unwrap();
}

/// Version 1 refused every store whose version it did not know, and named it: this is what it reads.
#[tokio::test]
async fn version_1_reads_that_the_version_is_another_one() {
    for layout in [Layout::Compact, Layout::Original] {
        let fixture = Fixture::of(layout).await;
        let row = fixture.session().await.fetch_one(LAYOUT_1).await.unwrap();
        let read: (i32, &str, &str) = (row.get("version"), row.get("layout"), row.get("data_type"));
        assert_eq!(read, (2, layout.to_string().as_str(), "bytea"));
    }
}

#[tokio::test]
async fn a_key_that_is_stored_twice_stops_the_migration_which_names_it() {
    let old = Old::new().await;
    let damage = "DROP INDEX ix_streams_stream_uuid; CREATE INDEX ix_streams_stream_uuid ON streams (stream_uuid);
        ALTER TABLE snapshots DROP CONSTRAINT snapshots_pkey;
        INSERT INTO streams (stream_uuid) VALUES ('é');
        INSERT INTO snapshots SELECT * FROM snapshots WHERE source_uuid = 'S'";
    old.execute(damage).await;
    let before = structure(old.session().await).await;
    let refused = PostgresAdmin::new(old.config.clone()).migrate().await.unwrap_err();
    let Error::Storage { source, .. } = &refused else {
        panic!("{refused:?}");
    };
    assert_eq!(source.to_string(), r#"snapshots "S" (2 rows), streams "é" (2 rows)"#);
    assert_eq!(structure(old.session().await).await, before);

    let repair = "SET eventstore.enable_hard_deletes = 'on'; DELETE FROM streams WHERE stream_id = 5;
        DELETE FROM snapshots WHERE ctid = (SELECT max(ctid) FROM snapshots);
        ALTER TABLE snapshots ADD PRIMARY KEY (source_uuid)";
    old.execute(repair).await;
    PostgresAdmin::new(old.config.clone()).migrate().await.unwrap();
    assert_kept(&old).await;
}

#[tokio::test]
async fn a_view_on_a_name_is_named_before_anything_is_built() {
    let old = Old::new().await;
    old.execute("CREATE VIEW names AS SELECT stream_uuid FROM streams")
        .await;
    let before = structure(old.session().await).await;
    let refused = PostgresAdmin::new(old.config.clone()).migrate().await;
    assert!(
        matches!(&refused, Err(Error::InvalidInput { argument: "schema", reason }) if reason.contains("names")),
        "{refused:?}"
    );
    assert_eq!(structure(old.session().await).await, before);
    old.execute("DROP VIEW names").await;
    PostgresAdmin::new(old.config.clone()).migrate().await.unwrap();
}

#[tokio::test]
async fn what_a_migration_that_was_cut_off_left_behind_is_replaced() {
    let old = Old::new().await;
    let left = "CREATE INDEX eventstore_streams_by_name ON streams (stream_uuid);
        CREATE INDEX eventstore_snapshots_by_source ON snapshots (source_uuid)";
    old.execute(left).await;
    PostgresAdmin::new(old.config.clone()).migrate().await.unwrap();
    let fresh = structure(Fixture::new().await.session().await).await;
    assert_eq!(structure(old.session().await).await, fresh);
}

#[tokio::test]
async fn a_store_of_version_1_is_dropped() {
    let old = Old::new().await;
    PostgresAdmin::new(old.config.clone()).drop().await.unwrap();
    assert_eq!(structure(old.session().await).await.len(), 0);
}

/// One event in a stream, as version 1 appended it.
async fn append_as_version_1(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query(APPEND_1)
        .bind("busy")
        .bind(1_i64)
        .bind(None::<i64>)
        .bind(true)
        .bind(None::<OffsetDateTime>)
        .bind(None::<&str>)
        .bind(vec![OffsetDateTime::now_utc()])
        .bind(vec![Uuid::now_v7()])
        .bind(Vec::<Uuid>::new())
        .bind(Vec::<Uuid>::new())
        .bind(vec!["Happened"])
        .bind(vec!["{}".as_bytes()])
        .bind(Vec::<&[u8]>::new())
        .execute(connection)
        .await
        .map(drop)
}

async fn read_as_version_1(connection: &mut PgConnection) -> Result<usize, sqlx::Error> {
    let read = sqlx::query(READ_1).bind(1_i64).bind(1_000_i64).bind("busy");
    read.fetch_all(connection).await.map(|rows| rows.len())
}

#[tokio::test]
async fn version_1_goes_on_appending_through_a_migration_and_reads_on_a_fresh_connection() {
    let old = Old::new().await;
    let mut writer = old.session().await;
    let mut reader = old.session().await;
    append_as_version_1(&mut writer).await.unwrap();
    assert_eq!(read_as_version_1(&mut reader).await.unwrap(), 2);

    let is_migrated = Arc::new(AtomicBool::new(false));
    let appends = tokio::spawn({
        let is_migrated = Arc::clone(&is_migrated);
        async move {
            let mut appended = 1;
            while !is_migrated.load(Ordering::SeqCst) {
                append_as_version_1(&mut writer).await.unwrap();
                appended += 1;
            }
            append_as_version_1(&mut writer).await.unwrap();
            appended + 1
        }
    });
    assert_eq!(PostgresAdmin::new(old.config.clone()).migrate().await.unwrap().len(), 1);
    is_migrated.store(true, Ordering::SeqCst);
    let appended = appends.await.unwrap();
    // The server refuses a statement that was prepared before the columns of its answer changed.
    let refused = read_as_version_1(&mut reader).await.unwrap_err();
    assert!(refused.to_string().contains("cached plan"), "{refused}");
    let mut reader = old.session().await;
    // The append that the end of the migration cut off may be stored as well.
    let stored = read_as_version_1(&mut reader).await.unwrap() - 1;
    assert!((appended..=appended + 1).contains(&stored), "{stored} of {appended}");
    let store = old.connect().await.unwrap();
    assert_eq!(store.verify().await.unwrap(), []);
}
