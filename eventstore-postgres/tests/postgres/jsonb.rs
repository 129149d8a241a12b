//! What only stores with `jsonb` columns do.

use std::num::NonZeroUsize;

use bytes::Bytes;
use eventstore_core::{
    Append, AppendSet, Error, EventReaderExt, EventType, EventWriter, ExpectedVersion, NewEvent, Read, RecordedEvent,
    Snapshot, SnapshotPolicy, SnapshotStore, StreamName,
};
use eventstore_postgres::{Creation, DataType, Layout, PostgresAdmin, PostgresConfig, PostgresStore};
use eventstore_testkit::TestDatabase;
use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::support::{Fixture, event, in_both_layouts};

in_both_layouts! {
    a_store_is_made_and_found_with_its_type,
    a_store_of_another_type_is_refused,
    payloads_are_read_as_the_server_writes_them,
    numbers_keep_every_digit,
    missing_metadata_is_sql_null,
    data_can_be_the_json_null,
    a_refused_payload_is_named_with_its_event,
    a_refused_payload_is_named_although_the_version_is_wrong_too,
    a_refused_payload_of_a_set_is_named_with_its_event,
    a_refused_payload_leaves_the_transaction_of_the_caller_usable,
    a_refused_payload_is_told_of_where_the_server_says_no_more,
    a_payload_beyond_the_limits_of_the_server_is_named,
    a_version_beyond_the_highest_one_is_not_taken_for_a_payload,
}

async fn fixture(layout: Layout) -> Fixture {
    Fixture::of_kind(layout, DataType::Jsonb).await
}

fn name(stream: &str) -> StreamName {
    StreamName::new(stream).unwrap()
}

fn event_of(data: impl Into<Bytes>) -> NewEvent {
    event().with_data(data)
}

fn append(stream: &str, events: Vec<NewEvent>) -> Append {
    Append::new(name(stream), ExpectedVersion::Any, events).unwrap()
}

async fn read(fixture: &Fixture, stream: &str) -> Vec<RecordedEvent> {
    let events = fixture.store.read(Read::new(name(stream)));
    events.try_collect().await.unwrap()
}

async fn count(fixture: &Fixture, what: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {what}")))
        .fetch_one(&mut fixture.session().await)
        .await
        .unwrap()
}

/// Nothing was stored: no event, no stream, no position.
async fn assert_empty(fixture: &Fixture) {
    assert_eq!(count(fixture, "events").await, 0);
    assert_eq!(
        count(fixture, "streams WHERE stream_id > 0 OR stream_version > 0").await,
        0
    );
}

/// Behaviours: R12.10.
async fn a_store_is_made_and_found_with_its_type(layout: Layout) {
    let fixture = fixture(layout).await;
    assert_eq!(
        (fixture.store.layout(), fixture.store.data_type()),
        (layout, DataType::Jsonb)
    );
    let again = PostgresAdmin::new(fixture.config.clone())
        .initialize(layout, DataType::Jsonb)
        .await;
    assert_eq!(again.unwrap(), Creation::AlreadyExisted);
    assert_eq!(count(&fixture, "eventstore_schema WHERE data_type = 'jsonb'").await, 1);
}

/// Behaviours: R12.10.
async fn a_store_of_another_type_is_refused(layout: Layout) {
    for (found, wanted) in [(DataType::Bytea, DataType::Jsonb), (DataType::Jsonb, DataType::Bytea)] {
        let database = TestDatabase::create().await;
        let config = PostgresConfig::from_url(database.url()).unwrap();
        PostgresAdmin::new(config.clone())
            .initialize(layout, found)
            .await
            .unwrap();
        let answer = PostgresAdmin::new(config.clone()).initialize(layout, wanted).await;
        let names = |reason: &str| reason.contains(&found.to_string());
        assert!(
            matches!(&answer, Err(Error::InvalidInput { argument: "data_type", reason }) if names(reason)),
            "{answer:?}"
        );
        let store = PostgresStore::connect(config).await.unwrap();
        assert_eq!(store.data_type(), found);
    }
}

async fn payloads_are_read_as_the_server_writes_them(layout: Layout) {
    let fixture = fixture(layout).await;
    let given = r#" { "b" :[1,2],"a":1.10, "b":{"é":"\u00e9"} } "#;
    let normal = r#"{"a": 1.10, "b": {"é": "é"}}"#;
    let event = event_of(given).with_metadata(given);
    fixture.store.append(append("s", vec![event])).await.unwrap();
    let stored = &read(&fixture, "s").await[0];
    assert_eq!(
        (&stored.data, stored.metadata.as_deref()),
        (&Bytes::from(normal), Some(normal.as_bytes()))
    );

    let snapshot = snapshot(given, Some(given));
    let policy = SnapshotPolicy::KeepNewest;
    fixture.store.record_snapshot(snapshot.clone(), policy).await.unwrap();
    let recorded = fixture
        .store
        .read_snapshot(&snapshot.source)
        .await
        .unwrap()
        .unwrap()
        .snapshot;
    assert_eq!(
        (&recorded.data, recorded.metadata.as_deref()),
        (&Bytes::from(normal), Some(normal.as_bytes()))
    );
    assert_eq!(count(&fixture, r#"events WHERE data @> '{"b": {"é": "é"}}'"#).await, 1);
}

fn snapshot(data: &'static str, metadata: Option<&'static str>) -> Snapshot {
    Snapshot {
        source: name("s"),
        version: 1.into(),
        snapshot_type: EventType::new("State").unwrap(),
        data: data.into(),
        metadata: metadata.map(Bytes::from),
    }
}

async fn numbers_keep_every_digit(layout: Layout) {
    let fixture = fixture(layout).await;
    let numbers = "[123456789012345678901234567890, 0.1000000000000000000000000001, -9007199254740993]";
    fixture
        .store
        .append(append("s", vec![event_of(numbers)]))
        .await
        .unwrap();
    assert_eq!(read(&fixture, "s").await[0].data, numbers);
}

/// Behaviours: R14.4, T30.
async fn missing_metadata_is_sql_null(layout: Layout) {
    let fixture = fixture(layout).await;
    let events = vec![event(), event().with_metadata("{}")];
    fixture.store.append(append("s", events)).await.unwrap();
    let policy = SnapshotPolicy::KeepNewest;
    fixture
        .store
        .record_snapshot(snapshot("{}", None), policy)
        .await
        .unwrap();
    let stored = read(&fixture, "s").await;
    assert_eq!(
        (&stored[0].metadata, stored[1].metadata.as_deref()),
        (&None, Some(&b"{}"[..]))
    );
    assert_eq!(count(&fixture, "events WHERE metadata IS NULL").await, 1);
    assert_eq!(count(&fixture, "snapshots WHERE metadata IS NULL").await, 1);
    let recorded = fixture.store.read_snapshot(&name("s")).await.unwrap().unwrap();
    assert_eq!(recorded.snapshot.metadata, None);
}

async fn data_can_be_the_json_null(layout: Layout) {
    let fixture = fixture(layout).await;
    fixture.store.append(append("s", vec![event_of("null")])).await.unwrap();
    assert_eq!(read(&fixture, "s").await[0].data, "null");
}

/// The three ways in which bytes are no value of the type, and what the server says to each.
const REFUSED: [(&[u8], &str); 4] = [
    (br#""\ud800""#, "Unicode low surrogate must follow a high surrogate"),
    (b"secret words", "invalid input syntax for type json"),
    (b"\"\xff\"", "invalid byte sequence"),
    (
        br#""\u0000""#,
        r"unsupported Unicode escape sequence: \u0000 cannot be converted to text",
    ),
];

fn assert_names(error: Option<Error>, argument: &str, event: &NewEvent, says: &str) {
    match error {
        Some(Error::InvalidInput {
            argument: named,
            reason,
        }) => {
            assert_eq!(named, argument);
            assert!(reason.contains(&event.id.to_string()), "{reason}");
            assert!(reason.contains(says) && !reason.contains("secret"), "{reason}");
        }
        other => panic!("expected a refusal of {argument}, not {other:?}"),
    }
}

/// Behaviours: T56.
async fn a_refused_payload_is_named_with_its_event(layout: Layout) {
    let fixture = fixture(layout).await;
    let config = fixture.config.clone().with_pool_size(NonZeroUsize::MIN);
    let store = PostgresStore::connect(config).await.unwrap();
    for (bytes, says) in REFUSED {
        for index in [0, 1, 98, 99] {
            let mut events: Vec<_> = (0..100).map(|_| event().with_metadata("{}")).collect();
            events[index].data = Bytes::from_static(bytes);
            let refused = store.append(append("s", events.clone())).await.err();
            assert_names(refused, "data", &events[index], says);

            events[index].data = "{}".into();
            events[index].metadata = Some(Bytes::from_static(bytes));
            let refused = store.append(append("s", events.clone())).await.err();
            assert_names(refused, "metadata", &events[index], says);
        }
    }
    assert_empty(&fixture).await;
    store.append(append("s", vec![event()])).await.unwrap();
}

async fn a_refused_payload_is_named_although_the_version_is_wrong_too(layout: Layout) {
    let fixture = fixture(layout).await;
    let bad = event_of("{");
    let append = Append::new(name("s"), ExpectedVersion::StreamExists, vec![bad.clone()]).unwrap();
    let refused = fixture.store.append(append).await.err();
    assert_names(refused, "data", &bad, "json");
    assert_empty(&fixture).await;
}

async fn a_refused_payload_of_a_set_is_named_with_its_event(layout: Layout) {
    let fixture = fixture(layout).await;
    let config = fixture.config.clone().with_pool_size(NonZeroUsize::MIN);
    let store = PostgresStore::connect(config).await.unwrap();
    for (bytes, says) in REFUSED {
        let (bad, worse) = (event_of(bytes), event_of("{").with_metadata("{"));
        let appends = vec![
            append("a", vec![event(), event()]),
            append("b", vec![event(), bad.clone()]),
            append("c", vec![worse]),
        ];
        let refused = store.append_set(AppendSet::new(appends).unwrap()).await.err();
        assert_names(refused, "data", &bad, says);
    }
    assert_empty(&fixture).await;
    store.append(append("s", vec![event()])).await.unwrap();
}

async fn a_refused_payload_leaves_the_transaction_of_the_caller_usable(layout: Layout) {
    let fixture = fixture(layout).await;
    let bad = event_of("{").with_metadata("{}");
    let mut session = fixture.session().await;
    let mut transaction = session.begin().await.unwrap();
    let store = fixture.store.on(&mut transaction);
    store.append(append("s", vec![event()])).await.unwrap();
    let refused = store.append(append("s", vec![event(), bad.clone()])).await.err();
    assert_names(refused, "data", &bad, "json");
    let set = vec![append("t", vec![event()]), append("s", vec![bad.clone()])];
    let refused = store.append_set(AppendSet::new(set).unwrap()).await.err();
    assert_names(refused, "data", &bad, "json");
    let policy = SnapshotPolicy::KeepNewest;
    let refused = store.record_snapshot(snapshot("{}", Some("}")), policy).await;
    assert!(
        matches!(
            refused,
            Err(Error::InvalidInput {
                argument: "metadata",
                ..
            })
        ),
        "{refused:?}"
    );
    store.append(append("s", vec![event()])).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(read(&fixture, "s").await.len(), 2);
    assert_eq!(count(&fixture, "streams WHERE stream_uuid = 't'").await, 0);
}

/// In a transaction that fails with the first statement, because the driver does not know of it.
async fn a_refused_payload_is_told_of_where_the_server_says_no_more(layout: Layout) {
    let fixture = fixture(layout).await;
    let mut session = fixture.session().await;
    session.execute("BEGIN").await.unwrap();
    let refused = fixture
        .store
        .on(&mut session)
        .append(append("s", vec![event_of("{")]))
        .await;
    assert!(
        matches!(&refused, Err(Error::InvalidInput { argument: "payload", reason }) if reason.contains("json")),
        "{refused:?}"
    );
    session.execute("ROLLBACK").await.unwrap();
    assert_empty(&fixture).await;
}

async fn a_payload_beyond_the_limits_of_the_server_is_named(layout: Layout) {
    let fixture = fixture(layout).await;
    let (huge, deep) = ("1e131073".to_owned(), "[".repeat(200_000));
    let (digits, nested) = (
        "more digits than the server can keep",
        "nested deeper than the server can follow",
    );
    for (data, says) in [(huge, digits), (deep, nested)] {
        let bad = event_of(data);
        let refused = fixture
            .store
            .append(append("s", vec![event(), bad.clone()]))
            .await
            .err();
        assert_names(refused, "data", &bad, says);
    }
    assert_empty(&fixture).await;
}

async fn a_version_beyond_the_highest_one_is_not_taken_for_a_payload(layout: Layout) {
    let fixture = fixture(layout).await;
    fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
    let mut session = PgConnection::connect(fixture.database.url()).await.unwrap();
    sqlx::query("UPDATE streams SET stream_version = 9223372036854775807 WHERE stream_uuid = 's'")
        .execute(&mut session)
        .await
        .unwrap();
    let answer = fixture.append("s", ExpectedVersion::Any, 1).await;
    assert!(
        matches!(
            answer,
            Err(Error::InvalidInput {
                argument: "version",
                ..
            })
        ),
        "{answer:?}"
    );
}

/// In such a database every text that is not plain ASCII would be refused when it is appended.
#[tokio::test]
async fn json_in_a_database_of_another_encoding_is_refused_from_the_beginning() {
    let database = TestDatabase::create().await;
    for encoding in ["SQL_ASCII", "LATIN1"] {
        let url = format!("{}_{encoding}", database.url());
        let name = url.rsplit('/').next().unwrap();
        let create = format!("CREATE DATABASE \"{name}\" ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0");
        let mut session = PgConnection::connect(database.url()).await.unwrap();
        session.execute(AssertSqlSafe(create)).await.unwrap();
        let config = PostgresConfig::from_url(&url).unwrap();
        for layout in [Layout::Compact, Layout::Original] {
            let refused = PostgresAdmin::new(config.clone())
                .initialize(layout, DataType::Jsonb)
                .await;
            assert!(
                matches!(&refused, Err(Error::InvalidInput { argument: "data_type", reason }) if reason.contains(encoding)),
                "{refused:?}"
            );
        }
        assert_eq!(
            PostgresAdmin::new(config.clone())
                .initialize(Layout::Compact, DataType::Bytea)
                .await
                .unwrap(),
            Creation::Created
        );
        let drop = format!("DROP DATABASE \"{name}\" WITH (FORCE)");
        session.execute(AssertSqlSafe(drop)).await.unwrap();
    }
}
