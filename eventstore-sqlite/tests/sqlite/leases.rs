//! Leases are rows, which a clock ends that no one sets.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use eventstore_core::backend::{
    BegunProjection, CheckpointOutcome, Lease, LeaseLoss, ProjectionStep, ProjectionStore, SubscriptionLocks,
    SubscriptionStore,
};
use eventstore_core::{Error, EventNumber, EventWriter, ExpectedVersion, SubscriptionAdmin, SubscriptionKey};
use eventstore_sqlite::{SqliteStore, SqliteTransaction};
use futures_util::FutureExt;
use sqlx::{Connection, Executor, SqliteConnection};
use tokio::runtime::Runtime;
use tokio::time::{sleep, timeout};

use crate::support::{Fixture, append};

/// How long a lease lasts that is not renewed, in milliseconds.
const LASTS: i64 = 3_000;

/// After this time, another process has taken over.
const TAKEN_OVER: Duration = Duration::from_secs(5);

fn key(name: &str) -> SubscriptionKey {
    SubscriptionKey::new("$all", name).unwrap()
}

async fn try_hold(store: &SqliteStore, name: &str) -> Option<Box<dyn Lease>> {
    let acquired = store.try_acquire(&key(name), EventNumber::ZERO).await.unwrap();
    acquired.map(|acquired| acquired.lease)
}

async fn hold(store: &SqliteStore, name: &str) -> Box<dyn Lease> {
    let asks = async {
        loop {
            match try_hold(store, name).await {
                Some(lease) => return lease,
                None => sleep(Duration::from_millis(10)).await,
            }
        }
    };
    timeout(Duration::from_secs(30), asks).await.unwrap()
}

async fn begin(store: &SqliteStore, lease: &dyn Lease, to: u32) -> SqliteTransaction {
    let step = ProjectionStep {
        lease: lease.token(),
        from: EventNumber::ZERO,
        to: EventNumber::from(to),
    };
    match store.begin_step(step).await.unwrap() {
        BegunProjection::Begun(transaction) => transaction,
        begun => panic!("the step does not begin: {begun:?}"),
    }
}

/// The run of the machine and the machine's clock, as a lease has them that is given now.
async fn now(fixture: &Fixture, connection: &mut SqliteConnection) -> (String, i64) {
    let lease = hold(&fixture.store, "now").await;
    let row = "SELECT lease_boot, lease_until - ? FROM eventstore_subscriptions WHERE name = 'now'";
    let row = sqlx::query_as(row).bind(LASTS).fetch_one(connection).await.unwrap();
    lease.release().await;
    row
}

/// Puts a lease into the row of a subscription that no one renews.
async fn forge(connection: &mut SqliteConnection, name: &str, boot: &str, until: i64) {
    let forge = "UPDATE eventstore_subscriptions SET lease_epoch = 7, lease_boot = ?, lease_until = ? WHERE name = ?";
    let forge = sqlx::query(forge).bind(boot).bind(until).bind(name);
    assert_eq!(forge.execute(connection).await.unwrap().rows_affected(), 1);
}

async fn is_held(store: &SqliteStore, name: &str) -> bool {
    store.subscription_info(&key(name)).await.unwrap().is_held
}

#[tokio::test]
async fn a_lease_is_held_only_in_its_run_of_the_machine_and_no_longer_than_a_lease_lasts() {
    let fixture = Fixture::new().await;
    let mut connection = fixture.connection().await;
    hold(&fixture.store, "a").await.release().await;
    let (boot, now) = now(&fixture, &mut connection).await;

    forge(&mut connection, "a", &boot, now + LASTS).await;
    assert!(is_held(&fixture.store, "a").await);
    assert!(try_hold(&fixture.store, "a").await.is_none(), "the lease is held");

    let hour = 60 * 60 * 1_000;
    let free = [
        ("another run of the machine", "another", now + LASTS),
        ("a clock that started over", &boot, now + hour),
        ("a lease that has ended", &boot, now),
        ("a lease of long ago", &boot, now - hour),
    ];
    for (case, boot, until) in free {
        forge(&mut connection, "a", boot, until).await;
        assert!(!is_held(&fixture.store, "a").await, "{case}");
        let lease = try_hold(&fixture.store, "a").await.expect(case);
        assert_eq!(lease.token().epoch.get(), 8, "{case}");
        lease.release().await;
    }
}

#[tokio::test]
async fn a_lease_that_is_not_renewed_any_more_is_taken_over() {
    let fixture = Fixture::new().await;
    let mut connection = fixture.connection().await;
    hold(&fixture.store, "a").await.release().await;
    let (boot, now) = now(&fixture, &mut connection).await;
    forge(&mut connection, "a", &boot, now + LASTS).await;
    let begun = Instant::now();
    let lease = hold(&fixture.store, "a").await;
    assert_eq!(lease.token().epoch.get(), 8);
    assert!(begun.elapsed() < TAKEN_OVER, "after {:?}", begun.elapsed());
}

/// The clock that people and time servers set plays no part.
#[test]
fn no_statement_of_leases_and_nothing_that_runs_them_asks_for_the_time_of_day() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let clocks = "unixepoch strftime date( datetime julianday current_time systemtime";
    let mut statements = 0;
    for folder in ["sql", "subscriptions/lease"] {
        for file in fs::read_dir(sources.join(folder)).unwrap() {
            let path = file.unwrap().path();
            let text = fs::read_to_string(&path).unwrap().to_lowercase();
            if folder == "sql" && !text.contains("lease_") {
                continue;
            }
            statements += usize::from(folder == "sql");
            let found = clocks.split(' ').find(|clock| text.contains(clock));
            assert_eq!(found, None, "{}", path.display());
        }
    }
    assert!(statements > 5, "{statements} statements about leases");
}

#[tokio::test]
async fn an_append_from_within_a_step_is_refused_by_name_and_the_step_goes_on() {
    let fixture = Fixture::with(|config| config.with_busy_timeout(Duration::from_millis(200))).await;
    let lease = hold(&fixture.store, "a").await;
    let transaction = begin(&fixture.store, &*lease, 5).await;
    let early = fixture.store.append(append("s", ExpectedVersion::Any, 1)).await;
    match early {
        Err(Error::TimedOut { setting, message, .. }) => {
            assert_eq!(setting, "busy_timeout");
            assert!(message.contains("step"), "{message}");
        }
        other => panic!("the step has the only writer: {other:?}"),
    }
    fixture.store.commit_step(transaction).await.unwrap();
    let stored = fixture.store.subscription_info(&key("a")).await.unwrap().record;
    assert_eq!(stored.checkpoint, EventNumber::from(5));
    let later = fixture.store.append(append("s", ExpectedVersion::NoStream, 1)).await;
    assert_eq!(later.unwrap().first_position.get(), 1, "nothing was stored before");
    let saved = fixture.store.save_checkpoint(lease.token(), EventNumber::from(6)).await;
    assert_eq!(saved.unwrap(), CheckpointOutcome::Saved);
}

/// No lease can be renewed during a step, and no one else can be given one: all are renewed as it is committed.
#[tokio::test]
async fn a_step_that_lasts_longer_than_a_lease_costs_no_lease() {
    let fixture = Fixture::new().await;
    let other = fixture.another_store(|config| config).await;
    let lease = hold(&fixture.store, "a").await;
    let beside = hold(&fixture.store, "b").await;
    let transaction = begin(&fixture.store, &*lease, 5).await;
    while is_held(&other, "a").await || is_held(&other, "b").await {
        sleep(Duration::from_millis(10)).await;
    }
    let in_time = timeout(
        Duration::from_millis(500),
        futures_util::future::select(lease.lost(), beside.lost()),
    );
    assert!(in_time.await.is_err(), "no lease is lost before the step ends");
    fixture.store.commit_step(transaction).await.unwrap();
    for name in ["a", "b"] {
        assert!(is_held(&other, name).await, "{name}");
        assert!(try_hold(&other, name).await.is_none(), "{name}");
    }
    for lease in [&lease, &beside] {
        assert_eq!(lease.lost().now_or_never(), None);
    }
}

/// The lease is renewed as soon as the step is over, if no one was faster.
#[tokio::test]
async fn a_dropped_step_that_lasted_longer_than_a_lease_costs_no_lease_that_no_one_took() {
    let fixture = Fixture::new().await;
    let other = fixture.another_store(|config| config).await;
    let lease = hold(&fixture.store, "a").await;
    let transaction = begin(&fixture.store, &*lease, 5).await;
    while is_held(&other, "a").await {
        sleep(Duration::from_millis(10)).await;
    }
    drop(transaction);
    while !is_held(&other, "a").await {
        sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(lease.lost().now_or_never(), None);
    let saved = fixture.store.save_checkpoint(lease.token(), EventNumber::FIRST).await;
    assert_eq!(saved.unwrap(), CheckpointOutcome::Saved);
}

/// What the step would have renewed is over, and others can have it.
#[tokio::test]
async fn a_step_that_cannot_be_committed_renews_no_lease() {
    let fixture = Fixture::new().await;
    let other = fixture.another_store(|config| config).await;
    let lease = hold(&fixture.store, "a").await;
    let transaction = begin(&fixture.store, &*lease, 5).await;
    while is_held(&other, "a").await {
        sleep(Duration::from_millis(10)).await;
    }
    fs::rename(fixture.path(), fixture.path().with_extension("moved")).unwrap();
    fixture.store.commit_step(transaction).await.unwrap_err();
    let lost = timeout(Duration::from_secs(1), lease.lost()).await;
    assert_eq!(lost.unwrap(), LeaseLoss::InDoubt);
}

/// The store itself waits for the file for as long as its settings say, but its holders do not.
#[tokio::test]
async fn a_holder_whose_step_is_dropped_is_told_although_another_writer_has_the_file() {
    let fixture = Fixture::with(|config| config.with_busy_timeout(Duration::from_mins(1))).await;
    let lease = hold(&fixture.store, "a").await;
    let mut transaction = begin(&fixture.store, &*lease, 5).await;
    while is_held(&fixture.store, "a").await {
        sleep(Duration::from_millis(10)).await;
    }
    // Another writer is faster than this store, which is sure to wait here: the store's own connection is still in use.
    transaction.execute("ROLLBACK; BEGIN").await.unwrap();
    let mut connection = fixture.connection().await;
    let blocked = connection.begin_with("BEGIN IMMEDIATE").await.unwrap();
    drop(transaction);
    let lost = timeout(Duration::from_secs(5), lease.lost()).await;
    assert_eq!(lost.unwrap(), LeaseLoss::InDoubt);
    drop(blocked);
}

/// A process that has the file meanwhile may take the lease.
#[tokio::test]
async fn a_holder_that_cannot_renew_its_lease_is_told() {
    let fixture = Fixture::new().await;
    let lease = hold(&fixture.store, "a").await;
    let mut connection = fixture.connection().await;
    let mut blocked = connection.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let take = "UPDATE eventstore_subscriptions SET lease_epoch = lease_epoch + 1";
    blocked.execute(take).await.unwrap();
    assert_eq!(lease.lost().await, LeaseLoss::InDoubt);
    blocked.commit().await.unwrap();
    let saved = fixture.store.save_checkpoint(lease.token(), EventNumber::FIRST).await;
    assert_eq!(saved.unwrap(), CheckpointOutcome::Fenced);
    lease.release().await;
    hold(&fixture.store, "a").await.release().await;
}

/// A candidate is told so at once, although nothing can be written.
#[tokio::test]
async fn a_lease_that_is_held_is_refused_without_waiting_for_writers() {
    let fixture = Fixture::with(|config| config.with_busy_timeout(Duration::from_secs(30))).await;
    let other = fixture.another_store(|config| config).await;
    let lease = hold(&fixture.store, "a").await;
    let transaction = begin(&fixture.store, &*lease, 5).await;
    let refused = timeout(Duration::from_secs(2), try_hold(&other, "a")).await;
    assert!(refused.unwrap().is_none());
    drop(transaction);
}

/// The row keeps the lease for a while; the next holder need not wait for that.
#[tokio::test]
async fn a_released_lease_leaves_nothing_in_its_row() {
    let fixture = Fixture::new().await;
    let mut connection = fixture.connection().await;
    let held = "SELECT count(*) FROM eventstore_subscriptions WHERE lease_boot IS NOT NULL OR lease_until IS NOT NULL";
    let lease = hold(&fixture.store, "a").await;
    let count: i64 = sqlx::query_scalar(held).fetch_one(&mut connection).await.unwrap();
    assert_eq!(count, 1);
    lease.release().await;
    let count: i64 = sqlx::query_scalar(held).fetch_one(&mut connection).await.unwrap();
    assert_eq!(count, 0);
}

#[test]
fn the_end_of_the_runtime_of_the_store_loses_its_leases() {
    let (first, second) = (Runtime::new().unwrap(), Runtime::new().unwrap());
    let (fixture, lease) = first.block_on(async {
        let fixture = Fixture::new().await;
        let lease = hold(&fixture.store, "a").await;
        (fixture, lease)
    });
    drop(first);
    second.block_on(async {
        assert_eq!(lease.lost().now_or_never(), Some(LeaseLoss::InDoubt));
        let late = fixture.store.try_acquire(&key("b"), EventNumber::ZERO).await;
        assert!(matches!(late, Err(Error::Unavailable { .. })), "{late:?}");
        lease.release().await;
    });
}

#[tokio::test]
async fn a_step_whose_transaction_was_ended_is_not_taken_for_committed() {
    let fixture = Fixture::new().await;
    let lease = hold(&fixture.store, "s").await;
    let mut step = begin(&fixture.store, &*lease, 3).await;
    step.execute("ROLLBACK").await.unwrap();
    let committed = fixture.store.commit_step(step).await;
    let expected = matches!(
        committed,
        Err(Error::InvalidInput {
            argument: "transaction",
            ..
        })
    );
    assert!(expected, "{committed:?}");
    let again = begin(&fixture.store, &*lease, 3).await;
    fixture.store.commit_step(again).await.unwrap();
}
