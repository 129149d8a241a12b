//! Stores in the layout `original` that become stores in the layout `compact`.

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use eventstore_core::backend::{EventToPark, NumberedEvent, ParkOutcome, Parking, SubscriptionLocks};
use eventstore_core::{
    Delete, Deletion, Direction, Error, EventLinker, EventNumber, EventReaderExt, EventWriter, ExpectedVersion, Link,
    ParkCause, ParkedEvent, ParkedEventStore, PartitionKey, Read, RecordedSnapshot, SnapshotStore, StreamDeleter,
    StreamDirectory, StreamInfo, StreamName, StreamQuery, StreamSelector, SubscriptionAdmin, SubscriptionInfo,
};
use eventstore_postgres::{DataType, EventIndex, Layout, LayoutMigration, PostgresAdmin, PostgresStore, Removal};
use eventstore_subscriptions::{StartFrom, Subscribe, Subscriptions};
use futures_util::TryStreamExt;
use sqlx::{AssertSqlSafe, Executor};
use tokio::time::timeout;

use crate::migrations::structure;
use crate::original_data::loaded;
use crate::roles::config_of;
use crate::support::{self, Fixture, with_both_types};

with_both_types! {
    everything_in_a_store_is_kept,
    everything_goes_on_where_it_stood,
}

fn name(name: &str) -> StreamName {
    StreamName::new(name).unwrap()
}

async fn read(store: &PostgresStore, read: Read) -> Vec<NumberedEvent> {
    store.numbered(read.with_positions()).try_collect().await.unwrap()
}

async fn migrate(fixture: &Fixture) -> LayoutMigration {
    PostgresAdmin::new(fixture.config.clone())
        .migrate_to_compact(|_| {})
        .await
        .unwrap()
}

/// The store as a process that connects from now on finds it.
async fn connect(fixture: &Fixture) -> PostgresStore {
    PostgresStore::connect(fixture.config.clone()).await.unwrap()
}

/// A store of the other library's, in which this one has linked and parked since.
async fn filled(data_type: DataType) -> Fixture {
    let fixture = loaded(data_type).await;
    let linked = read(&fixture.store, Read::new(name("even-inventory"))).await;
    let ids = linked.iter().map(|event| event.event_id);
    let link = Link::new(name("links of links"), ExpectedVersion::NoStream, ids).unwrap();
    fixture.store.link(link).await.unwrap();
    fixture.append("links of links", ExpectedVersion::Any, 2).await.unwrap();
    fixture.append("purged", ExpectedVersion::NoStream, 3).await.unwrap();
    fixture.append("last", ExpectedVersion::NoStream, 1).await.unwrap();
    fixture
        .store
        .delete(Delete::new(name("purged"), Deletion::Hard))
        .await
        .unwrap();
    park(&fixture.store).await;
    fixture
}

/// Parks the event after the checkpoint of each subscription, and one that follows it.
async fn park(store: &PostgresStore) {
    for subscription in store.list_subscriptions().await.unwrap() {
        let from = subscription.record.checkpoint.get() + 1;
        let from = Read::new(subscription.key.selector.clone()).with_start(from.try_into().unwrap());
        let events: Vec<_> = store.numbered(from).try_collect().await.unwrap();
        let partition = PartitionKey::new("p");
        let causes = [
            ParkCause::Rejected {
                reason: "no".to_owned(),
                attempts: 3,
            },
            ParkCause::Follows,
        ];
        let events: Vec<_> = events
            .iter()
            .zip(causes)
            .map(|(event, cause)| EventToPark {
                number: event.number,
                event_id: event.event_id,
                partition: Some(partition.clone()),
                cause,
            })
            .collect();
        let acquired = store.try_acquire(&subscription.key, EventNumber::ZERO).await;
        let lease = acquired.unwrap().unwrap().lease;
        let parking = Parking {
            lease: lease.token(),
            key: subscription.key,
            checkpoint: events.last().unwrap().number,
            events,
        };
        assert_eq!(store.park(&parking).await.unwrap(), ParkOutcome::Parked);
        lease.release().await;
    }
}

/// Whatever the traits tell about a store.
#[derive(Debug, PartialEq)]
struct Contents {
    all: Vec<NumberedEvent>,
    backward: Vec<NumberedEvent>,
    infos: Vec<StreamInfo>,
    streams: Vec<Vec<NumberedEvent>>,
    subscriptions: Vec<SubscriptionInfo>,
    parked: Vec<Vec<ParkedEvent>>,
    snapshots: Vec<RecordedSnapshot>,
}

impl Contents {
    async fn of(store: &PostgresStore) -> Self {
        let query = StreamQuery {
            page_size: NonZeroU32::new(1_000).unwrap(),
            ..StreamQuery::default()
        };
        let infos = store.list_streams(query).await.unwrap().streams;
        let mut streams = Vec::new();
        let mut snapshots = Vec::new();
        for info in &infos {
            if let StreamSelector::Stream(stream) = &info.selector {
                snapshots.extend(store.read_snapshot(stream).await.unwrap());
                if info.deleted_at.is_none() {
                    streams.push(read(store, Read::new(stream.clone())).await);
                }
            }
        }
        snapshots.extend(store.read_snapshot(&name("no-metadata")).await.unwrap());
        let subscriptions = store.list_subscriptions().await.unwrap();
        let mut parked = Vec::new();
        for subscription in &subscriptions {
            let all = store.list_parked(subscription.record.id, EventNumber::from(0), 100);
            parked.push(all.await.unwrap());
        }
        Self {
            all: read(store, Read::all()).await,
            backward: read(store, Read::all().with_direction(Direction::Backward)).await,
            infos,
            streams,
            subscriptions,
            parked,
            snapshots,
        }
    }
}

/// Behaviours: R11.8.
async fn everything_in_a_store_is_kept(data_type: DataType) {
    let fixture = filled(data_type).await;
    let before = Contents::of(&fixture.store).await;
    assert_eq!(before.parked.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2]);
    assert_eq!(before.snapshots.len(), 2);
    assert!(before.infos.iter().any(|info| info.deleted_at.is_some()));
    let events = u64::try_from(before.all.len()).unwrap();
    let links = before
        .streams
        .iter()
        .flatten()
        .filter(|event| event.number.get() != event.stream_version.get());
    assert!(links.count() > 6);

    let migrated = migrate(&fixture).await;
    assert!(
        matches!(migrated, LayoutMigration::Migrated { events: moved, left_out: 0, .. } if moved == events),
        "{migrated:?}"
    );
    let store = connect(&fixture).await;
    assert_eq!((store.layout(), store.data_type()), (Layout::Compact, data_type));
    assert!(Contents::of(&store).await == before);

    // Links to what is deleted for good go along in either layout, and nothing holds on to the stream.
    let before = read(&store, Read::new(name("links of links"))).await;
    store
        .delete(Delete::new(before[0].stream.clone(), Deletion::Hard))
        .await
        .unwrap();
    let after = read(&store, Read::new(name("links of links"))).await;
    assert!(after.len() < before.len());
    assert!(after.iter().all(|event| before.contains(event)));
    store.undelete(&name("soft-deleted")).await.unwrap();
    assert_eq!(read(&store, Read::new(name("soft-deleted"))).await.len(), 4);
}

/// Behaviours: R11.8.
async fn everything_goes_on_where_it_stood(data_type: DataType) {
    let fixture = filled(data_type).await;
    let head = fixture
        .store
        .stream_info(&StreamSelector::All)
        .await
        .unwrap()
        .version
        .get();
    let subscriptions = fixture.store.list_subscriptions().await.unwrap();
    migrate(&fixture).await;
    let store = connect(&fixture).await;
    let appended = support::append("last", ExpectedVersion::Exact(1.into()), 2);
    let receipt = store.append(appended).await.unwrap();
    assert_eq!(
        (receipt.first_position.get(), receipt.last_version.get()),
        (head + 1, 3)
    );
    let receipt = store
        .append(support::append("new", ExpectedVersion::NoStream, 1))
        .await
        .unwrap();
    assert_eq!(receipt.first_position.get(), head + 3);

    for subscription in subscriptions {
        let request = Subscribe::new(subscription.key.name, subscription.key.selector).with_start(StartFrom::Origin);
        let mut running = Subscriptions::new(Arc::new(store.clone())).subscribe(request).unwrap();
        let events = timeout(Duration::from_secs(30), running.next())
            .await
            .unwrap()
            .unwrap()
            .unwrap();
        assert_eq!(events[0].number.get(), subscription.record.checkpoint.get() + 1);
    }
    let findings = store.verify().await.unwrap();
    assert!(
        findings
            .iter()
            .all(|finding| finding.severity == eventstore_postgres::Severity::Notice),
        "{findings:?}"
    );
}

/// What is ours of a description, beside the order of the columns of `streams`.
fn without_order(structure: BTreeSet<String>) -> BTreeSet<String> {
    structure
        .into_iter()
        .map(|line| match line.strip_prefix("column streams.") {
            Some(rest) => format!("column streams. {}", rest.split_once(' ').unwrap().1),
            None => line,
        })
        .collect()
}

#[tokio::test]
async fn a_migrated_store_is_like_a_fresh_one_once_the_original_tables_are_dropped() {
    let fresh = Fixture::of(Layout::Compact).await;
    let fixture = Fixture::of(Layout::Original).await;
    for fixture in [&fresh, &fixture] {
        for index in EventIndex::ALL {
            let admin = PostgresAdmin::new(fixture.config.clone());
            admin.create_index(index).await.unwrap();
        }
    }
    assert_eq!(
        PostgresAdmin::new(fixture.config.clone())
            .drop_original_tables()
            .await
            .unwrap(),
        Removal::WasAbsent
    );
    migrate(&fixture).await;
    assert_eq!(migrate(&fixture).await, LayoutMigration::AlreadyDone);
    assert_eq!(
        PostgresAdmin::new(fixture.config.clone())
            .drop_original_tables()
            .await
            .unwrap(),
        Removal::Removed
    );
    assert_eq!(
        PostgresAdmin::new(fixture.config.clone())
            .drop_original_tables()
            .await
            .unwrap(),
        Removal::WasAbsent
    );
    let migrated = without_order(structure(fixture.session().await).await);
    let fresh = without_order(structure(fresh.session().await).await);
    let different: Vec<_> = migrated.symmetric_difference(&fresh).collect();
    assert_eq!(different, [&""; 0]);
}

#[tokio::test]
async fn a_migrated_store_is_emptied_and_dropped_with_what_was_kept() {
    let fixture = Fixture::of(Layout::Original).await;
    fixture.append("s", ExpectedVersion::NoStream, 2).await.unwrap();
    migrate(&fixture).await;
    PostgresAdmin::new(fixture.config.clone()).reset().await.unwrap();
    let store = connect(&fixture).await;
    let receipt = store
        .append(support::append("s", ExpectedVersion::NoStream, 1))
        .await
        .unwrap();
    assert_eq!(receipt.first_position.get(), 1);
    assert_eq!(
        PostgresAdmin::new(fixture.config.clone()).drop().await.unwrap(),
        Removal::Removed
    );
    assert_eq!(structure(fixture.session().await).await, BTreeSet::new());
}

/// Behaviours: R10.15.
#[tokio::test]
async fn a_store_in_a_schema_of_any_name_is_migrated_and_dropped_without_a_trace() {
    let fixture = Fixture::of(Layout::Compact).await;
    let config = fixture
        .config
        .clone()
        .with_schema(support::schema("it's \"mine\" {payload}"));
    PostgresAdmin::new(config.clone())
        .initialize(Layout::Original, DataType::Jsonb)
        .await
        .unwrap();
    let store = PostgresStore::connect(config.clone()).await.unwrap();
    store
        .append(support::append("s", ExpectedVersion::NoStream, 2))
        .await
        .unwrap();
    PostgresAdmin::new(config.clone())
        .migrate_to_compact(|_| {})
        .await
        .unwrap();
    let store = PostgresStore::connect(config.clone()).await.unwrap();
    assert_eq!(read(&store, Read::all()).await.len(), 2);
    assert_eq!(store.verify().await.unwrap(), []);
    assert_eq!(
        PostgresAdmin::new(config.clone()).drop().await.unwrap(),
        Removal::Removed
    );
    let left = "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'it%'";
    let left: i64 = sqlx::query_scalar(left)
        .fetch_one(&mut fixture.session().await)
        .await
        .unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn an_append_during_the_migration_waits_and_is_refused_once_the_layout_has_changed() {
    let fixture = Fixture::of(Layout::Original).await;
    fixture.append("s", ExpectedVersion::NoStream, 2).await.unwrap();
    // The last step waits for the sessions that still read.
    let mut reader = fixture.session().await;
    reader.execute("BEGIN; SELECT FROM stream_events").await.unwrap();
    let meanwhile = async {
        fixture.somebody_waits_for_a_lock().await;
        let late = fixture.append("s", ExpectedVersion::Any, 1);
        let release = async {
            fixture.sessions_wait_for_locks(2).await;
            reader.execute("COMMIT").await.unwrap();
        };
        tokio::join!(late, release).0
    };
    let (migrated, late) = tokio::join!(migrate(&fixture), meanwhile);
    assert!(
        matches!(migrated, LayoutMigration::Migrated { events: 2, .. }),
        "{migrated:?}"
    );
    assert!(matches!(late, Err(Error::NotInitialized { .. })), "{late:?}");
    let store = connect(&fixture).await;
    assert_eq!(read(&store, Read::all()).await.len(), 2);
    let receipt = store
        .append(support::append("s", ExpectedVersion::Exact(2.into()), 1))
        .await
        .unwrap();
    assert_eq!(receipt.first_position.get(), 3);
}

#[tokio::test]
async fn an_append_during_a_migration_that_is_broken_off_is_carried_out_and_moved_by_the_next_one() {
    let fixture = Fixture::of(Layout::Original).await;
    fixture.append("s", ExpectedVersion::NoStream, 2).await.unwrap();
    let mut reader = fixture.session().await;
    reader.execute("BEGIN; SELECT FROM stream_events").await.unwrap();
    let broken_off = async {
        tokio::select! {
            migrated = migrate(&fixture) => panic!("{migrated:?}"),
            () = fixture.sessions_wait_for_locks(2) => {}
        }
        // The server learns that its client is gone when it has no lock to wait for.
        reader.execute("COMMIT").await.unwrap();
    };
    let late = async {
        fixture.somebody_waits_for_a_lock().await;
        fixture.append("s", ExpectedVersion::Any, 1).await
    };
    let ((), late) = tokio::join!(broken_off, late);
    assert_eq!(late.unwrap().first_position.get(), 3);
    assert_eq!(connect(&fixture).await.layout(), Layout::Original);
    let migrated = migrate(&fixture).await;
    assert!(
        matches!(migrated, LayoutMigration::Migrated { events: 3, .. }),
        "{migrated:?}"
    );
    assert_eq!(read(&connect(&fixture).await, Read::all()).await.len(), 3);
}

#[tokio::test]
async fn what_stands_in_the_way_is_named_and_nothing_is_changed() {
    for (obstacle, named) in [
        ("CREATE VIEW types AS SELECT event_type FROM events", "types"),
        ("CREATE TABLE effects (event_id uuid REFERENCES events)", "effects"),
        (
            "CREATE TABLE eventstore_original_events ()",
            "eventstore_original_events",
        ),
    ] {
        let fixture = Fixture::of(Layout::Original).await;
        fixture.append("s", ExpectedVersion::NoStream, 1).await.unwrap();
        fixture.session().await.execute(obstacle).await.unwrap();
        let before = structure(fixture.session().await).await;
        let refused = PostgresAdmin::new(fixture.config.clone())
            .migrate_to_compact(|_| {})
            .await;
        assert!(
            matches!(&refused, Err(Error::InvalidInput { argument: "schema", reason }) if reason.contains(named)),
            "{refused:?}"
        );
        assert_eq!(structure(fixture.session().await).await, before);
        fixture.append("s", ExpectedVersion::Exact(1.into()), 1).await.unwrap();
    }
}

#[tokio::test]
async fn a_damaged_store_stays_as_it_is() {
    for damage in [
        "DELETE FROM events",
        "DELETE FROM stream_events WHERE stream_id = 0 AND stream_version = 2",
        "DELETE FROM stream_events WHERE stream_id = 1 AND stream_version = 2",
        "UPDATE streams SET stream_version = 9 WHERE stream_uuid = 's'",
        "UPDATE stream_events SET original_stream_id = NULL WHERE stream_id = 1 AND stream_version = 2",
        "UPDATE stream_events SET original_stream_id = NULL WHERE stream_id = 0 AND stream_version = 2",
    ] {
        let fixture = Fixture::of(Layout::Original).await;
        fixture.append("s", ExpectedVersion::NoStream, 3).await.unwrap();
        let script = format!("SET session_replication_role = 'replica'; {damage}");
        fixture.session().await.execute(AssertSqlSafe(script)).await.unwrap();
        let refused = PostgresAdmin::new(fixture.config.clone())
            .migrate_to_compact(|_| {})
            .await;
        assert!(
            matches!(&refused, Err(Error::Storage { message, .. }) if message.contains("damaged")),
            "{damage}: {refused:?}"
        );
        assert_eq!(connect(&fixture).await.layout(), Layout::Original);
    }
}

#[tokio::test]
async fn owners_and_rights_are_kept_and_only_an_owner_migrates() {
    let fixture = Fixture::of(Layout::Original).await;
    let config = config_of(&fixture, "writer", Layout::Original).await;
    config_of(&fixture, "reader", Layout::Original).await;
    let owned = "ALTER TABLE events OWNER TO reader; ALTER TABLE stream_events OWNER TO reader";
    fixture.session().await.execute(owned).await.unwrap();
    let refused = PostgresAdmin::new(config.clone()).migrate_to_compact(|_| {}).await;
    assert!(matches!(refused, Err(Error::AccessDenied { .. })), "{refused:?}");
    migrate(&fixture).await;
    let writer = PostgresStore::connect(config).await.unwrap();
    let receipt = writer
        .append(support::append("s", ExpectedVersion::NoStream, 1))
        .await
        .unwrap();
    assert_eq!(receipt.first_position.get(), 1);
    let ids = vec![read(&writer, Read::all()).await[0].event_id];
    let link = Link::new(name("links"), ExpectedVersion::NoStream, ids).unwrap();
    writer.link(link).await.unwrap();
    let owners =
        "SELECT tableowner::text FROM pg_tables WHERE schemaname = 'public' AND tablename IN ('events', 'links')";
    let owners: Vec<String> = sqlx::query_scalar(owners)
        .fetch_all(&mut fixture.session().await)
        .await
        .unwrap();
    assert_eq!(owners, ["reader", "reader"]);
}

/// What is not carried over is refused by name, and nothing has been done.
#[tokio::test]
async fn what_would_be_lost_is_named_and_refused() {
    let fixture = Fixture::of(Layout::Original).await;
    fixture.append("s", ExpectedVersion::NoStream, 2).await.unwrap();
    let extras = [
        (
            "ALTER TABLE events ADD COLUMN \"Tenant\" text",
            "the column \"Tenant\" of events",
            "ALTER TABLE events DROP COLUMN \"Tenant\"",
        ),
        (
            "ALTER TABLE stream_events ADD COLUMN shard int",
            "the column shard of stream_events",
            "ALTER TABLE stream_events DROP COLUMN shard",
        ),
        (
            "CREATE TRIGGER audit AFTER INSERT ON events EXECUTE FUNCTION notify_events()",
            "the trigger audit of events",
            "DROP TRIGGER audit ON events",
        ),
        (
            "CREATE PUBLICATION outbox FOR TABLE events",
            "the publication outbox of events",
            "DROP PUBLICATION outbox",
        ),
        (
            "CREATE POLICY mine ON events USING (true)",
            "the policy mine of events",
            "DROP POLICY mine ON events",
        ),
    ];
    for (add, name, remove) in extras {
        fixture.session().await.execute(add).await.unwrap();
        let refused = PostgresAdmin::new(fixture.config.clone())
            .migrate_to_compact(|_| {})
            .await;
        assert!(
            matches!(&refused, Err(Error::InvalidInput { argument: "schema", reason }) if reason.contains(name)),
            "{add}: {refused:?}"
        );
        fixture.session().await.execute(remove).await.unwrap();
    }
    assert_eq!(connect(&fixture).await.layout(), Layout::Original);
    migrate(&fixture).await;
    assert_eq!(connect(&fixture).await.layout(), Layout::Compact);
}
