//! A database for tests is empty or a copy of its template, its own, and gone afterwards, even while a client is connected.
#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use std::env;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;

use eventstore_testkit::TestDatabase;
use futures_util::future::join_all;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

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

/// Fills a template, and reports that in a file.
async fn fill(url: &str, report: &Path) {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let create = "CREATE TABLE fruit (name text); INSERT INTO fruit VALUES ('apple')";
    sqlx::raw_sql(create).execute(&mut connection).await.unwrap();
    let mut report = OpenOptions::new().create(true).append(true).open(report).unwrap();
    report.write_all(b"filled\n").unwrap();
}

async fn fruit(database: &TestDatabase) -> Vec<String> {
    let mut connection = PgConnection::connect(database.url()).await.unwrap();
    sqlx::query_scalar("SELECT name FROM fruit")
        .fetch_all(&mut connection)
        .await
        .unwrap()
}

#[tokio::test]
async fn is_a_copy_of_a_template_that_is_filled_once() {
    let directory = tempfile::tempdir().unwrap();
    let report = directory.path().join("report");
    let kind = Uuid::now_v7().to_string();
    let copies = (0..4).map(|_| TestDatabase::from_template(&kind, async |url| fill(url, &report).await));
    let copies = join_all(copies).await;
    assert_eq!(std::fs::read_to_string(&report).unwrap(), "filled\n");
    let mut connection = PgConnection::connect(copies[0].url()).await.unwrap();
    let eat = sqlx::query("DELETE FROM fruit").execute(&mut connection);
    eat.await.unwrap();
    assert!(fruit(&copies[0]).await.is_empty());
    for copy in &copies[1..] {
        assert_eq!(fruit(copy).await, ["apple"]);
    }
}

#[tokio::test]
async fn is_not_a_copy_of_a_template_whose_filling_failed() {
    let kind = Uuid::now_v7().to_string();
    let failing = thread::spawn({
        let kind = kind.clone();
        move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            let fail = TestDatabase::from_template(&kind, async |url| {
                let mut connection = PgConnection::connect(url).await.unwrap();
                let half = sqlx::raw_sql("CREATE TABLE fruit (colour text)");
                half.execute(&mut connection).await.unwrap();
                panic!("half-way");
            });
            runtime.unwrap().block_on(fail)
        }
    });
    assert!(failing.join().is_err());
    let directory = tempfile::tempdir().unwrap();
    let report = directory.path().join("report");
    let database = TestDatabase::from_template(&kind, async |url| fill(url, &report).await).await;
    assert_eq!(fruit(&database).await, ["apple"]);
}

const KIND: &str = "EVENTSTORE_TEST_KIND";
const REPORT: &str = "EVENTSTORE_TEST_REPORT";

#[tokio::test]
async fn shares_its_template_with_other_processes() {
    // This makes sure of a server that all of them use.
    let database = TestDatabase::create().await;
    let directory = tempfile::tempdir().unwrap();
    let report = directory.path().join("report");
    let kind = Uuid::now_v7().to_string();
    let start = |_| -> Child {
        Command::new(env::current_exe().unwrap())
            .args(["--exact", "one_of_many_processes", "--nocapture"])
            .env("EVENTSTORE_TEST_URL", database.url())
            .env(KIND, &kind)
            .env(REPORT, &report)
            .stdout(Stdio::null())
            .spawn()
            .unwrap()
    };
    let processes: Vec<_> = (0..4).map(start).collect();
    for mut process in processes {
        assert!(process.wait().unwrap().success());
    }
    assert_eq!(std::fs::read_to_string(&report).unwrap(), "filled\n");
}

/// Not a test, but what the processes of the test above do.
#[tokio::test]
async fn one_of_many_processes() {
    let (Ok(kind), Some(report)) = (env::var(KIND), env::var_os(REPORT)) else {
        return;
    };
    let database = TestDatabase::from_template(&kind, async |url| fill(url, Path::new(&report)).await).await;
    assert_eq!(fruit(&database).await, ["apple"]);
}
