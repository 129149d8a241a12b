use std::cell::Cell;
use std::collections::BTreeMap;
use std::process::Child;
use std::time::{Duration, Instant};

use eventstore_core::{Append, EventNumber, EventType, ExpectedVersion, NewEvent, StreamName};
use eventstore_postgres::{DataType, Layout, PostgresAdmin, PostgresConfig, PostgresStore};
use eventstore_testkit::TestDatabase;
use eventstore_testkit::history::{Log, Record, Recorder, Tail, Watched};
use rustix::process::{Pid, Signal, kill_process};
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;
use tokio::time::{MissedTickBehavior, interval, timeout};
use uuid::Uuid;

use crate::member::Member;

/// The name of the subscription that all share.
const SUBSCRIPTION: &str = "invoices";

/// How long it may take until another process delivers.
pub(crate) const TAKEOVER: Duration = Duration::from_secs(5);

/// More than anything else takes that ends.
const LIMIT: Duration = Duration::from_secs(30);

/// How often something is appended, and checked.
const PACE: Duration = Duration::from_millis(5);

/// A store, and processes that share a subscription to it.
pub(crate) struct Cluster {
    pub(crate) recorder: Recorder,
    tail: Tail,
    store: PostgresStore,
    session: PgConnection,
    members: BTreeMap<String, Child>,
    started: u32,
    /// Of each process.
    consumers: u32,
    directory: TempDir,
    database: TestDatabase,
}

impl Cluster {
    /// Processes with so many consumers each, which keep the order of each stream if they are several.
    pub(crate) async fn of(members: u32, consumers: u32) -> Self {
        let database = TestDatabase::from_template("processes", async |url| {
            let config = PostgresConfig::from_url(url).unwrap();
            PostgresAdmin::new(config.clone())
                .initialize(Layout::default(), DataType::default())
                .await
                .unwrap();
        })
        .await;
        let directory = tempfile::tempdir().unwrap();
        let config = PostgresConfig::from_url(database.url()).unwrap();
        let history = directory.path().join("history");
        let mut cluster = Self {
            recorder: Recorder::to_file(&history).unwrap(),
            tail: Tail::of(&history).unwrap(),
            store: PostgresStore::connect(config).await.unwrap(),
            session: PgConnection::connect(database.url()).await.unwrap(),
            members: BTreeMap::new(),
            started: 0,
            consumers,
            directory,
            database,
        };
        for _ in 0..members {
            cluster.start();
        }
        cluster
    }

    /// Starts another process.
    pub(crate) fn start(&mut self) {
        self.started += 1;
        let member = Member {
            name: format!("member-{}", self.started),
            subscription: SUBSCRIPTION.to_owned(),
            consumers: self.consumers,
            url: self.database.url().to_owned(),
            history: self.directory.path().join("history"),
        };
        self.members.insert(member.name.clone(), member.spawn());
    }

    /// Appends one event after another for as long as the other work takes, and ends with the outcome of the last one.
    pub(crate) async fn append_during<T>(&mut self, work: impl AsyncFnOnce(&mut Self) -> T) -> T {
        let (store, recorder, is_over) = (self.store.clone(), self.recorder.clone(), Cell::new(false));
        let work = async {
            let done = work(self).await;
            is_over.set(true);
            done
        };
        tokio::join!(append_until(&is_over, store, recorder), work).1
    }

    /// Waits for a holder other than this one; all that was not acknowledged before is checked on the way.
    pub(crate) async fn holder_other_than(&mut self, other: &str) -> String {
        let holder = "SELECT split_part(application_name, ' ', 1)
                      FROM pg_locks JOIN pg_stat_activity USING (pid)
                      WHERE locktype = 'advisory' AND granted AND datname = current_database()
                        AND application_name LIKE '% locks' AND application_name NOT LIKE $1 || ' %'";
        let found = async {
            loop {
                let holder = sqlx::query_scalar(holder)
                    .bind(other)
                    .fetch_optional(&mut self.session)
                    .await
                    .unwrap();
                if let Some(holder) = holder {
                    break holder;
                }
                tokio::task::yield_now().await;
            }
        };
        timeout(LIMIT, found).await.unwrap()
    }

    /// Waits until this process has got this many events from now on; records the checkpoint meanwhile.
    pub(crate) async fn until_delivered(&mut self, member: &str, events: usize) {
        self.until_delivered_to(&format!("{member}."), events).await;
    }

    /// Waits until the processes have got this many events together from now on; records the checkpoint meanwhile.
    pub(crate) async fn until_delivered_to_any(&mut self, events: usize) {
        self.until_delivered_to("", events).await;
    }

    async fn until_delivered_to(&mut self, prefix: &str, events: usize) {
        let is_its =
            |record: &Record| matches!(record, Record::Delivered { subscriber, .. } if subscriber.starts_with(prefix));
        self.tail.read().unwrap();
        let (mut delivered, mut pace, started) = (0, pace(), Instant::now());
        while delivered < events {
            assert!(started.elapsed() < LIMIT, "nothing comes to {prefix}");
            pace.tick().await;
            self.look_at_checkpoint().await;
            delivered += self.tail.read().unwrap().iter().filter(|record| is_its(record)).count();
        }
    }

    /// Kills the holder; returns how long it takes until another process delivers.
    pub(crate) async fn kill(&mut self, member: &str) -> Duration {
        let mut child = self.members.remove(member).unwrap();
        self.recorder.fault(format!("SIGKILL to {member}"));
        signal(&child, Signal::KILL);
        let takeover = self.taken_over_from(member).await;
        assert!(!child.wait().unwrap().success());
        takeover
    }

    /// Stops a process, which does not notice.
    pub(crate) fn pause(&mut self, member: &str) {
        self.recorder.fault(format!("SIGSTOP to {member}"));
        signal(self.member(member), Signal::STOP);
    }

    /// Whether the server ends sessions that ask nothing.
    pub(crate) async fn ends_silent_sessions(&mut self) -> bool {
        sqlx::query_scalar("SELECT current_setting('server_version_num')::int >= 140000")
            .fetch_one(&mut self.session)
            .await
            .unwrap()
    }

    /// Lets a stopped process go on.
    pub(crate) fn resume(&mut self, member: &str) {
        self.recorder.fault(format!("SIGCONT to {member}"));
        signal(self.member(member), Signal::CONT);
    }

    /// Returns how long it takes until another process delivers.
    pub(crate) async fn taken_over_from(&mut self, member: &str) -> Duration {
        let start = Instant::now();
        let holder = self.holder_other_than(member).await;
        self.until_delivered(&holder, 1).await;
        start.elapsed()
    }

    fn member(&self, name: &str) -> &Child {
        self.members.get(name).unwrap()
    }

    /// Deletes the row of the subscription, as an operator would.
    pub(crate) async fn delete_subscription(&mut self) {
        self.recorder.record(Record::SubscriptionDeleted {
            subscription: SUBSCRIPTION.to_owned(),
        });
        self.recorder.fault("the subscription was deleted");
        sqlx::query("DELETE FROM subscriptions")
            .execute(&mut self.session)
            .await
            .unwrap();
    }

    /// Waits until all is caught up with, ends all processes, and judges the history.
    pub(crate) async fn end(mut self) {
        self.until_caught_up().await;
        for (name, mut child) in std::mem::take(&mut self.members) {
            drop(child.stdin.take());
            assert!(child.wait().unwrap().success(), "{name}");
        }
        self.look_at_checkpoint().await;
        let log = Log::read(&self.store).await.unwrap();
        let watched = match self.consumers {
            1 => Watched::all(SUBSCRIPTION),
            _ => Watched::all(SUBSCRIPTION).partitioned_by(|event| Some(event.stream.clone())),
        };
        let report = self.recorder.history().unwrap().judge(&log, &[watched]);
        println!("{report}");
        assert!(report.is_sound(), "{report}");
        assert!(report.faults > 0 && report.checkpoints > 0, "{report}");
        assert!(report.deliveries >= log.len() && !log.is_empty(), "{report}");
    }

    /// Nothing is appended any more.
    async fn until_caught_up(&mut self) {
        let head: i64 = sqlx::query_scalar("SELECT stream_version FROM streams WHERE stream_id = 0")
            .fetch_one(&mut self.session)
            .await
            .unwrap();
        let (mut pace, started) = (pace(), Instant::now());
        while self.look_at_checkpoint().await < Some(head) {
            assert!(started.elapsed() < LIMIT, "no process catches up");
            pace.tick().await;
        }
    }

    /// Records the checkpoint in the table.
    async fn look_at_checkpoint(&mut self) -> Option<i64> {
        let checkpoint: Option<i64> = sqlx::query_scalar("SELECT coalesce(last_seen, 0) FROM subscriptions")
            .fetch_optional(&mut self.session)
            .await
            .unwrap();
        if let Some(checkpoint) = checkpoint {
            let number: EventNumber = u64::try_from(checkpoint).unwrap().try_into().unwrap();
            self.recorder.checkpoint_seen(SUBSCRIPTION, number);
        }
        checkpoint
    }
}

impl Drop for Cluster {
    /// None is left behind by a failed test.
    fn drop(&mut self) {
        for child in self.members.values_mut() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

async fn append_until(is_over: &Cell<bool>, store: PostgresStore, recorder: Recorder) {
    let (mut pace, mut number) = (pace(), 0_u64);
    while !is_over.get() {
        let event = NewEvent::new(Uuid::now_v7(), EventType::new("Happened").unwrap(), "{}");
        let stream = StreamName::new(format!("s-{}", number % 3)).unwrap();
        let append = Append::new(stream, ExpectedVersion::Any, vec![event]).unwrap();
        recorder.append(&store, append).await.unwrap();
        number += 1;
        pace.tick().await;
    }
}

fn pace() -> tokio::time::Interval {
    let mut pace = interval(PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pace
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}
