//! The locks of subscriptions are those that other programs on the same database take.

use std::time::Duration;

use eventstore_core::backend::{AcquiredLease, CheckpointOutcome, LeaseToken, SubscriptionLocks, SubscriptionStore};
use eventstore_core::{
    Error, EventNumber, EventWriter, ExpectedVersion, Result, StreamName, StreamSelector, SubscriptionKey,
    SubscriptionName,
};
use eventstore_postgres::{Layout, PostgresConfig, PostgresStore};
use eventstore_testkit::proxy::Proxy;
use futures_util::future::join_all;
use sqlx::Connection;
use tokio::time::timeout;

use crate::support::{Fixture, append, in_both_layouts};

in_both_layouts! {
    many_leases_take_a_few_round_trips,
    many_checkpoints_take_a_few_round_trips,
    a_checkpoint_that_waits_for_its_row_keeps_no_other_waiting,
    a_lease_that_cannot_be_given_keeps_no_other_from_being_given,
    what_a_failed_statement_locked_is_unlocked,
}

fn key(selector: StreamSelector, name: &str) -> SubscriptionKey {
    SubscriptionKey {
        selector,
        name: SubscriptionName::new(name).unwrap(),
    }
}

fn of_stream(name: &str) -> SubscriptionKey {
    key(StreamName::new("s").unwrap().into(), name)
}

async fn try_acquire(fixture: &Fixture) -> Option<AcquiredLease> {
    let key = key(StreamSelector::All, "s");
    fixture.store.try_acquire(&key, EventNumber::ZERO).await.unwrap()
}

async fn acquire_all(store: &PostgresStore, names: &[String]) -> Vec<Result<Option<AcquiredLease>>> {
    let keys: Vec<_> = names.iter().map(|name| of_stream(name)).collect();
    join_all(keys.iter().map(|key| store.try_acquire(key, EventNumber::ZERO))).await
}

async fn hold_all(store: &PostgresStore, names: &[String]) -> Vec<AcquiredLease> {
    let acquired = acquire_all(store, names).await;
    acquired
        .into_iter()
        .map(|acquired| acquired.unwrap().unwrap())
        .collect()
}

async fn save_all(store: &PostgresStore, leases: &[LeaseToken], checkpoint: u32) -> Vec<CheckpointOutcome> {
    let saved = join_all(
        leases
            .iter()
            .map(|lease| store.save_checkpoint(*lease, checkpoint.into())),
    )
    .await;
    saved.into_iter().map(Result::unwrap).collect()
}

fn fifty() -> Vec<String> {
    (0..50).map(|index| format!("subscription {index}")).collect()
}

fn tokens(leases: &[AcquiredLease]) -> Vec<LeaseToken> {
    leases.iter().map(|acquired| acquired.lease.token()).collect()
}

/// A store over a proxy that counts, whose connections are there.
async fn counted(fixture: &Fixture) -> (Proxy, PostgresStore) {
    let proxy = Proxy::start(fixture.database.url()).await.unwrap();
    let store = PostgresStore::connect(PostgresConfig::from_url(proxy.url()).unwrap())
        .await
        .unwrap();
    for held in hold_all(&store, &["first".to_owned()]).await {
        save_all(&store, &[held.lease.token()], 1).await;
        held.lease.release().await;
    }
    (proxy, store)
}

async fn many_leases_take_a_few_round_trips(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let (proxy, store) = counted(&fixture).await;
    for what in ["new", "existing"] {
        let (leases, counts) = proxy.count(hold_all(&store, &fifty())).await;
        assert!(counts.round_trips <= 6, "{counts:?} for {what} subscriptions");
        let (_, counts) = proxy
            .count(join_all(leases.into_iter().map(|acquired| acquired.lease.release())))
            .await;
        assert!(counts.round_trips <= 6, "{counts:?} to give them back");
    }
}

async fn many_checkpoints_take_a_few_round_trips(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let (proxy, store) = counted(&fixture).await;
    let leases = hold_all(&store, &fifty()).await;
    for checkpoint in [3, 7] {
        let (saved, counts) = proxy.count(save_all(&store, &tokens(&leases), checkpoint)).await;
        assert_eq!(saved, vec![CheckpointOutcome::Saved; 50]);
        assert!(counts.round_trips <= 6, "{counts:?}");
    }
}

async fn a_checkpoint_that_waits_for_its_row_keeps_no_other_waiting(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let leases = hold_all(&fixture.store, &fifty()).await;
    let tokens = tokens(&leases);
    let mut session = fixture.session().await;
    let mut transaction = session.begin().await.unwrap();
    sqlx::query("SELECT FROM subscriptions WHERE subscription_id = $1 FOR UPDATE")
        .bind(tokens[0].id.get())
        .execute(&mut *transaction)
        .await
        .unwrap();
    let waits = tokio::spawn({
        let (store, lease) = (fixture.store.clone(), tokens[0]);
        async move { store.save_checkpoint(lease, 5.into()).await }
    });
    for checkpoint in 1..=5 {
        let saved = timeout(
            Duration::from_secs(5),
            save_all(&fixture.store, &tokens[1..], checkpoint),
        )
        .await;
        assert_eq!(saved.unwrap(), vec![CheckpointOutcome::Saved; 49]);
    }
    assert!(!waits.is_finished());
    transaction.rollback().await.unwrap();
    assert_eq!(waits.await.unwrap().unwrap(), CheckpointOutcome::Saved);
}

/// Lets the server refuse what is written for subscriptions of this name.
async fn refuse_to_write_for(fixture: &Fixture, name: &str) {
    let mut session = fixture.session().await;
    for sql in [
        format!(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                 IF EXISTS (SELECT FROM subscriptions AS subscription WHERE subscription.subscription_id = NEW.subscription_id
                     AND subscription_name = '{name}') THEN
                     RAISE EXCEPTION 'it is refused';
                 END IF;
                 RETURN NEW;
             END $$"
        ),
        "CREATE TRIGGER refuse AFTER INSERT OR UPDATE ON eventstore_subscription_streams
         FOR EACH ROW EXECUTE FUNCTION refuse()"
            .to_owned(),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(sql)).execute(&mut session).await.unwrap();
    }
}

async fn allow_to_write(fixture: &Fixture) {
    sqlx::query("DROP TRIGGER refuse ON eventstore_subscription_streams")
        .execute(&mut fixture.session().await)
        .await
        .unwrap();
}

async fn a_lease_that_cannot_be_given_keeps_no_other_from_being_given(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    fixture
        .store
        .append(append("s", ExpectedVersion::NoStream, 1))
        .await
        .unwrap();
    refuse_to_write_for(&fixture, "subscription 7").await;
    let acquired = acquire_all(&fixture.store, &fifty()).await;
    for (index, acquired) in acquired.iter().enumerate() {
        match (index, acquired) {
            (7, Err(Error::Storage { .. })) => {}
            (_, Ok(Some(_))) if index != 7 => {}
            (index, other) => panic!("subscription {index}: {other:?}"),
        }
    }
}

async fn what_a_failed_statement_locked_is_unlocked(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let other = PostgresStore::connect(fixture.config.clone()).await.unwrap();
    fixture
        .store
        .append(append("s", ExpectedVersion::NoStream, 1))
        .await
        .unwrap();
    // The subscriptions exist already, and their locks are known to be free.
    let names = ["kept".to_owned(), "refused".to_owned()];
    let mut held = hold_all(&fixture.store, &names).await;
    held.pop().unwrap().lease.release().await;
    sqlx::query("TRUNCATE eventstore_subscription_streams")
        .execute(&mut fixture.session().await)
        .await
        .unwrap();
    refuse_to_write_for(&fixture, "refused").await;
    for _ in 0..2 {
        let refused = acquire_all(&fixture.store, &names[1..]).await;
        assert!(matches!(refused[0], Err(Error::Storage { .. })), "{refused:?}");
    }
    allow_to_write(&fixture).await;
    assert!(matches!(acquire_all(&other, &names).await[..], [Ok(None), Ok(Some(_))]));
}

const TRY_LOCK: &str = "SELECT pg_try_advisory_lock('public.subscriptions'::regclass::oid::int4, $1::int4)";

/// Behaviours: R8.60.
#[tokio::test]
async fn a_lease_is_an_advisory_lock_on_the_table_and_the_id() {
    let fixture = Fixture::new().await;
    let lease = try_acquire(&fixture).await.unwrap().lease;
    let mut session = fixture.session().await;
    let key = i32::try_from(lease.token().id.get()).unwrap();
    assert!(
        !sqlx::query_scalar::<_, bool>(TRY_LOCK)
            .bind(key)
            .fetch_one(&mut session)
            .await
            .unwrap()
    );
    lease.release().await;
    assert!(
        sqlx::query_scalar::<_, bool>(TRY_LOCK)
            .bind(key)
            .fetch_one(&mut session)
            .await
            .unwrap()
    );
    assert!(try_acquire(&fixture).await.is_none());
    session.close().await.unwrap();
}
