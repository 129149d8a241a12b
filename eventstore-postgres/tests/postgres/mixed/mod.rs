//! Two processes of ours and the other library write into one database at the same time.

mod ours;
mod theirs;

use std::env;
use std::process::Stdio;
use std::time::{Duration, Instant};

use eventstore_postgres::{Layout, PostgresConfig, PostgresStore, Severity};
use futures_util::future::join_all;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use tokio::process::{Child, Command};

use crate::support::Fixture;

/// How long all of them write; a few seconds unless this says otherwise.
const SECONDS: &str = "EVENTSTORE_MIXED_SECONDS";

/// Tells the other process where to write.
const URL: &str = "EVENTSTORE_MIXED_URL";

const THIS_TEST: &str = "mixed::two_processes_and_the_other_library_write_at_once";

/// Streams that all append to, of each kind; few, so that they meet.
const STREAMS: u64 = 8;

fn duration() -> Duration {
    Duration::from_secs(env::var(SECONDS).map_or(3, |seconds| seconds.parse().unwrap()))
}

/// Behaviours: R1.9, R3.3, R4.10, R4.14, R17.2.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_processes_and_the_other_library_write_at_once() {
    if let Ok(url) = env::var(URL) {
        return write_until(&url, Instant::now() + duration()).await;
    }
    let fixture = Fixture::of(Layout::Original).await;
    let other_process = spawn_again(fixture.database.url());
    let end = Instant::now() + duration();
    let pool = their_pool(fixture.database.url()).await;
    let (theirs, ()) = tokio::join!(
        join_all((0..4).map(|caller| theirs::write(&pool, caller, end))),
        write_until(fixture.database.url(), end),
    );
    let output = other_process.wait_with_output().await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(theirs.iter().all(|writes| *writes > 0), "{theirs:?}");
    assert_is_sound(&fixture).await;
    eprintln!("the other library wrote {} times", theirs.iter().sum::<u64>());
}

async fn write_until(url: &str, end: Instant) {
    let config = PostgresConfig::from_url(url).unwrap().enable_hard_deletes();
    let store = PostgresStore::connect(config).await.unwrap();
    let writes = join_all((0..12).map(|caller| ours::write(&store, caller, end))).await;
    store.close().await;
    assert!(writes.iter().all(|writes| *writes > 0), "{writes:?}");
    eprintln!("one of our processes wrote {} times", writes.iter().sum::<u64>());
}

fn spawn_again(url: &str) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", THIS_TEST, "--nocapture"])
        .env(URL, url)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

async fn their_pool(url: &str) -> PgPool {
    PgPoolOptions::new().max_connections(4).connect(url).await.unwrap()
}

async fn assert_is_sound(fixture: &Fixture) {
    let findings = fixture.store.verify().await.unwrap();
    let corruption: Vec<_> = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Corruption)
        .collect();
    assert!(corruption.is_empty(), "{corruption:?}");
}
