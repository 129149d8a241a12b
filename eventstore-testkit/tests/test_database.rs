//! A database for tests is empty, its own, and gone afterwards, even while somebody is connected.

use eventstore_testkit::TestDatabase;
use sqlx::{Connection, PgConnection};

#[tokio::test]
async fn is_its_own_and_removed_when_dropped() -> Result<(), sqlx::Error> {
    let (first, second) = (TestDatabase::create().await, TestDatabase::create().await);
    let mut in_first = PgConnection::connect(first.url()).await?;
    let mut in_second = PgConnection::connect(second.url()).await?;
    sqlx::query("CREATE TABLE only_here ()").execute(&mut in_first).await?;
    assert!(
        sqlx::query("SELECT FROM only_here")
            .execute(&mut in_second)
            .await
            .is_err()
    );

    let url = first.url().to_owned();
    drop(first);
    assert!(sqlx::query("SELECT 1").execute(&mut in_first).await.is_err());
    assert!(PgConnection::connect(&url).await.is_err());
    in_second.ping().await
}

#[tokio::test(flavor = "multi_thread")]
async fn is_created_for_many_tests_at_once() {
    let tests: Vec<_> = (0..8).map(|_| tokio::spawn(TestDatabase::create())).collect();
    let mut urls = Vec::new();
    for test in tests {
        urls.push(test.await.unwrap().url().to_owned());
    }
    urls.sort();
    urls.dedup();
    assert_eq!(urls.len(), 8);
}
