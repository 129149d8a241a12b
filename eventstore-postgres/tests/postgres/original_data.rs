//! A store that the other library wrote: what is known to be in it is what this library finds.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::num::NonZeroU32;
use std::sync::Arc;

use eventstore_core::backend::NumberedEvent;

use bytes::Bytes;
use eventstore_core::{
    Append, Delete, Deletion, Direction, Error, EventLinker, EventReaderExt, EventWriter, ExpectedVersion, Idempotence,
    Link, Read, Snapshot, SnapshotOutcome, SnapshotPolicy, SnapshotStore, StreamDeleter, StreamDirectory, StreamName,
    StreamQuery, StreamSelector, SubscriptionName,
};
use eventstore_postgres::{DataType, FindingKind, Layout, PostgresStore, Severity};
use eventstore_subscriptions::{StartFrom, Subscribe, Subscriptions};
use flate2::read::GzDecoder;
use futures_util::TryStreamExt;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor, PgConnection};

use crate::support::{self, Fixture, event, with_both_types};

with_both_types! {
    all_streams_are_read_with_their_gap,
    each_stream_is_read_like_its_part_of_all_streams,
    the_corners_are_as_they_were_left,
    streams_are_listed,
    snapshots_are_read,
    subscriptions_go_on_where_the_other_library_left_them,
    nothing_is_found_wrong_and_appends_go_on,
    appends_are_repeated,
    links_go_on,
    soft_deleted_streams_come_back,
    streams_are_deleted_for_good,
    snapshots_are_replaced,
}

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../eventstore-testkit/data");

/// What an empty store has of its own, and the dump has too.
const MAKE_ROOM: &str = "BEGIN; SET LOCAL eventstore.reset = 'on'; TRUNCATE streams, schema_migrations CASCADE; COMMIT";

pub(crate) async fn loaded(data_type: DataType) -> Fixture {
    let fixture = Fixture::of_kind(Layout::Original, data_type).await;
    let mut session = fixture.session().await;
    session.execute(MAKE_ROOM).await.unwrap();
    let dump = File::open(format!("{DATA}/original-{data_type}.sql.gz")).unwrap();
    let mut lines = BufReader::new(GzDecoder::new(dump)).lines().map(Result::unwrap);
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

fn name(name: &str) -> StreamName {
    StreamName::new(name).unwrap()
}

fn numbers(events: &[NumberedEvent]) -> Vec<u64> {
    events.iter().map(|event| event.number.get()).collect()
}

async fn all_streams_are_read_with_their_gap(data_type: DataType) {
    let fixture = loaded(data_type).await;
    let info = fixture.store.stream_info(&StreamSelector::All).await.unwrap();
    assert_eq!(info.version.get(), 7156);
    let events = fixture.read(Read::all()).await;
    let expected: Vec<_> = (1..=7140).chain(7148..=7156).collect();
    assert_eq!(numbers(&events), expected);
    let backward = fixture.read(Read::all().with_direction(Direction::Backward)).await;
    assert!(backward.iter().eq(events.iter().rev()));

    let count = |has: fn(&NumberedEvent) -> bool| events.iter().filter(|event| has(event)).count();
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

async fn each_stream_is_read_like_its_part_of_all_streams(data_type: DataType) {
    let fixture = loaded(data_type).await;
    let mut by_stream: HashMap<StreamName, Vec<NumberedEvent>> = HashMap::new();
    for event in fixture.read(Read::all()).await {
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
            event.number = event.stream_version.into();
        }
        assert_eq!(fixture.read(Read::new(stream.clone())).await, expected, "{stream}");
    }
}

async fn the_corners_are_as_they_were_left(data_type: DataType) {
    let fixture = loaded(data_type).await;
    for (stream, versions) in [
        ("inventory,eu-west,1", 1200),
        ("Größe/配列 %_ 🇪🇺", 2),
        ("after-hard-delete", 3),
        ("hard-deleted", 2),
    ] {
        let events = fixture.read(Read::new(name(stream))).await;
        assert_eq!(numbers(&events), (1..=versions).collect::<Vec<_>>(), "{stream}");
    }
    let deleted = fixture.store.numbered(Read::new(name("soft-deleted"))).try_next().await;
    assert!(matches!(deleted, Err(Error::StreamDeleted { .. })), "{deleted:?}");

    let links = fixture.read(Read::new(name("even-inventory"))).await;
    let origins: Vec<_> = links
        .iter()
        .map(|event| (event.stream.as_str(), event.stream_version.get()))
        .collect();
    let mut expected: Vec<_> = [2, 4, 6, 8, 10].map(|version| ("inventory,eu-west,1", version)).into();
    expected.push(("soft-deleted", 1));
    assert_eq!(origins, expected);
    assert_eq!(numbers(&links), [1, 2, 3, 4, 5, 6]);
}

/// Behaviours: R8.39.
async fn subscriptions_go_on_where_the_other_library_left_them(data_type: DataType) {
    let fixture = loaded(data_type).await;
    let all = (StreamSelector::All, "projector", 58);
    let single = (name("inventory,eu-west,1").into(), "single", 1011);
    for (selector, subscription, next) in [all, single] {
        let request =
            Subscribe::new(SubscriptionName::new(subscription).unwrap(), selector).with_start(StartFrom::Origin);
        let mut subscription = Subscriptions::new(Arc::new(fixture.store.clone()))
            .subscribe(request)
            .unwrap();
        let batch = subscription.next().await.unwrap().unwrap();
        assert_eq!(batch[0].number.get(), next);
        subscription.ack(&batch[0]).await.unwrap();
        subscription.stop().await.unwrap();
    }
    let stored: Vec<i64> = sqlx::query_scalar("SELECT last_seen FROM subscriptions ORDER BY subscription_id")
        .fetch_all(&mut fixture.session().await)
        .await
        .unwrap();
    assert_eq!(stored, [58, 1011]);
}

async fn streams_are_listed(data_type: DataType) {
    let fixture = loaded(data_type).await;
    let query = StreamQuery {
        page_size: NonZeroU32::new(1_000).unwrap(),
        ..StreamQuery::default()
    };
    let streams = fixture.store.list_streams(query.clone()).await.unwrap();
    assert_eq!((streams.total_streams, streams.streams.len()), (832, 832));
    let deleted: Vec<_> = streams
        .streams
        .iter()
        .filter(|info| info.deleted_at.is_some())
        .collect();
    assert_eq!(deleted.len(), 1);
    assert_eq!(
        (deleted[0].selector.as_str(), deleted[0].version.get()),
        ("soft-deleted", 4)
    );
    let packages = StreamQuery {
        search: Some("package-".to_owned()),
        ..query
    };
    assert_eq!(fixture.store.list_streams(packages).await.unwrap().total_streams, 825);
}

async fn snapshots_are_read(data_type: DataType) {
    let fixture = loaded(data_type).await;
    for (source, version, count, metadata) in [
        ("inventory,eu-west,1", 1200, 1200, Some(json!({"by": "projector"}))),
        ("no-metadata", 2, 2, None),
    ] {
        let snapshot = fixture
            .store
            .read_snapshot(&name(source))
            .await
            .unwrap()
            .unwrap()
            .snapshot;
        assert_eq!(snapshot.version.get(), version);
        assert_eq!(snapshot.snapshot_type.as_str(), "Elixir.Package.Inventory");
        assert_eq!(value(&snapshot.data), json!({"count": count}));
        assert_eq!(snapshot.metadata.as_ref().map(value), metadata);
    }
}

fn value(payload: &Bytes) -> Value {
    serde_json::from_slice(payload).unwrap()
}

/// Beside their ids and times.
#[tokio::test]
async fn both_stores_hold_the_same() {
    let (bytea, jsonb) = (loaded(DataType::Bytea).await, loaded(DataType::Jsonb).await);
    for selector in [StreamSelector::All, name("even-inventory").into()] {
        let (bytea, jsonb) = tokio::join!(bytea.read(Read::new(selector.clone())), jsonb.read(Read::new(selector)));
        let facts = |event: &NumberedEvent| {
            (
                (event.number, event.stream.clone(), event.stream_version),
                event.event_type.clone(),
                (event.causation_id.is_some(), event.correlation_id.is_some()),
                value(&event.data),
                event.metadata.as_ref().map(value),
            )
        };
        assert!(bytea.iter().map(facts).eq(jsonb.iter().map(facts)));
    }
}

async fn nothing_is_found_wrong_and_appends_go_on(data_type: DataType) {
    let fixture = loaded(data_type).await;
    assert_sound(&fixture, &[]).await;
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
    assert_sound(&fixture, &[]).await;
}

/// The one gap of the dump is found, and what else is to be expected.
async fn assert_sound(fixture: &Fixture, more: &[(FindingKind, &str)]) {
    let findings = fixture.store.verify().await.unwrap();
    let found: Vec<_> = findings
        .iter()
        .map(|finding| (finding.kind, &*finding.location))
        .collect();
    let gap = (FindingKind::PositionGap, "positions 7141 to 7147");
    assert_eq!(found.iter().filter(|known| **known == gap).count(), 1, "{found:?}");
    let others: HashSet<_> = found.iter().copied().filter(|known| *known != gap).collect();
    assert_eq!(others, more.iter().copied().collect());
    assert!(findings.iter().all(|finding| finding.severity == Severity::Notice));
}

async fn appends_are_repeated(data_type: DataType) {
    let fixture = loaded(data_type).await;
    let new = support::append("inventory,eu-west,1", ExpectedVersion::Exact(1200.into()), 3)
        .with_idempotence(Idempotence::ByIds);
    let first = fixture.store.append(new.clone()).await.unwrap();
    assert_eq!((first.last_version.get(), first.last_position.get()), (1203, 7159));
    let second = fixture.store.append(new).await.unwrap();
    assert!(second.is_deduplicated);
    assert_eq!(
        (second.first_version, second.last_position),
        (first.first_version, first.last_position)
    );

    // What the other library appended can be repeated just so.
    let stored = fixture.read(Read::new(name("after-hard-delete"))).await;
    let again = |stream: &str, events: &[NumberedEvent]| {
        let events = events.iter().map(|stored| event().with_id(stored.event_id));
        Append::new(name(stream), ExpectedVersion::Exact(0.into()), events).unwrap()
    };
    let repeated = fixture
        .store
        .append(again("after-hard-delete", &stored).with_idempotence(Idempotence::ByIds))
        .await
        .unwrap();
    assert!(repeated.is_deduplicated);
    assert_eq!((repeated.first_version.get(), repeated.last_version.get()), (1, 3));
    let duplicate = fixture.store.append(again("elsewhere", &stored[1..])).await;
    assert!(
        matches!(duplicate, Err(Error::DuplicateEvent { event_id }) if event_id == stored[1].event_id),
        "{duplicate:?}"
    );
    assert_sound(&fixture, &[]).await;
}

async fn links_go_on(data_type: DataType) {
    let fixture = loaded(data_type).await;
    let inventory = fixture.read(Read::new(name("inventory,eu-west,1"))).await;
    let ids = [inventory[11].event_id, inventory[13].event_id];
    for (target, first_version) in [("even-inventory", 7), ("new-links", 1)] {
        let link = Link::new(name(target), ExpectedVersion::Any, ids.to_vec()).unwrap();
        let receipt = fixture.store.link(link.clone()).await.unwrap();
        assert_eq!(receipt.first_version.get(), first_version);
        let linked = fixture.read(Read::new(name(target))).await;
        let last: Vec<_> = linked.iter().rev().take(2).rev().collect();
        assert_eq!(last.iter().map(|event| event.event_id).collect::<Vec<_>>(), ids);
        assert_eq!(
            (&last[0].data, &last[0].metadata),
            (&inventory[11].data, &inventory[11].metadata)
        );
        let again = fixture.store.link(link).await;
        assert!(matches!(again, Err(Error::DuplicateEvent { .. })), "{again:?}");
    }
    assert_eq!(fixture.read(Read::all()).await.len(), 7149);
    assert_sound(&fixture, &[]).await;
}

async fn soft_deleted_streams_come_back(data_type: DataType) {
    let fixture = loaded(data_type).await;
    let stream = name("after-hard-delete");
    let before = fixture.read(Read::new(stream.clone())).await;
    fixture
        .store
        .delete(Delete::new(stream.clone(), Deletion::Soft))
        .await
        .unwrap();
    let deleted = fixture.store.numbered(Read::new(stream.clone())).try_next().await;
    assert!(matches!(deleted, Err(Error::StreamDeleted { .. })), "{deleted:?}");
    fixture.store.undelete(&stream).await.unwrap();
    assert_eq!(fixture.read(Read::new(stream)).await, before);

    fixture.store.undelete(&name("soft-deleted")).await.unwrap();
    assert_eq!(fixture.read(Read::new(name("soft-deleted"))).await.len(), 4);
    let receipt = fixture
        .append("soft-deleted", ExpectedVersion::Exact(4.into()), 1)
        .await;
    assert_eq!(receipt.unwrap().last_version.get(), 5);
    assert_eq!(fixture.read(Read::all()).await.len(), 7150);
    assert_sound(&fixture, &[]).await;
}

async fn streams_are_deleted_for_good(data_type: DataType) {
    let fixture = loaded(data_type).await;
    for stream in ["inventory,eu-west,1", "soft-deleted", "hard-deleted"] {
        fixture
            .store
            .delete(Delete::new(name(stream), Deletion::Hard))
            .await
            .unwrap();
        let gone = fixture.store.numbered(Read::new(name(stream))).try_next().await;
        assert!(matches!(gone, Err(Error::StreamNotFound { .. })), "{gone:?}");
    }
    assert_eq!(fixture.read(Read::new(name("even-inventory"))).await, []);
    assert_eq!(fixture.read(Read::all()).await.len(), 7149 - 1200 - 4 - 2);
    let receipt = fixture
        .append("hard-deleted", ExpectedVersion::NoStream, 1)
        .await
        .unwrap();
    assert_eq!((receipt.last_version.get(), receipt.last_position.get()), (1, 7157));
    let explained = [
        (FindingKind::PositionGap, "positions 5939 to 7138"),
        (FindingKind::PositionGap, "positions 7151 to 7156"),
        (FindingKind::LinkGap, "stream \"even-inventory\" version 6"),
        (
            FindingKind::CheckpointBeyondHead,
            "subscription \"single\" on \"inventory,eu-west,1\": checkpoint 1010, head 0",
        ),
    ];
    assert_sound(&fixture, &explained).await;
}

async fn snapshots_are_replaced(data_type: DataType) {
    let fixture = loaded(data_type).await;
    let source = name("inventory,eu-west,1");
    let recorded = fixture.store.read_snapshot(&source).await.unwrap().unwrap().snapshot;
    let policy = SnapshotPolicy::KeepNewest;
    let older = Snapshot {
        version: 1199.into(),
        ..recorded.clone()
    };
    let outcome = fixture.store.record_snapshot(older, policy).await.unwrap();
    assert_eq!(outcome, SnapshotOutcome::Superseded(1200.into()));
    let newer = Snapshot {
        version: 1201.into(),
        data: r#"{"count": 1201}"#.into(),
        metadata: None,
        ..recorded
    };
    let outcome = fixture.store.record_snapshot(newer.clone(), policy).await.unwrap();
    assert_eq!(outcome, SnapshotOutcome::Recorded);
    assert_eq!(
        fixture.store.read_snapshot(&source).await.unwrap().unwrap().snapshot,
        newer
    );
    fixture.store.delete_snapshot(&name("no-metadata")).await.unwrap();
    assert_eq!(fixture.store.read_snapshot(&name("no-metadata")).await.unwrap(), None);
    assert_sound(&fixture, &[]).await;
}
