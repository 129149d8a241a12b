//! A store that the other library wrote: what is known to stand in it is what this library finds.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::sync::Arc;

use crate::support::Fixture;
use eventstore_core::{
    Error, EventReaderExt, ExpectedVersion, Read, RecordedEvent, StreamDirectory, StreamName, StreamSelector,
    SubscriptionName,
};
use eventstore_postgres::{FindingKind, Layout, PostgresStore, Severity};
use eventstore_subscriptions::{StartFrom, Subscribe, Subscriptions};
use flate2::read::GzDecoder;
use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, Executor, PgConnection};

const DUMP: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../eventstore-testkit/data/original-bytea.sql.gz"
);

/// What an empty store has of its own, and the dump has too.
const MAKE_ROOM: &str = "BEGIN; SET LOCAL eventstore.reset = 'on'; TRUNCATE streams, schema_migrations CASCADE; COMMIT";

async fn loaded() -> Fixture {
    let fixture = Fixture::of(Layout::Original).await;
    let mut session = fixture.session().await;
    session.execute(MAKE_ROOM).await.unwrap();
    let mut lines = BufReader::new(GzDecoder::new(File::open(DUMP).unwrap()))
        .lines()
        .map(Result::unwrap);
    while let Some(line) = lines.next() {
        if line.starts_with("COPY ") {
            let rows: String = lines
                .by_ref()
                .take_while(|row| row != "\\.")
                .map(|row| row + "\n")
                .collect();
            copy(&mut session, &line, &rows).await;
        } else if line.starts_with("SELECT pg_catalog.setval") {
            session.execute(AssertSqlSafe(line)).await.unwrap();
        }
    }
    Fixture {
        store: PostgresStore::connect(fixture.config.clone()).await.unwrap(),
        ..fixture
    }
}

async fn copy(session: &mut PgConnection, statement: &str, rows: &str) {
    let mut copying = session.copy_in_raw(statement.trim_end_matches(';')).await.unwrap();
    copying.send(rows.as_bytes()).await.unwrap();
    copying.finish().await.unwrap();
}

async fn read(fixture: &Fixture, read: Read) -> Vec<RecordedEvent> {
    fixture.store.events(read).try_collect().await.unwrap()
}

fn name(name: &str) -> StreamName {
    StreamName::new(name).unwrap()
}

fn numbers(events: &[RecordedEvent]) -> Vec<u64> {
    events.iter().map(|event| event.event_number.get()).collect()
}

#[tokio::test]
async fn all_streams_are_read_with_their_gap() {
    let fixture = loaded().await;
    let info = fixture.store.stream_info(&StreamSelector::All).await.unwrap();
    assert_eq!(info.version.get(), 7156);
    let events = read(&fixture, Read::all()).await;
    let expected: Vec<_> = (1..=7140).chain(7148..=7156).collect();
    assert_eq!(numbers(&events), expected);
    let backward = read(&fixture, Read::all().backward()).await;
    assert!(backward.iter().eq(events.iter().rev()));

    let count = |has: fn(&RecordedEvent) -> bool| events.iter().filter(|event| has(event)).count();
    assert_eq!(count(|event| event.correlation_id.is_some()), 2982);
    assert_eq!(count(|event| event.causation_id.is_some()), 1197);
    assert_eq!(count(|event| event.metadata.is_none()), 1978);
    assert_eq!(
        count(|event| serde_json::from_slice::<serde_json::Value>(&event.data).is_err()),
        0
    );

    let mut types: HashMap<&str, usize> = HashMap::new();
    for event in &events {
        *types.entry(event.event_type.as_str()).or_default() += 1;
    }
    let expected = [
        ("Elixir.Package.StatusChanged", 4276),
        ("Elixir.Package.ActionStarted", 1624),
        ("Elixir.Package.Inventory", 1211),
        ("Elixir.Package.TriggerProcessed", 38),
    ];
    assert_eq!(types, expected.into_iter().collect());
}

#[tokio::test]
async fn each_stream_is_read_like_its_part_of_all_streams() {
    let fixture = loaded().await;
    let mut by_stream: HashMap<StreamName, Vec<RecordedEvent>> = HashMap::new();
    for event in read(&fixture, Read::all()).await {
        by_stream.entry(event.stream.clone()).or_default().push(event);
    }
    let packages = by_stream
        .keys()
        .filter(|name| name.as_str().starts_with("package-"))
        .count();
    // Beside these there are `$all` and `even-inventory`, which has no event of its own.
    assert_eq!((by_stream.len(), packages), (830, 825));
    assert_eq!(
        by_stream.remove(&name("soft-deleted")).map(|events| events.len()),
        Some(4)
    );
    for (stream, mut expected) in by_stream {
        for event in &mut expected {
            event.event_number = event.stream_version.into();
        }
        assert_eq!(read(&fixture, Read::stream(stream.clone())).await, expected, "{stream}");
    }
}

#[tokio::test]
async fn the_corners_are_as_they_were_left() {
    let fixture = loaded().await;
    for (stream, versions) in [
        ("inventory,eu-west,1", 1200),
        ("Größe/配列 %_ 🇪🇺", 2),
        ("after-hard-delete", 3),
        ("hard-deleted", 2),
    ] {
        let events = read(&fixture, Read::stream(name(stream))).await;
        assert_eq!(numbers(&events), (1..=versions).collect::<Vec<_>>(), "{stream}");
    }
    let deleted = fixture
        .store
        .events(Read::stream(name("soft-deleted")))
        .try_next()
        .await;
    assert!(matches!(deleted, Err(Error::StreamDeleted { .. })), "{deleted:?}");

    let links = read(&fixture, Read::stream(name("even-inventory"))).await;
    let origins: Vec<_> = links
        .iter()
        .map(|event| (event.stream.as_str(), event.stream_version.get()))
        .collect();
    let mut expected: Vec<_> = [2, 4, 6, 8, 10].map(|version| ("inventory,eu-west,1", version)).into();
    expected.push(("soft-deleted", 1));
    assert_eq!(origins, expected);
    assert_eq!(numbers(&links), [1, 2, 3, 4, 5, 6]);
}

#[tokio::test]
async fn subscriptions_go_on_where_the_other_library_left_them() {
    let fixture = loaded().await;
    let all = (StreamSelector::All, "projector", 58);
    let single = (name("inventory,eu-west,1").into(), "single", 1011);
    for (selector, subscription, next) in [all, single] {
        let request =
            Subscribe::new(SubscriptionName::new(subscription).unwrap(), selector).start_from(StartFrom::Origin);
        let mut subscription = Subscriptions::new(Arc::new(fixture.store.clone())).subscribe(request);
        let batch = subscription.next().await.unwrap().unwrap();
        assert_eq!(batch[0].event_number.get(), next);
        subscription.ack(&batch[0]).await.unwrap();
        subscription.stop().await;
    }
    let stored: Vec<i64> = sqlx::query_scalar("SELECT last_seen FROM subscriptions ORDER BY subscription_id")
        .fetch_all(&mut fixture.session().await)
        .await
        .unwrap();
    assert_eq!(stored, [58, 1011]);
}

#[tokio::test]
async fn nothing_is_found_wrong_and_appends_go_on() {
    let fixture = loaded().await;
    let findings = fixture.store.verify().await.unwrap();
    let found: Vec<_> = findings
        .iter()
        .map(|finding| (finding.kind, finding.severity, &*finding.location))
        .collect();
    assert_eq!(
        found,
        [(FindingKind::PositionGap, Severity::Notice, "positions 7141 to 7147")]
    );

    for (stream, expected, version, position) in [
        ("inventory,eu-west,1", ExpectedVersion::Exact(1200.into()), 1201, 7157),
        ("Größe/配列 %_ 🇪🇺", ExpectedVersion::StreamExists, 3, 7158),
        ("even-inventory", ExpectedVersion::Any, 7, 7159),
        ("new", ExpectedVersion::NoStream, 1, 7160),
    ] {
        let receipt = fixture.append(stream, expected, 1).await.unwrap();
        assert_eq!(
            (receipt.last_version.get(), receipt.last_position.get()),
            (version, position)
        );
    }
    let refused = fixture.append("soft-deleted", ExpectedVersion::Any, 1).await;
    assert!(matches!(refused, Err(Error::StreamDeleted { .. })), "{refused:?}");
    assert_eq!(fixture.store.verify().await.unwrap().len(), 1);
}
