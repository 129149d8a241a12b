//! What `initialize` and `create_database` make, and what they refuse.

use eventstore_core::{
    Append, AppendSet, Delete, Deletion, Error, EventLinker, EventWriter, ExpectedVersion, Link, StreamDeleter,
    StreamName,
};
use eventstore_postgres::{Creation, DataType, EventIndex, Layout, PostgresAdmin, PostgresConfig, PostgresStore};
use eventstore_testkit::TestDatabase;
use futures_util::future::join_all;
use sqlx::postgres::PgListener;
use sqlx::{Connection, Executor, PgConnection};

use crate::support::{self, Fixture, in_both_layouts, schema};

in_both_layouts! {
    concurrent_calls_create_one_store,
    a_schema_with_tables_of_another_application_is_refused_and_left_alone,
    stores_in_two_schemas_do_not_see_each_other,
    triggers_protect_what_was_stored,
    triggers_refuse_also_what_would_change_nothing,
    an_append_notifies_of_its_stream_and_of_all,
    a_link_notifies_of_its_target_only,
    a_deletion_notifies_of_nothing_new,
    what_is_undone_notifies_of_nothing,
    a_server_that_quotes_every_name_changes_nothing,
    a_stream_cannot_be_renamed,
    the_guide_names_every_table,
}

async fn empty() -> (TestDatabase, PostgresConfig) {
    let database = TestDatabase::create().await;
    let config = PostgresConfig::from_url(database.url()).unwrap();
    (database, config)
}

/// Behaviours: R11.4, T41.
async fn concurrent_calls_create_one_store(layout: Layout) {
    let (_database, config) = empty().await;
    let admin = PostgresAdmin::new(config.clone());
    let calls = join_all((0..5).map(|_| admin.initialize(layout, DataType::Bytea))).await;
    let created = calls
        .iter()
        .filter(|call| matches!(call, Ok(Creation::Created)))
        .count();
    let found = calls
        .iter()
        .filter(|call| matches!(call, Ok(Creation::AlreadyExisted)))
        .count();
    assert_eq!((created, found), (1, 4), "{calls:?}");
}

/// Behaviours: R11.4, T41.
async fn a_schema_with_tables_of_another_application_is_refused_and_left_alone(layout: Layout) {
    let (database, config) = empty().await;
    let mut session = PgConnection::connect(database.url()).await.unwrap();
    session.execute("CREATE TABLE events (id int)").await.unwrap();
    let answer = PostgresAdmin::new(config.clone())
        .initialize(layout, DataType::Bytea)
        .await;
    assert!(matches!(answer, Err(Error::NotInitialized { .. })), "{answer:?}");
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        .fetch_one(&mut session)
        .await
        .unwrap();
    assert_eq!(tables, 1);
}

#[tokio::test]
async fn a_store_of_a_later_version_is_refused() {
    let fixture = Fixture::new().await;
    let later = "INSERT INTO eventstore_schema (version, layout, data_type) VALUES (3, 'compact', 'bytea')";
    fixture.session().await.execute(later).await.unwrap();
    let answer = PostgresStore::connect(fixture.config.clone()).await.map(|_| ());
    assert!(
        matches!(&answer, Err(Error::NotInitialized { message }) if message.ends_with("works on version 2: use a later version of this library")),
        "{answer:?}"
    );
}

#[tokio::test]
async fn a_store_of_an_unknown_type_is_refused() {
    let fixture = Fixture::new().await;
    let unknown = "UPDATE eventstore_schema SET data_type = 'xml'";
    fixture.session().await.execute(unknown).await.unwrap();
    let answer = PostgresStore::connect(fixture.config.clone()).await.map(|_| ());
    assert!(
        matches!(&answer, Err(Error::NotInitialized { message }) if message.contains("xml")),
        "{answer:?}"
    );
}

/// Behaviours: R10.11.
async fn stores_in_two_schemas_do_not_see_each_other(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let config = fixture.config.clone().with_schema(schema("Mandant \"7\""));
    PostgresAdmin::new(config.clone())
        .initialize(layout, DataType::Bytea)
        .await
        .unwrap();
    let other = PostgresStore::connect(config).await.unwrap();
    fixture.append("s", ExpectedVersion::NoStream, 3).await.unwrap();
    let receipt = other.append(support::append("s", ExpectedVersion::NoStream, 1));
    assert_eq!(receipt.await.unwrap().last_position.get(), 1);
}

/// Behaviours: R11.2.
#[tokio::test]
async fn a_database_is_created_once() {
    let (database, _) = empty().await;
    let url = format!("{}_created", database.url());
    let config = PostgresConfig::from_url(&url).unwrap();
    assert_eq!(
        PostgresAdmin::new(config.clone()).create_database().await.unwrap(),
        Creation::Created
    );
    assert_eq!(
        PostgresAdmin::new(config.clone()).create_database().await.unwrap(),
        Creation::AlreadyExisted
    );
    let mut session = PgConnection::connect(database.url()).await.unwrap();
    let name = url.rsplit('/').next().unwrap();
    session
        .execute(sqlx::AssertSqlSafe(format!("DROP DATABASE \"{name}\"")))
        .await
        .unwrap();
}

async fn sqlstate_of(fixture: &Fixture, statement: &'static str) -> String {
    let error = fixture.session().await.execute(statement).await.unwrap_err();
    error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .unwrap()
        .into_owned()
}

/// Behaviours: R4.17, R4.18, R4.19, R4.22, T54.
async fn triggers_protect_what_was_stored(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
    for (statement, sqlstate) in [
        ("DELETE FROM events", "0A000"),
        ("DELETE FROM streams", "0A000"),
        ("TRUNCATE events CASCADE", "0A000"),
        ("TRUNCATE streams CASCADE", "0A000"),
        ("UPDATE events SET event_type = 'x'", "P0001"),
        (
            "SET eventstore.enable_hard_deletes = 'on'; UPDATE events SET event_type = 'x'",
            "P0001",
        ),
        (
            "SET eventstore.enable_hard_deletes = 'on'; TRUNCATE events CASCADE",
            "0A000",
        ),
    ] {
        assert_eq!(sqlstate_of(&fixture, statement).await, sqlstate, "{statement}");
    }
    if layout == Layout::Compact {
        for (statement, sqlstate) in [
            ("DELETE FROM links", "0A000"),
            ("TRUNCATE links", "0A000"),
            ("UPDATE links SET position = 7", "P0001"),
        ] {
            assert_eq!(sqlstate_of(&fixture, statement).await, sqlstate, "{statement}");
        }
    }
    let allowed = match layout {
        Layout::Original => {
            "SET eventstore.enable_hard_deletes = 'on';
             DELETE FROM stream_events; DELETE FROM events; DELETE FROM streams WHERE stream_id > 0"
        }
        _ => "SET eventstore.enable_hard_deletes = 'on'; DELETE FROM events; DELETE FROM streams WHERE stream_id > 0",
    };
    fixture.session().await.execute(allowed).await.unwrap();
    let reset = "BEGIN; SET LOCAL eventstore.reset = 'on'; TRUNCATE streams, events CASCADE; COMMIT";
    fixture.session().await.execute(reset).await.unwrap();
}

/// Behaviours: R4.17, R4.18.
async fn triggers_refuse_also_what_would_change_nothing(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    for (statement, sqlstate) in [
        ("DELETE FROM events WHERE false", "0A000"),
        ("DELETE FROM streams WHERE false", "0A000"),
        ("UPDATE events SET event_type = 'x' WHERE false", "P0001"),
    ] {
        assert_eq!(sqlstate_of(&fixture, statement).await, sqlstate, "{statement}");
    }
}

/// Hears every notification of a fixture.
struct Ears(PgListener);

impl Ears {
    async fn of(fixture: &Fixture) -> Self {
        let mut listener = PgListener::connect(fixture.database.url()).await.unwrap();
        listener.listen("public.events").await.unwrap();
        Self(listener)
    }

    /// What was notified before this.
    async fn heard(&mut self, fixture: &Fixture) -> Vec<String> {
        let end = "SELECT pg_notify('public.events', 'the end')";
        fixture.session().await.execute(end).await.unwrap();
        let mut payloads = Vec::new();
        loop {
            match self.0.recv().await.unwrap().payload() {
                "the end" => return payloads,
                payload => payloads.push(payload.to_owned()),
            }
        }
    }
}

/// Behaviours: R1.41, R9.1, R9.2, R9.3.
async fn an_append_notifies_of_its_stream_and_of_all(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let mut ears = Ears::of(&fixture).await;
    for (events, expected) in [
        (3, ["a,b,1,1,3", "$all,0,1,3"]),
        (2, ["a,b,1,4,5", "$all,0,4,5"]),
        (2_001, ["a,b,1,6,2006", "$all,0,6,2006"]),
    ] {
        fixture.append("a,b", ExpectedVersion::Any, events).await.unwrap();
        assert_eq!(ears.heard(&fixture).await, expected);
    }
}

/// Behaviours: R3.14, R9.6.
async fn a_link_notifies_of_its_target_only(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let append = support::append("source", ExpectedVersion::NoStream, 3);
    let ids: Vec<_> = append.event_ids().collect();
    fixture.store.append(append).await.unwrap();
    let mut ears = Ears::of(&fixture).await;
    for (ids, expected) in [(&ids[..2], "links,2,1,2"), (&ids[2..], "links,2,3,3")] {
        let target = StreamName::new("links").unwrap();
        let link = Link::new(target, ExpectedVersion::Any, ids.to_vec()).unwrap();
        fixture.store.link(link).await.unwrap();
        assert_eq!(ears.heard(&fixture).await, [expected]);
    }
}

/// Behaviours: R4.8, R9.4, R9.6.
async fn a_deletion_notifies_of_nothing_new(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let stream = StreamName::new("s").unwrap();
    fixture.append("s", ExpectedVersion::NoStream, 3).await.unwrap();
    let mut ears = Ears::of(&fixture).await;
    fixture
        .store
        .delete(Delete::new(stream.clone(), Deletion::Soft))
        .await
        .unwrap();
    // A range whose first number is greater than its last one.
    assert_eq!(ears.heard(&fixture).await, ["s,1,4,3"]);
    fixture.store.delete(Delete::new(stream, Deletion::Hard)).await.unwrap();
    assert_eq!(ears.heard(&fixture).await, [""; 0]);
}

/// Behaviours: R9.5.
async fn what_is_undone_notifies_of_nothing(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let append = support::append("s", ExpectedVersion::NoStream, 1);
    fixture.store.append(append.clone()).await.unwrap();
    let mut ears = Ears::of(&fixture).await;
    let set = AppendSet::new(vec![
        support::append("new", ExpectedVersion::Any, 1),
        Append::new(
            StreamName::new("t").unwrap(),
            ExpectedVersion::Any,
            append.events().to_vec(),
        )
        .unwrap(),
    ]);
    let refused = fixture.store.append_set(set.unwrap()).await;
    assert!(matches!(refused, Err(Error::DuplicateEvent { .. })), "{refused:?}");
    assert_eq!(ears.heard(&fixture).await, [""; 0]);
}

/// Behaviours: R14.4, T30.
#[tokio::test]
async fn missing_metadata_is_null_in_the_compact_layout() {
    let fixture = Fixture::new().await;
    fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
    let is_null = "SELECT metadata IS NULL FROM events";
    let is_null: bool = sqlx::query_scalar(is_null)
        .fetch_one(&mut fixture.session().await)
        .await
        .unwrap();
    assert!(is_null);
}

const POSTGRESQL_GUIDE: &str = include_str!("../../../docs/guide/postgresql.md");
const SHARING_GUIDE: &str = include_str!("../../../docs/guide/sharing.md");

async fn the_guide_names_every_table(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'";
    let tables: Vec<String> = sqlx::query_scalar(tables)
        .fetch_all(&mut fixture.session().await)
        .await
        .unwrap();
    assert!(tables.len() >= 8, "{tables:?}");
    let title = format!("## Tables of the layout `{layout}`\n");
    let (_, section) = POSTGRESQL_GUIDE.split_once(&title).unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    for table in tables {
        let name = format!("`{table}`");
        assert!(section.contains(&name), "{title} does not name {name}");
        if layout == Layout::Original && table.starts_with("eventstore_") {
            assert!(
                SHARING_GUIDE.contains(&name),
                "the guide to sharing does not name {name}"
            );
        }
    }
}

/// The server then writes even `"bytea"`: what is in a catalogue is compared by its oid.
async fn a_server_that_quotes_every_name_changes_nothing(layout: Layout) {
    for data_type in [DataType::Bytea, DataType::Jsonb] {
        let (database, config) = empty().await;
        let name = database.url().rsplit('/').next().unwrap();
        let quote = format!("ALTER DATABASE \"{name}\" SET quote_all_identifiers = on");
        let mut session = PgConnection::connect(database.url()).await.unwrap();
        session.execute(sqlx::AssertSqlSafe(quote)).await.unwrap();
        session.close().await.unwrap();

        let config = config.with_schema(schema("Shop \"7\""));
        assert_eq!(
            PostgresAdmin::new(config.clone())
                .initialize(layout, data_type)
                .await
                .unwrap(),
            Creation::Created
        );
        assert_eq!(
            PostgresAdmin::new(config.clone())
                .initialize(layout, data_type)
                .await
                .unwrap(),
            Creation::AlreadyExisted
        );
        assert_eq!(PostgresAdmin::new(config.clone()).migrate().await.unwrap(), []);
        PostgresAdmin::new(config.clone())
            .create_index(EventIndex::Correlation)
            .await
            .unwrap();
        let store = PostgresStore::connect(config.clone()).await.unwrap();
        store
            .append(support::append("s", ExpectedVersion::NoStream, 2))
            .await
            .unwrap();
        assert_eq!(store.verify().await.unwrap(), []);
        assert!(store.health().await.unwrap().is_good());
        PostgresAdmin::new(config.clone())
            .migrate_to_compact(|_| {})
            .await
            .unwrap();
        let store = PostgresStore::connect(config.clone()).await.unwrap();
        assert_eq!(store.verify().await.unwrap(), []);
        PostgresAdmin::new(config.clone()).reset().await.unwrap();
        PostgresAdmin::new(config.clone()).drop().await.unwrap();
    }
}

async fn a_stream_cannot_be_renamed(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
    for statement in [
        "UPDATE streams SET stream_uuid = 't' WHERE stream_uuid = 's'",
        "UPDATE streams SET stream_id = 7 WHERE stream_uuid = 's'",
    ] {
        assert_eq!(sqlstate_of(&fixture, statement).await, "P0001", "{statement}");
    }
    fixture.append("s", ExpectedVersion::Exact(1.into()), 1).await.unwrap();
}
