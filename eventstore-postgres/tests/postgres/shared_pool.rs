//! A store on a pool of the application's.

use std::time::Duration;

use eventstore_core::{AppendSet, Error, EventReaderExt, EventWriter, ExpectedVersion, Read, StreamName};
use eventstore_postgres::{Layout, PostgresConfig, PostgresStore};
use futures_util::TryStreamExt;
use sqlx::postgres::PgPoolOptions;
use sqlx::{Connection, Executor, PgPool};

use crate::support::{Fixture, append, in_both_layouts, schema};

in_both_layouts! {
    shares_the_connections_of_the_pool,
    lets_an_append_join_the_transaction_of_the_pool,
    leaves_the_pool_in_order_when_a_caller_goes,
    says_that_the_pool_has_no_connection,
}

/// A store on a pool of one connection.
async fn share(fixture: &Fixture) -> (PostgresStore, PgPool) {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(Duration::from_millis(200))
        .connect(fixture.database.url())
        .await
        .unwrap();
    let config = PostgresConfig::from_pool(pool.clone());
    (PostgresStore::connect(config).await.unwrap(), pool)
}

async fn backend_pid(pool: &PgPool) -> i32 {
    sqlx::query_scalar("SELECT pg_backend_pid()")
        .fetch_one(pool)
        .await
        .unwrap()
}

async fn shares_the_connections_of_the_pool(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let (store, pool) = share(&fixture).await;
    let pid = backend_pid(&pool).await;
    store.append(append("s", ExpectedVersion::NoStream, 2)).await.unwrap();
    let stream = Read::new(StreamName::new("s").unwrap());
    let events: Vec<_> = store.read(stream).try_collect().await.unwrap();
    assert_eq!(events.len(), 2);
    assert_eq!((backend_pid(&pool).await, pool.size()), (pid, 1));
    let elsewhere = PostgresConfig::from_pool(pool).with_schema(schema("elsewhere"));
    let error = PostgresStore::connect(elsewhere).await.err().unwrap();
    assert!(matches!(error, Error::NotInitialized { .. }), "{error}");
}

async fn lets_an_append_join_the_transaction_of_the_pool(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let (store, pool) = share(&fixture).await;
    let mut transaction = pool.begin().await.unwrap();
    transaction
        .execute("CREATE TABLE balances (cents bigint)")
        .await
        .unwrap();
    let on = store.on(&mut transaction);
    on.append(append("s", ExpectedVersion::NoStream, 1)).await.unwrap();
    transaction.commit().await.unwrap();
    pool.execute("SELECT FROM balances").await.unwrap();
    store
        .append(append("s", ExpectedVersion::Exact(1.into()), 1))
        .await
        .unwrap();
}

async fn leaves_the_pool_in_order_when_a_caller_goes(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let (store, pool) = share(&fixture).await;
    store.append(append("s", ExpectedVersion::NoStream, 1)).await.unwrap();
    let pid = backend_pid(&pool).await;
    let mut session = fixture.session().await;
    let mut transaction = session.begin().await.unwrap();
    let hold = "SELECT FROM streams WHERE stream_uuid = 's' FOR UPDATE";
    transaction.execute(hold).await.unwrap();
    let set = AppendSet::new(vec![append("s", ExpectedVersion::Any, 1)]).unwrap();
    tokio::select! {
        answer = store.append_set(set) => panic!("it did not wait: {answer:?}"),
        () = fixture.somebody_waits_for_a_lock() => {}
    }
    assert_ne!(backend_pid(&pool).await, pid);
    transaction.rollback().await.unwrap();
    store.append(append("t", ExpectedVersion::NoStream, 1)).await.unwrap();
}

async fn says_that_the_pool_has_no_connection(layout: Layout) {
    let fixture = Fixture::of(layout).await;
    let (store, pool) = share(&fixture).await;
    let held = pool.acquire().await.unwrap();
    let error = store.append(append("s", ExpectedVersion::Any, 1)).await.unwrap_err();
    assert!(
        matches!(
            error,
            Error::TimedOut {
                setting: "acquire_timeout",
                ..
            }
        ),
        "{error}"
    );
    drop(held);
    pool.close().await;
    let error = store.append(append("s", ExpectedVersion::Any, 1)).await.unwrap_err();
    assert!(matches!(error, Error::Unavailable { .. }), "{error}");
}
