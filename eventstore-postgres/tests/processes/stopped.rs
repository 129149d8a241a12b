use std::process::Child;
use std::time::{Duration, Instant};

use eventstore_core::backend::{CheckpointOutcome, SubscriptionLocks, SubscriptionStore};
use eventstore_core::{Append, EventNumber, EventType, EventWriter, ExpectedVersion, NewEvent, StreamName};
use eventstore_postgres::{DataType, Layout, PostgresAdmin, PostgresConfig, PostgresStore};
use eventstore_testkit::TestDatabase;
use rustix::process::{Pid, Signal, kill_process};
use sqlx::{Connection, PgConnection};
use tokio::time::timeout;
use uuid::Uuid;

use crate::straggler::{OBSTACLE, Straggler, Work, key, until_open};
use crate::trials::trials;

trials! {
    a_process_that_is_stopped_inside_a_step_keeps_no_heir_waiting,
    a_process_that_is_stopped_inside_a_set_keeps_no_append_waiting,
}

/// What a silent transaction may take, and a slow machine.
const LIMIT: Duration = Duration::from_secs(15);

/// A store, and a process that works on it.
struct Stage {
    store: PostgresStore,
    session: PgConnection,
    child: Straggling,
    _database: TestDatabase,
}

/// None is left behind by a failed test.
struct Straggling(Child);

impl Straggling {
    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).unwrap();
    }
}

impl Drop for Straggling {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Stage {
    async fn of(work: Work, database: TestDatabase) -> Self {
        let url = database.url().to_owned();
        let config = PostgresConfig::from_url(&url).unwrap();
        Self {
            store: PostgresStore::connect(config).await.unwrap(),
            session: PgConnection::connect(&url).await.unwrap(),
            child: Straggling(Straggler { work, url }.spawn()),
            _database: database,
        }
    }

    /// Waits until a session waits for another one's transaction.
    async fn until_it_waits(&mut self) {
        let waiting = "SELECT EXISTS (SELECT FROM pg_stat_activity
                       WHERE datname = current_database() AND wait_event_type = 'Lock')";
        let started = Instant::now();
        while !sqlx::query_scalar::<_, bool>(waiting)
            .fetch_one(&mut self.session)
            .await
            .unwrap()
        {
            assert!(started.elapsed() < LIMIT, "it waits for nothing");
            tokio::task::yield_now().await;
        }
    }
}

pub(crate) async fn initialized() -> TestDatabase {
    TestDatabase::from_template("processes", async |url| {
        let config = PostgresConfig::from_url(url).unwrap();
        PostgresAdmin::new(config.clone())
            .initialize(Layout::default(), DataType::default())
            .await
            .unwrap();
    })
    .await
}

/// The process holds the lease and the row of its subscription.
///
/// Behaviours: T13, T14.
async fn a_process_that_is_stopped_inside_a_step_keeps_no_heir_waiting() {
    let database = initialized().await;
    if !ends_silent_sessions(&database).await {
        return;
    }
    let mut stage = Stage::of(Work::Step, database).await;
    until_open(&mut stage.child.0);
    stage.child.signal(Signal::STOP);
    let started = Instant::now();
    let key = key().unwrap();
    let heir = async {
        loop {
            if let Some(heir) = stage.store.try_acquire(&key, EventNumber::ZERO).await.unwrap() {
                break heir;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let heir = timeout(LIMIT, heir).await.unwrap();
    println!("taken over after {:?}", started.elapsed());
    assert_eq!(heir.checkpoint, 0.into());
    stage.child.signal(Signal::CONT);
    drop(stage.child.0.stdin.take());
    assert!(
        stage.child.0.wait().unwrap().success(),
        "the step was committed beside another lease"
    );
    let saved = stage.store.save_checkpoint(heir.lease.token(), 1.into()).await;
    assert_eq!(saved.unwrap(), CheckpointOutcome::Saved);
}

/// The process has locked `$all`: its second event waits for one of the same id when it is stopped.
///
/// Behaviours: T14.
async fn a_process_that_is_stopped_inside_a_set_keeps_no_append_waiting() {
    let database = initialized().await;
    let mut session = PgConnection::connect(database.url()).await.unwrap();
    let mut obstacle = session.begin().await.unwrap();
    let insert = "INSERT INTO events (position, stream_id, stream_version, created_at, event_id, event_type, data)
                  VALUES (1000000, 1000000, 1, now(), $1, 'Obstacle', '')";
    sqlx::query(insert)
        .bind(OBSTACLE)
        .execute(&mut *obstacle)
        .await
        .unwrap();
    let mut stage = Stage::of(Work::Set, database).await;
    stage.until_it_waits().await;
    stage.child.signal(Signal::STOP);
    obstacle.rollback().await.unwrap();
    let started = Instant::now();
    let event = NewEvent::new(Uuid::now_v7(), EventType::new("Happened").unwrap(), "{}");
    let append = Append::new(StreamName::new("c").unwrap(), ExpectedVersion::Any, vec![event]).unwrap();
    timeout(LIMIT, stage.store.append(append)).await.unwrap().unwrap();
    println!("appended after {:?}", started.elapsed());
    stage.child.signal(Signal::CONT);
    assert!(stage.child.0.wait().unwrap().success(), "the set was committed");
    assert_eq!(stage.store.verify().await.unwrap(), []);
}

/// Whether the server ends the session of the locks of a process that is stopped: `PostgreSQL` 13 does not.
async fn ends_silent_sessions(database: &TestDatabase) -> bool {
    let mut session = PgConnection::connect(database.url()).await.unwrap();
    sqlx::query_scalar("SELECT current_setting('server_version_num')::int >= 140000")
        .fetch_one(&mut session)
        .await
        .unwrap()
}
