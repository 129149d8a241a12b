//! What arrives late on a real server: from a holder that was cut off or stopped, and from before a reset.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use eventstore_core::backend::{
    AcquiredLease, BegunProjection, CheckpointOutcome, EventToPark, LeaseLoss, LeaseToken, ParkOutcome, Parking,
    ProjectionStep, ProjectionStore, SubscriptionLocks, SubscriptionStore,
};
use eventstore_core::{
    AppendSet, Delete, Deletion, Error, EventNumber, EventWriter, ExpectedVersion, ParkCause, ParkedEventStore,
    StreamDeleter, StreamName, SubscriptionKey, SubscriptionName,
};
use eventstore_postgres::{DataType, Layout, PostgresAdmin, PostgresConfig, PostgresStore};
use eventstore_testkit::TestDatabase;
use eventstore_testkit::proxy::Proxy;
use sqlx::{Connection, Executor, PgConnection};
use tokio::time::timeout;
use uuid::Uuid;

use crate::support::{Fixture, append, in_both_layouts};

in_both_layouts! {
    a_checkpoint_that_arrives_late_is_refused,
    a_save_that_waits_for_a_takeover_is_refused,
    a_takeover_that_waits_for_nothing_finds_the_latest_checkpoint,
    a_holder_that_falls_silent_inside_a_step_keeps_no_heir_waiting,
    a_holder_that_falls_silent_inside_a_set_keeps_no_append_waiting,
    a_callers_transaction_is_limited_no_further_than_it_is_already,
    nothing_of_before_a_reset_is_stored,
}

/// More than a lease lasts, and what comes after it takes.
const LIMIT: Duration = Duration::from_secs(20);

fn key(stream: &str) -> SubscriptionKey {
    SubscriptionKey {
        selector: stream.parse().unwrap(),
        name: SubscriptionName::new("x").unwrap(),
    }
}

async fn acquire(store: &PostgresStore, key: &SubscriptionKey) -> AcquiredLease {
    let acquired = async {
        loop {
            match store.try_acquire(key, EventNumber::ZERO).await {
                Ok(Some(acquired)) => break acquired,
                Ok(None) => tokio::task::yield_now().await,
                Err(error) => assert!(error.is_retryable(), "{error}"),
            }
        }
    };
    timeout(LIMIT, acquired).await.unwrap()
}

async fn save(store: &PostgresStore, lease: LeaseToken, checkpoint: u32) -> CheckpointOutcome {
    store.save_checkpoint(lease, checkpoint.into()).await.unwrap()
}

fn step(lease: LeaseToken, from: u32, to: u32) -> ProjectionStep {
    ProjectionStep {
        lease,
        from: from.into(),
        to: to.into(),
    }
}

async fn stored(fixture: &Fixture) -> i64 {
    let query = sqlx::query_scalar("SELECT coalesce(last_seen, 0) FROM subscriptions");
    query.fetch_one(&mut fixture.session().await).await.unwrap()
}

/// The statement is on its way when the stream is replaced by a shorter one and another process takes over.
///
/// Behaviours: T10, T13.
async fn a_checkpoint_that_arrives_late_is_refused(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    if !fixture.ends_silent_sessions().await {
        return;
    }
    let proxy = Proxy::start(fixture.database.url()).await.unwrap();
    let config = PostgresConfig::from_url(proxy.url()).unwrap();
    let cut_off = PostgresStore::connect(config.with_pool_size(NonZeroUsize::MIN))
        .await
        .unwrap();
    let stream = StreamName::new("st").unwrap();
    fixture.append("st", ExpectedVersion::NoStream, 10).await.unwrap();
    let held = acquire(&cut_off, &key("st")).await.lease;
    assert_eq!(save(&cut_off, held.token(), 5).await, CheckpointOutcome::Saved);

    proxy.pause();
    let late = tokio::spawn({
        let (store, token) = (cut_off.clone(), held.token());
        async move { save(&store, token, 10).await }
    });
    let heir = acquire(&fixture.store, &key("st")).await;
    assert_eq!(heir.checkpoint, 5.into());
    assert_eq!(
        save(&fixture.store, heir.lease.token(), 6).await,
        CheckpointOutcome::Saved
    );
    fixture.store.delete(Delete::new(stream, Deletion::Hard)).await.unwrap();
    fixture.append("st", ExpectedVersion::NoStream, 3).await.unwrap();
    assert_eq!(
        timeout(LIMIT, heir.lease.lost()).await.unwrap(),
        LeaseLoss::StreamReplaced
    );
    heir.lease.release().await;
    let heir = acquire(&fixture.store, &key("st")).await;
    assert_eq!(heir.checkpoint, 0.into());
    assert_eq!(
        save(&fixture.store, heir.lease.token(), 3).await,
        CheckpointOutcome::Saved
    );

    proxy.resume();
    assert_eq!(timeout(LIMIT, late).await.unwrap().unwrap(), CheckpointOutcome::Fenced);
    assert_eq!(stored(&fixture).await, 3);
}

/// Under read committed the row is compared again once the change that was waited for is committed.
///
/// Behaviours: T13.
async fn a_save_that_waits_for_a_takeover_is_refused(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let held = acquire(&fixture.store, &key("$all")).await.lease;
    let mut session = fixture.session().await;
    for begins_step in [false, true] {
        let mut takeover = session.begin().await.unwrap();
        takeover
            .execute("UPDATE subscriptions SET lease_epoch = lease_epoch + 1")
            .await
            .unwrap();
        let waits = async {
            if begins_step {
                let begun = fixture.store.begin_step(step(held.token(), 0, 5)).await.unwrap();
                assert!(matches!(begun, BegunProjection::Fenced), "{begun:?}");
            } else {
                assert_eq!(save(&fixture.store, held.token(), 5).await, CheckpointOutcome::Fenced);
            }
        };
        let commits = async {
            fixture.somebody_waits_for_a_lock().await;
            takeover.commit().await.unwrap();
        };
        tokio::join!(waits, commits);
        session
            .execute("UPDATE subscriptions SET lease_epoch = lease_epoch - 1")
            .await
            .unwrap();
    }
    assert_eq!(stored(&fixture).await, 0);
}

/// A row that is being changed is passed over: an open step of the holder before makes no other lease of the process wait.
///
/// Behaviours: T13.
async fn a_takeover_that_waits_for_nothing_finds_the_latest_checkpoint(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let held = acquire(&fixture.store, &key("$all")).await.lease;
    let BegunProjection::Begun(transaction) = fixture.store.begin_step(step(held.token(), 0, 5)).await.unwrap() else {
        panic!("the step does not begin");
    };
    held.release().await;
    let other = PostgresStore::connect(fixture.config.clone()).await.unwrap();
    let early = other.try_acquire(&key("$all"), 0.into()).await.unwrap();
    assert!(early.is_none(), "a lease was given beside an open step: {early:?}");
    fixture.store.commit_step(transaction).await.unwrap();
    assert_eq!(acquire(&other, &key("$all")).await.checkpoint, 5.into());
}

/// The process behind the proxy is as good as stopped: nothing of it arrives.
///
/// Behaviours: T14.
async fn a_holder_that_falls_silent_inside_a_step_keeps_no_heir_waiting(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    if !fixture.ends_silent_sessions().await {
        return;
    }
    let proxy = Proxy::start(fixture.database.url()).await.unwrap();
    let config = PostgresConfig::from_url(proxy.url()).unwrap();
    let silent = PostgresStore::connect(config).await.unwrap();
    let held = acquire(&silent, &key("$all")).await.lease;
    let BegunProjection::Begun(transaction) = silent.begin_step(step(held.token(), 0, 5)).await.unwrap() else {
        panic!("the step does not begin");
    };
    proxy.pause();
    let heir = acquire(&fixture.store, &key("$all")).await;
    assert_eq!(heir.checkpoint, 0.into());
    proxy.resume();
    let committed = silent.commit_step(transaction).await;
    assert!(committed.is_err(), "a step was committed beside another lease");
    assert_eq!(stored(&fixture).await, 0);
}

/// The set waits for an event id in its second stream when its process falls silent; `$all` is locked by then.
///
/// Behaviours: T14.
async fn a_holder_that_falls_silent_inside_a_set_keeps_no_append_waiting(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let proxy = Proxy::start(fixture.database.url()).await.unwrap();
    let config = PostgresConfig::from_url(proxy.url()).unwrap();
    let silent = PostgresStore::connect(config).await.unwrap();
    let (first, second) = (
        append("a", ExpectedVersion::Any, 1),
        append("b", ExpectedVersion::Any, 1),
    );
    let mut session = fixture.session().await;
    let mut obstacle = session.begin().await.unwrap();
    let id: Uuid = second.event_ids().next().unwrap().as_uuid();
    insert_event(&mut obstacle, layout, id).await;
    let set = tokio::spawn(async move { silent.append_set(AppendSet::new(vec![first, second]).unwrap()).await });
    fixture.somebody_waits_for_a_lock().await;
    proxy.pause();
    obstacle.rollback().await.unwrap();
    let started = Instant::now();
    let appended = fixture.append("c", ExpectedVersion::Any, 1);
    timeout(LIMIT, appended).await.unwrap().unwrap();
    println!("appended after {:?}", started.elapsed());
    proxy.resume();
    let outcome = timeout(LIMIT, set).await.unwrap().unwrap();
    assert!(outcome.is_err(), "{outcome:?}");
    assert_eq!(fixture.store.verify().await.unwrap(), []);
}

/// An event that blocks another one of the same id until its transaction ends.
async fn insert_event(connection: &mut PgConnection, layout: Layout, id: Uuid) {
    let insert = match layout {
        Layout::Compact => {
            "INSERT INTO events (position, stream_id, stream_version, created_at, event_id, event_type, data)
             VALUES (1000000, 1000000, 1, now(), $1, 'Obstacle', '')"
        }
        _ => "INSERT INTO events (event_id, event_type, data) VALUES ($1, 'Obstacle', '')",
    };
    sqlx::query(insert).bind(id).execute(connection).await.unwrap();
}

/// A caller's transaction that locks `$all` ends as well when its process stops; a lower limit of the caller's stays.
///
/// Behaviours: T14.
async fn a_callers_transaction_is_limited_no_further_than_it_is_already(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    for (before, after) in [("0", "3s"), ("1min", "3s"), ("1500ms", "1500ms"), ("2s", "2s")] {
        let mut session = fixture.session().await;
        let set = "SELECT set_config('idle_in_transaction_session_timeout', $1, false)";
        sqlx::query(set).bind(before).execute(&mut session).await.unwrap();
        let mut transaction = session.begin().await.unwrap();
        let appended = append("s", ExpectedVersion::Any, 1);
        fixture.store.on(&mut transaction).append(appended).await.unwrap();
        assert_eq!(idle_limit(&mut transaction).await, after);
        transaction.commit().await.unwrap();
        assert_eq!(idle_limit(&mut session).await, before);
    }
}

async fn idle_limit(connection: &mut PgConnection) -> String {
    let query = sqlx::query_scalar("SELECT current_setting('idle_in_transaction_session_timeout')");
    query.fetch_one(connection).await.unwrap()
}

/// Ids never begin again; where another library lets them, the epoch tells.
///
/// Behaviours: R4.22.
async fn nothing_of_before_a_reset_is_stored(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let held = acquire(&fixture.store, &key("$all")).await.lease;
    save(&fixture.store, held.token(), 5).await;
    PostgresAdmin::new(fixture.config.clone()).reset().await.unwrap();
    let lost = timeout(LIMIT, held.lost()).await.unwrap();
    assert_eq!(lost, LeaseLoss::SubscriptionDeleted);
    let again = acquire(&fixture.store, &key("$all")).await.lease;
    assert_ne!(again.token().id, held.token().id);
    assert_eq!(
        save(&fixture.store, held.token(), 6).await,
        CheckpointOutcome::SubscriptionGone
    );

    let with_ids = "BEGIN; SET LOCAL eventstore.reset TO 'on'; TRUNCATE subscriptions RESTART IDENTITY; COMMIT;
        SELECT setval('subscriptions_subscription_id_seq', $, false)";
    let with_ids = with_ids.replace('$', &again.token().id.get().to_string());
    fixture
        .session()
        .await
        .execute(sqlx::AssertSqlSafe(with_ids))
        .await
        .unwrap();
    let other = PostgresStore::connect(fixture.config.clone()).await.unwrap();
    let created = other.find_or_create_subscription(&key("$all"), 0.into()).await.unwrap();
    assert_eq!(created.id, again.token().id, "this id begins again");
    assert_eq!(save(&fixture.store, again.token(), 6).await, CheckpointOutcome::Fenced);
    let lost = timeout(LIMIT, again.lost()).await.unwrap();
    assert_eq!(lost, LeaseLoss::InDoubt);
    let heir = acquire(&other, &key("$all")).await;
    assert!(heir.lease.token().epoch > again.token().epoch);
    assert_eq!(heir.checkpoint, 0.into());
}

/// What `initialize` makes beyond the other library's tables and is asked for at connect.
const WITHOUT_ADDITIONS: &str =
    "DROP TABLE eventstore_parked_events, eventstore_subscription_streams, eventstore_subscription_statuses,
        eventstore_groups, eventstore_group_members, eventstore_group_partitions, eventstore_projections,
        eventstore_projection_builds;
    ALTER TABLE subscriptions DROP COLUMN lease_epoch";

/// The other library takes the same lock, and acknowledges without an epoch and without a condition.
const THEIR_ACK: &str =
    "UPDATE subscriptions SET last_seen = $1 WHERE stream_uuid = '$all' AND subscription_name = 'x'";

/// Ours is stopped, the other library takes over, ours wakes.
///
/// Behaviours: R8.60, T13.
#[tokio::test]
async fn a_holder_that_wakes_after_the_other_library_took_over_is_refused() {
    for has_additions in [true, false] {
        let fixture = Fixture::of(Layout::Original).await;
        if !has_additions {
            fixture.session().await.execute(WITHOUT_ADDITIONS).await.unwrap();
        }
        let store = PostgresStore::connect(fixture.config.clone()).await.unwrap();
        let event = append("s", ExpectedVersion::Any, 9);
        let id = event.event_ids().next().unwrap();
        store.append(event).await.unwrap();
        let stopped = acquire(&store, &key("$all")).await.lease;
        let token = stopped.token();
        assert_eq!(save(&store, token, 5).await, CheckpointOutcome::Saved);
        // The server ends the session of its locks; it does not know yet.
        fixture.terminate("locks").await;
        let mut theirs = fixture.session().await;
        let locks = "SELECT pg_try_advisory_lock('subscriptions'::regclass::oid::int4, $1::int4)";
        let is_theirs = sqlx::query_scalar::<_, bool>(locks).bind(i32::try_from(token.id.get()).unwrap());
        assert!(is_theirs.fetch_one(&mut theirs).await.unwrap());
        sqlx::query(THEIR_ACK).bind(7_i64).execute(&mut theirs).await.unwrap();

        assert_eq!(
            save(&store, token, 9).await,
            CheckpointOutcome::Fenced,
            "{has_additions}"
        );
        for from in [5, 7] {
            let begun = store.begin_step(step(token, from, 9)).await.unwrap();
            assert!(matches!(begun, BegunProjection::Fenced), "{has_additions}: {begun:?}");
        }
        if has_additions {
            let outcome = store.park(&parking(token, id)).await.unwrap();
            assert_eq!(outcome, ParkOutcome::Fenced);
        }
        assert_eq!(stored(&fixture).await, 7);
        theirs.close().await.unwrap();
        assert_eq!(acquire(&store, &key("$all")).await.checkpoint, 7.into());
    }
}

fn parking(lease: LeaseToken, event_id: eventstore_core::EventId) -> Parking {
    Parking {
        lease,
        key: key("$all"),
        events: vec![EventToPark {
            number: 8.into(),
            event_id,
            partition: None,
            cause: ParkCause::Rejected {
                reason: "no".to_owned(),
                attempts: 1,
            },
        }],
        checkpoint: 8.into(),
    }
}

/// What this library itself moves the checkpoint by is its holder's: steps and saves, with and without answers.
#[tokio::test]
async fn a_holder_in_a_shared_store_knows_its_own_checkpoints() {
    let fixture = Fixture::of(Layout::Original).await;
    let token_of = acquire(&fixture.store, &key("$all")).await.lease;
    let token = token_of.token();
    for (from, to) in [(0, 2), (2, 5)] {
        let BegunProjection::Begun(begun) = fixture.store.begin_step(step(token, from, to)).await.unwrap() else {
            panic!("the step to {to} does not begin");
        };
        fixture.store.commit_step(begun).await.unwrap();
        assert_eq!(save(&fixture.store, token, to).await, CheckpointOutcome::Saved);
    }
    // A step that is undone, and one whose end is not known to anyone yet.
    drop(fixture.store.begin_step(step(token, 5, 9)).await.unwrap());
    assert_eq!(save(&fixture.store, token, 6).await, CheckpointOutcome::Saved);
    assert_eq!(save(&fixture.store, token, 7).await, CheckpointOutcome::Saved);
}

/// A lock on another database excludes no one.
///
/// Behaviours: R8.60.
#[tokio::test]
async fn a_session_url_to_another_database_is_refused() {
    let fixture = Fixture::new().await;
    let elsewhere = TestDatabase::create().await;
    let config = PostgresConfig::from_url(elsewhere.url()).unwrap();
    PostgresAdmin::new(config.clone())
        .initialize(Layout::default(), DataType::default())
        .await
        .unwrap();
    let config = fixture.config.clone().with_session_url(elsewhere.url()).unwrap();
    let refused = PostgresStore::connect(config).await.map(drop);
    assert!(
        matches!(&refused, Err(Error::InvalidInput { argument: "session_url", reason }) if reason.contains("database")),
        "{refused:?}"
    );
}
