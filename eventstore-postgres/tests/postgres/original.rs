//! What only the `original` layout has: another library works on the same tables.

use eventstore_core::backend::{NumberedEvent, SubscriptionLocks, SubscriptionStore};
use eventstore_core::{
    Append, Direction, Error, EventWriter, ExpectedVersion, HolderPolicy, ParkedEventStore, Read, StreamName,
    StreamSelector, SubscriptionAdmin, SubscriptionId, SubscriptionKey, SubscriptionName,
};
use eventstore_postgres::{Creation, DataType, FindingKind, Layout, PostgresAdmin, PostgresStore};
use sqlx::{AssertSqlSafe, Executor};

use crate::support::{Fixture, append, event, with_both_types};

with_both_types! {
    a_store_that_the_other_library_made_works_as_it_stands,
    missing_metadata_is_what_the_other_library_writes_and_both_forms_are_read_as_none,
}

async fn fixture() -> Fixture {
    Fixture::of(Layout::Original).await
}

async fn execute(fixture: &Fixture, statements: &str) {
    let statements = AssertSqlSafe(statements.to_owned());
    fixture.session().await.execute(statements).await.unwrap();
}

fn stream(name: &str) -> Read {
    Read::new(StreamName::new(name).unwrap())
}

/// What `initialize` makes beyond the other library's tables.
const WITHOUT_ADDITIONS: &str =
    "DROP TABLE eventstore_schema, eventstore_parked_events, eventstore_subscription_streams, eventstore_subscription_statuses,
        eventstore_groups, eventstore_group_members, eventstore_group_partitions, eventstore_projections,
        eventstore_projection_builds;
    ALTER TABLE subscriptions DROP COLUMN lease_epoch;
    DROP FUNCTION event_store_truncate CASCADE";

async fn a_store_that_the_other_library_made_works_as_it_stands(data_type: DataType) {
    let fixture = Fixture::of_kind(Layout::Original, data_type).await;
    execute(&fixture, WITHOUT_ADDITIONS).await;
    let store = PostgresStore::connect(fixture.config.clone()).await.unwrap();
    assert_eq!((store.layout(), store.data_type()), (Layout::Original, data_type));
    let append = append("s", ExpectedVersion::NoStream, 2);
    store.append(append).await.unwrap();
    assert_eq!(fixture.read(stream("s")).await.len(), 2);

    let (key, id) = subscription(&store).await;
    let lease = store.try_acquire(&key, 0.into()).await.unwrap().unwrap().lease;
    store.save_checkpoint(lease.token(), 1.into()).await.unwrap();
    let listed = store.list_subscriptions().await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].record.id, listed[0].record.checkpoint), (id, 1.into()));
    assert_eq!(store.verify().await.unwrap(), []);
    store.save_checkpoint(lease.token(), 9.into()).await.unwrap();
    lease.release().await;
    let kinds = store.verify().await.unwrap().into_iter().map(|finding| finding.kind);
    assert_eq!(kinds.collect::<Vec<_>>(), [FindingKind::CheckpointBeyondHead]);
    let parked = store.list_parked(id, 0.into(), 1).await;
    assert!(matches!(&parked, Err(Error::NotInitialized { .. })), "{parked:?}");
    store.delete_subscription(&key, HolderPolicy::Respect).await.unwrap();
}

/// The tables of the other library stay as they are.
#[tokio::test]
async fn what_is_missing_of_our_own_is_added_to_a_store_that_the_other_library_made() {
    let fixture = fixture().await;
    execute(&fixture, WITHOUT_ADDITIONS).await;
    for _ in 0..2 {
        let creation = PostgresAdmin::new(fixture.config.clone())
            .initialize(Layout::Original, DataType::Bytea)
            .await;
        assert_eq!(creation.unwrap(), Creation::AlreadyExisted);
    }
    let recorded: Vec<String> = sqlx::query_scalar("SELECT layout FROM eventstore_schema")
        .fetch_all(&mut fixture.session().await)
        .await
        .unwrap();
    assert_eq!(recorded, ["original"]);
    let store = PostgresStore::connect(fixture.config.clone()).await.unwrap();
    let (key, id) = subscription(&store).await;
    assert_eq!(store.list_parked(id, 0.into(), 1).await.unwrap(), []);
    store.delete_subscription(&key, HolderPolicy::Respect).await.unwrap();
}

async fn subscription(store: &PostgresStore) -> (SubscriptionKey, SubscriptionId) {
    let key = SubscriptionKey {
        selector: StreamSelector::All,
        name: SubscriptionName::new("x").unwrap(),
    };
    let record = store.find_or_create_subscription(&key, 0.into()).await.unwrap();
    (key, record.id)
}

#[tokio::test]
async fn a_store_of_another_layout_is_refused() {
    for (found, wanted) in [(Layout::Compact, Layout::Original), (Layout::Original, Layout::Compact)] {
        let fixture = Fixture::of(found).await;
        let answer = PostgresAdmin::new(fixture.config.clone())
            .initialize(wanted, DataType::Bytea)
            .await;
        let names = |reason: &str| reason.contains(&found.to_string());
        assert!(
            matches!(&answer, Err(Error::InvalidInput { argument: "layout", reason }) if names(reason)),
            "{answer:?}"
        );
    }
}

/// Behaviours: R11.11, T42.
#[tokio::test]
async fn a_store_that_this_version_cannot_work_on_is_refused_with_the_remedy() {
    let earlier = "UPDATE schema_migrations SET minor_version = 3, patch_version = 0";
    let later = "INSERT INTO schema_migrations VALUES (1, 10, 0)";
    let text = "ALTER TABLE events ALTER data TYPE text USING '', ALTER metadata TYPE text USING ''";
    for (change, named) in [
        (earlier, ["1.3.0", "migrate it first"]),
        (later, ["1.10.0", "a later version of this library"]),
        ("TRUNCATE schema_migrations", ["history", "empty"]),
        (text, ["text", "does not read"]),
    ] {
        for is_others in [false, true] {
            let fixture = fixture().await;
            execute(&fixture, if is_others { WITHOUT_ADDITIONS } else { "" }).await;
            execute(&fixture, change).await;
            let connected = PostgresStore::connect(fixture.config.clone()).await.map(|_| ());
            let initialized = PostgresAdmin::new(fixture.config.clone())
                .initialize(Layout::Original, DataType::Bytea)
                .await;
            for answer in [connected, initialized.map(|_| ())] {
                assert!(
                    matches!(&answer, Err(Error::NotInitialized { message }) if named.iter().all(|name| message.contains(name))),
                    "{change}: {answer:?}"
                );
            }
        }
    }
}

#[tokio::test]
async fn an_earlier_migration_beside_the_last_one_does_no_harm() {
    let fixture = fixture().await;
    execute(&fixture, "INSERT INTO schema_migrations VALUES (1, 3, 0), (0, 17, 0)").await;
    PostgresStore::connect(fixture.config.clone()).await.unwrap();
}

/// Behaviours: T41.
#[tokio::test]
async fn migrations_of_another_application_are_refused_and_left_alone() {
    let database = eventstore_testkit::TestDatabase::create().await;
    let config = eventstore_postgres::PostgresConfig::from_url(database.url()).unwrap();
    let mut session = <sqlx::PgConnection as sqlx::Connection>::connect(database.url())
        .await
        .unwrap();
    session
        .execute("CREATE TABLE schema_migrations (version bigint)")
        .await
        .unwrap();
    let answer = PostgresAdmin::new(config.clone())
        .initialize(Layout::Original, DataType::Bytea)
        .await;
    assert!(
        matches!(&answer, Err(Error::NotInitialized { message }) if message.contains("schema_migrations")),
        "{answer:?}"
    );
    PostgresAdmin::new(config.clone())
        .initialize(Layout::Compact, DataType::Bytea)
        .await
        .unwrap();
}

/// Behaviours: R14.4, T30.
async fn missing_metadata_is_what_the_other_library_writes_and_both_forms_are_read_as_none(data_type: DataType) {
    let fixture = Fixture::of_kind(Layout::Original, data_type).await;
    let some = event().with_metadata("{}");
    let append = Append::new(
        StreamName::new("s").unwrap(),
        ExpectedVersion::NoStream,
        vec![event(), some],
    )
    .unwrap();
    fixture.store.append(append).await.unwrap();
    let (none, other_none) = match data_type {
        DataType::Jsonb => (None, "'null'"),
        _ => (Some("null"), "NULL"),
    };
    assert_eq!(
        stored_metadata(&fixture).await,
        [none, Some("{}")].map(|text| text.map(str::to_owned))
    );

    let other_none = format!(
        "SET session_replication_role = 'replica'; UPDATE events SET metadata = {other_none} WHERE metadata = '{{}}'"
    );
    for (change, last) in [("", Some("{}".into())), (&*other_none, None)] {
        execute(&fixture, change).await;
        for read_as in [stream("s"), Read::all()] {
            for read_as in [read_as.clone(), read_as.with_direction(Direction::Backward)] {
                let mut events = fixture.read(read_as).await;
                events.sort_by_key(|event| event.stream_version);
                let metadata: Vec<_> = events.into_iter().map(|event| event.event.metadata).collect();
                assert_eq!(metadata, [None, last.clone()]);
            }
        }
    }
}

/// The metadata of the events of the first stream, as text.
async fn stored_metadata(fixture: &Fixture) -> Vec<Option<String>> {
    let text = match fixture.store.data_type() {
        DataType::Jsonb => "metadata::text",
        _ => "convert_from(metadata, 'UTF8')",
    };
    let select = format!(
        "SELECT {text} FROM events JOIN stream_events USING (event_id) WHERE stream_id = 1 ORDER BY stream_version"
    );
    sqlx::query_scalar(AssertSqlSafe(select))
        .fetch_all(&mut fixture.session().await)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_linked_event_is_read_with_its_place_and_its_origin() {
    let fixture = fixture().await;
    fixture.append("a", ExpectedVersion::NoStream, 2).await.unwrap();
    fixture.append("links", ExpectedVersion::NoStream, 1).await.unwrap();
    let link = "INSERT INTO stream_events SELECT event_id, 2, 2, 1, 1 FROM stream_events
            WHERE stream_id = 1 AND stream_version = 1;
        UPDATE streams SET stream_version = 2 WHERE stream_id = 2";
    execute(&fixture, link).await;
    let source = fixture.read(stream("a")).await;
    let links = StreamName::new("links").unwrap();
    let expected = NumberedEvent::new(&links.into(), 2.into(), source[0].event.clone());
    for (read_as, order) in [
        (stream("links"), [1, 2]),
        (stream("links").with_direction(Direction::Backward), [2, 1]),
    ] {
        let events = fixture.read(read_as).await;
        let numbers: Vec<_> = events.iter().map(|event| event.number.get()).collect();
        assert_eq!(numbers, order);
        let linked = events.iter().find(|event| event.number.get() == 2).unwrap();
        assert_eq!(linked, &expected);
        let own = events.iter().find(|event| event.number.get() == 1).unwrap();
        assert_eq!((own.stream.as_str(), own.stream_version.get()), ("links", 1));
    }
    assert_eq!(fixture.read(Read::all()).await.len(), 3);
    assert_eq!(fixture.store.verify().await.unwrap(), []);
}

/// Behaviours: R4.17, R4.18, T54.
#[tokio::test]
async fn places_of_events_are_protected_with_the_messages_of_the_other_library() {
    let fixture = fixture().await;
    fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
    for (statement, message) in [
        ("UPDATE events SET event_type = 'x'", "EventStore: Cannot update events"),
        ("DELETE FROM events", "EventStore: Cannot delete events"),
        (
            "UPDATE stream_events SET stream_version = 7",
            "EventStore: Cannot update stream events",
        ),
        ("DELETE FROM stream_events", "EventStore: Cannot delete stream events"),
        ("TRUNCATE stream_events", "EventStore: Cannot truncate stream events"),
        ("DELETE FROM streams", "EventStore: Cannot delete streams"),
    ] {
        let error = fixture.session().await.execute(statement).await.unwrap_err();
        assert_eq!(error.as_database_error().unwrap().message(), message);
    }
}

/// Behaviours: R4.22.
#[tokio::test]
async fn the_reset_of_the_other_library_empties_the_store() {
    let fixture = fixture().await;
    fixture.append("s", ExpectedVersion::NoStream, 3).await.unwrap();
    let reset = "BEGIN; SET LOCAL eventstore.reset TO 'on';
        TRUNCATE TABLE snapshots, subscriptions, stream_events, streams, events RESTART IDENTITY;
        INSERT INTO streams (stream_id, stream_uuid, stream_version) VALUES (0, '$all', 0); COMMIT";
    execute(&fixture, reset).await;
    let receipt = fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
    assert_eq!(receipt.last_position.get(), 1);
}

/// An append of the other library: one stream row, then that of `$all`, foreign keys checked at the end.
#[tokio::test]
async fn appends_of_both_libraries_at_once_leave_no_gap() {
    let fixture = fixture().await;
    fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
    let others = "WITH stream AS (
            UPDATE streams SET stream_version = stream_version + 1 WHERE stream_uuid = 's'
            RETURNING stream_id, stream_version
        ),
        event AS (
            INSERT INTO events (event_id, event_type, data) VALUES (gen_random_uuid(), 'Happened', '{}')
            RETURNING event_id
        ),
        placed AS (
            INSERT INTO stream_events
            SELECT event_id, stream_id, stream_version, stream_id, stream_version FROM event, stream
        ),
        head AS (
            UPDATE streams SET stream_version = stream_version + 1 WHERE stream_id = 0 RETURNING stream_version
        )
        INSERT INTO stream_events
        SELECT event_id, 0, head.stream_version, stream_id, stream.stream_version FROM event, stream, head";
    let other = async {
        let mut session = fixture.session().await;
        for _ in 0..50 {
            session.execute(others).await.unwrap();
        }
    };
    let ours = async {
        for _ in 0..50 {
            fixture.append("s", ExpectedVersion::StreamExists, 1).await.unwrap();
        }
    };
    tokio::join!(other, ours);
    assert_eq!(fixture.read(Read::all()).await.len(), 101);
    assert_eq!(fixture.store.verify().await.unwrap(), []);
}
