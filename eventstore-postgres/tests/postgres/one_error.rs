//! Whatever is called, the same cause is the same error.

use std::time::Duration;

use eventstore_core::backend::{
    EventImporter, EventToPark, ImportConflicts, LeaseEpoch, LeaseToken, PageRequest, Parking, ProjectionStep,
    ProjectionStore, SubscriptionLocks, SubscriptionStore,
};
use eventstore_core::{
    Append, AppendSet, Delete, Deletion, Direction, Error, EventLinker, EventNumber, EventReader, EventReaderExt,
    EventWriter, ExpectedVersion, HolderPolicy, Idempotence, Link, ParkCause, ParkedEventStore, Read, Result, Snapshot,
    SnapshotPolicy, SnapshotStore, StreamDeleter, StreamDirectory, StreamName, StreamQuery, StreamSelector,
    SubscriptionAdmin, SubscriptionId, SubscriptionKey, SubscriptionName,
};
use eventstore_postgres::{DataType, Layout, PostgresAdmin, PostgresConfig, PostgresStore};
use eventstore_testkit::proxy::Proxy;
use futures_util::TryStreamExt;
use futures_util::future::BoxFuture;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::time::timeout;

use crate::gate::Gate;
use crate::support::{self, Fixture, event, in_both_layouts};

in_both_layouts! {
    a_server_that_is_gone_is_unavailable_to_every_call,
    a_server_that_goes_is_worth_another_try_of_every_call,
    tables_that_are_gone_are_not_initialized_to_every_call,
    a_user_without_rights_is_refused_by_every_call,
    no_call_waits_longer_than_its_handle_allows,
    no_call_waits_for_a_server_that_has_fallen_silent,
}

type Call = for<'a> fn(&'a PostgresStore) -> BoxFuture<'a, Result<()>>;

/// Every call of every trait, and what else a store can be asked; of a sound store, all of them succeed in this order.
const CALLS: &[(&str, Call)] = &[
    ("append", |store| {
        Box::pin(async { store.append(append("s")).await.map(drop) })
    }),
    ("idempotent append", |store| {
        Box::pin(async {
            store
                .append(append("s").with_idempotence(Idempotence::ByIds))
                .await
                .map(drop)
        })
    }),
    ("append_set", |store| {
        Box::pin(async {
            let set = AppendSet::new(vec![append("a"), append("b")]).unwrap();
            store.append_set(set).await.map(drop)
        })
    }),
    ("link", |store| {
        Box::pin(async {
            let append = append("source");
            let link = Link::new(name("links"), ExpectedVersion::Any, append.event_ids()).unwrap();
            // Whether there is an event is checked only where everything else is in order.
            match store.link(link.clone()).await {
                Err(Error::EventsNotFound { .. }) => store.append(append).await.map(drop)?,
                outcome => return outcome.map(drop),
            }
            store.link(link).await.map(drop)
        })
    }),
    ("soft delete", |store| {
        Box::pin(store.delete(Delete::new(name("s"), Deletion::Soft)))
    }),
    ("undelete", |store| Box::pin(async { store.undelete(&name("s")).await })),
    ("hard delete", |store| {
        Box::pin(store.delete(Delete::new(name("a"), Deletion::Hard)))
    }),
    ("read_page", |store| {
        Box::pin(async { store.read_page(page("s")).await.map(drop) })
    }),
    ("read_page of all", |store| {
        Box::pin(async { store.read_page(page(StreamSelector::ALL)).await.map(drop) })
    }),
    ("events", |store| {
        Box::pin(async {
            store
                .numbered(Read::new(name("s")).with_direction(Direction::Backward))
                .try_collect::<Vec<_>>()
                .await
                .map(drop)
        })
    }),
    ("stream_info", |store| {
        Box::pin(async { store.stream_info(&StreamSelector::All).await.map(drop) })
    }),
    ("list_streams", |store| {
        Box::pin(async { store.list_streams(StreamQuery::default()).await.map(drop) })
    }),
    ("record_snapshot", |store| {
        Box::pin(async {
            store
                .record_snapshot(snapshot(), SnapshotPolicy::KeepNewest)
                .await
                .map(drop)
        })
    }),
    ("read_snapshot", |store| {
        Box::pin(async { store.read_snapshot(&name("s")).await.map(drop) })
    }),
    ("list_snapshots", |store| {
        Box::pin(async { store.list_snapshots(None, 10).await.map(drop) })
    }),
    ("delete_snapshot", |store| {
        Box::pin(async { store.delete_snapshot(&name("s")).await })
    }),
    ("find_or_create_subscription", |store| {
        Box::pin(async {
            store
                .find_or_create_subscription(&key(), EventNumber::ZERO)
                .await
                .map(drop)
        })
    }),
    ("save_checkpoint", |store| {
        Box::pin(async { store.save_checkpoint(LEASE, EventNumber::FIRST).await.map(drop) })
    }),
    ("list_subscriptions", |store| {
        Box::pin(async { store.list_subscriptions().await.map(drop) })
    }),
    ("delete_subscription", |store| {
        Box::pin(async { store.delete_subscription(&key(), HolderPolicy::Respect).await })
    }),
    ("parked_backlog", |store| {
        Box::pin(async { store.parked_backlog(SubscriptionId::new(1)).await.map(drop) })
    }),
    ("unpark", |store| {
        Box::pin(async { store.unpark(SubscriptionId::new(1), EventNumber::FIRST).await.map(drop) })
    }),
    ("count_parked", |store| {
        Box::pin(async { store.count_parked(SubscriptionId::new(1)).await.map(drop) })
    }),
    ("list_parked", |store| {
        Box::pin(async {
            let parked = store.list_parked(SubscriptionId::new(1), EventNumber::ZERO, 10);
            parked.await.map(drop)
        })
    }),
    ("import", |store| {
        Box::pin(async {
            store
                .import(&[append("s").into()], ImportConflicts::Refuse)
                .await
                .map(drop)
        })
    }),
    ("health", |store| Box::pin(async { store.health().await.map(drop) })),
    ("park", |store| {
        Box::pin(async { store.park(&parking()).await.map(drop) })
    }),
    ("begin_step", |store| {
        Box::pin(async { store.begin_step(STEP).await.map(drop) })
    }),
    ("try_acquire", |store| {
        Box::pin(async { store.try_acquire(&key(), EventNumber::ZERO).await.map(drop) })
    }),
    ("verify", |store| Box::pin(async { store.verify().await.map(drop) })),
];

const LEASE: LeaseToken = LeaseToken {
    id: SubscriptionId::new(1),
    epoch: LeaseEpoch::new(1),
};

const STEP: ProjectionStep = ProjectionStep {
    lease: LEASE,
    from: EventNumber::ZERO,
    to: EventNumber::FIRST,
};

fn parking() -> Parking {
    Parking {
        lease: LEASE,
        key: key(),
        checkpoint: EventNumber::FIRST,
        events: vec![EventToPark {
            number: EventNumber::FIRST,
            event_id: event().id,
            partition: None,
            cause: ParkCause::Follows,
        }],
    }
}

fn append(stream: &str) -> Append {
    support::append(stream, ExpectedVersion::Any, 1)
}

fn name(stream: &str) -> StreamName {
    StreamName::new(stream).unwrap()
}

fn page(selector: &str) -> PageRequest {
    let selector: StreamSelector = selector.parse().unwrap();
    PageRequest::new(selector, Direction::Forward, EventNumber::FIRST, 10)
}

fn snapshot() -> Snapshot {
    Snapshot {
        source: name("s"),
        version: 1.into(),
        snapshot_type: event().event_type,
        data: "{}".into(),
        metadata: None,
    }
}

fn key() -> SubscriptionKey {
    SubscriptionKey {
        selector: StreamSelector::All,
        name: SubscriptionName::new("s").unwrap(),
    }
}

async fn assert_all_succeed(store: &PostgresStore) {
    for (call, outcome) in outcomes(store).await {
        assert!(outcome.is_ok(), "{call}: {outcome:?}");
    }
}

async fn outcomes(store: &PostgresStore) -> Vec<(&'static str, Result<()>)> {
    let mut outcomes = Vec::new();
    for (name, call) in CALLS {
        outcomes.push((*name, call(store).await));
    }
    outcomes
}

fn through(gate: &Gate) -> PostgresConfig {
    let config = PostgresConfig::from_url(gate.url()).unwrap().enable_hard_deletes();
    config.with_connect_timeout(Duration::from_secs(20))
}

/// Behaviours: R1.43, R1.44, R2.17, R6.5, R15.1, R15.5, R15.7, T57.
async fn a_server_that_is_gone_is_unavailable_to_every_call(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let mut gate = Gate::to(fixture.database.url()).await;
    let config = through(&gate);
    let store = PostgresStore::connect(config.clone()).await.unwrap();

    gate.shut().await;
    // The connection that the store was opened with is found lost by its first call.
    let lost = store.stream_info(&StreamSelector::All).await;
    assert!(matches!(lost, Err(Error::Unavailable { .. })), "{lost:?}");
    let mut outcomes = outcomes(&store).await;
    let connected = PostgresStore::connect(config.clone()).await;
    outcomes.push(("connect", connected.map(drop)));
    outcomes.push((
        "initialize",
        PostgresAdmin::new(config.clone())
            .initialize(layout, DataType::Bytea)
            .await
            .map(drop),
    ));
    outcomes.push((
        "create_database",
        PostgresAdmin::new(config.clone()).create_database().await.map(drop),
    ));
    for (call, outcome) in outcomes {
        assert!(matches!(outcome, Err(Error::Unavailable { .. })), "{call}: {outcome:?}");
    }

    gate.open().await;
    assert_all_succeed(&store).await;
}

/// What is on its way when the server goes may have been carried out, if it writes.
///
/// Behaviours: R1.43, R15.1, R15.3, R15.7, T57.
async fn a_server_that_goes_is_worth_another_try_of_every_call(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let mut gate = Gate::to(fixture.database.url()).await;
    let store = PostgresStore::connect(through(&gate)).await.unwrap();
    for (name, call) in CALLS {
        call(&store).await.unwrap();
        gate.shut().await;
        let first = call(&store).await.unwrap_err();
        assert!(
            matches!(first, Error::Unavailable { .. } | Error::OutcomeUnknown { .. }),
            "{name}: {first:?}"
        );
        let second = call(&store).await.unwrap_err();
        assert!(matches!(second, Error::Unavailable { .. }), "{name}: {second:?}");
        gate.open().await;
    }
    assert_all_succeed(&store).await;
}

/// Behaviours: R1.43, R1.44, R2.17, R6.5, T57.
async fn tables_that_are_gone_are_not_initialized_to_every_call(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    assert_all_succeed(&fixture.store).await;
    fixture
        .session()
        .await
        .execute("DROP SCHEMA public CASCADE")
        .await
        .unwrap();
    for (call, outcome) in outcomes(&fixture.store).await {
        assert!(
            matches!(outcome, Err(Error::NotInitialized { .. })),
            "{call}: {outcome:?}"
        );
    }
}

/// Behaviours: R4.21, T57.
async fn a_user_without_rights_is_refused_by_every_call(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    assert_all_succeed(&fixture.store).await;
    let user = format!("clerk_{}", uuid::Uuid::now_v7().simple());
    let mut session = fixture.session().await;
    let what_stands_there = match layout {
        Layout::Original => "eventstore_schema, schema_migrations",
        _ => "eventstore_schema",
    };
    let create = format!("CREATE USER {user} PASSWORD 'x'; GRANT SELECT ON {what_stands_there} TO {user}");
    session.execute(AssertSqlSafe(create)).await.unwrap();
    let (_, address) = fixture.database.url().rsplit_once('@').unwrap();
    let config = PostgresConfig::from_url(&format!("postgres://{user}:x@{address}")).unwrap();
    let store = PostgresStore::connect(config.enable_hard_deletes()).await.unwrap();

    let outcomes = outcomes(&store).await;
    let drop = format!("DROP OWNED BY {user}; DROP USER {user}");
    session.execute(AssertSqlSafe(drop)).await.unwrap();
    for (call, outcome) in outcomes {
        assert!(
            matches!(outcome, Err(Error::AccessDenied { .. })),
            "{call}: {outcome:?}"
        );
    }
}

/// Whatever a call needs from the server is locked.
async fn lock_everything(transaction: &mut PgConnection) {
    let lock = "DO $$ BEGIN EXECUTE (
        SELECT 'LOCK TABLE ' || string_agg(quote_ident(tablename), ', ') || ' IN ACCESS EXCLUSIVE MODE'
        FROM pg_tables WHERE schemaname = 'public'
    ); END $$";
    transaction.execute(lock).await.unwrap();
}

/// Behaviours: R10.13.
async fn no_call_waits_longer_than_its_handle_allows(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let hurried = fixture.store.with_timeout(Duration::from_millis(200));
    let mut session = fixture.session().await;
    let mut transaction = session.begin().await.unwrap();
    lock_everything(&mut transaction).await;
    for (name, call) in CALLS {
        let outcome = timeout(Duration::from_secs(10), call(&hurried)).await;
        let outcome = outcome.unwrap_or_else(|_| panic!("{name} waits longer than its handle allows"));
        assert!(
            matches!(
                outcome,
                Err(Error::TimedOut {
                    setting: "with_timeout",
                    ..
                } | Error::OutcomeUnknown { .. })
            ),
            "{name}: {outcome:?}"
        );
    }
}

/// Calls of several statements: the server falls silent after the first.
const LONGER: [&str; 7] = [
    "append",
    "append_set",
    "link",
    "hard delete",
    "import",
    "park",
    "begin_step",
];

async fn no_call_waits_for_a_server_that_has_fallen_silent(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let proxy = Proxy::start(fixture.database.url()).await.unwrap();
    let config = PostgresConfig::from_url(proxy.url()).unwrap().enable_hard_deletes();
    let store = PostgresStore::connect(config.with_statement_timeout(Duration::from_secs(1)))
        .await
        .unwrap();
    for (name, call) in CALLS.iter().filter(|(name, _)| LONGER.contains(name)) {
        let mut session = fixture.session().await;
        let mut transaction = session.begin().await.unwrap();
        lock_everything(&mut transaction).await;
        let silence = async {
            fixture.somebody_waits_for_a_lock().await;
            proxy.pause();
            tokio::time::sleep(Duration::from_secs(20)).await;
        };
        let outcome = tokio::select! {
            outcome = call(&store) => outcome,
            () = silence => panic!("{name} waits for a server that has fallen silent"),
        };
        assert!(outcome.as_ref().is_err_and(Error::is_retryable), "{name}: {outcome:?}");
        proxy.cut_now();
        proxy.resume();
        transaction.rollback().await.unwrap();
    }
}
