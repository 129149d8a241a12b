use std::cell::Cell;
use std::collections::BTreeMap;
use std::process::Child;
use std::time::{Duration, Instant};

use eventstore_core::{Append, EventNumber, EventType, ExpectedVersion, NewEvent, StreamName};
use eventstore_sqlite::{SqliteConfig, SqliteStore};
use eventstore_testkit::history::{Log, Record, Recorder, Tail, Watched};
use rustix::process::Signal;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Executor, SqliteConnection};
use tempfile::TempDir;
use tokio::time::{Interval, MissedTickBehavior, interval};
use uuid::Uuid;

use crate::member::{Member, SUBSCRIPTION, Work};
use crate::stopped::{signal, until_stopped};

/// How long it may take until another process delivers.
pub(crate) const TAKEOVER: Duration = Duration::from_secs(5);

/// More than anything else takes that ends.
const LIMIT: Duration = Duration::from_secs(30);

/// How often something is appended, and checked.
const PACE: Duration = Duration::from_millis(10);

/// Longer than any member writes at once that is not stopped.
const PROBE: Duration = Duration::from_secs(1);

/// A store, and processes that share a subscription to it.
pub(crate) struct Cluster {
    recorder: Recorder,
    tail: Tail,
    store: SqliteStore,
    connection: SqliteConnection,
    members: BTreeMap<String, Child>,
    started: u32,
    work: Work,
    config: SqliteConfig,
    folder: TempDir,
}

impl Cluster {
    pub(crate) async fn of(members: u32, work: Work) -> Self {
        let folder = TempDir::new().unwrap();
        let config = SqliteConfig::new(folder.path().join("events.db")).unwrap();
        let store = SqliteStore::open_with(config.clone()).await.unwrap();
        let options = SqliteConnectOptions::new().filename(config.path()).busy_timeout(PROBE);
        let mut connection = options.connect().await.unwrap();
        let table = "CREATE TABLE projected (position INTEGER NOT NULL, member TEXT NOT NULL)";
        connection.execute(table).await.unwrap();
        let history = folder.path().join("history");
        let mut cluster = Self {
            recorder: Recorder::to_file(&history).unwrap(),
            tail: Tail::of(&history).unwrap(),
            store,
            connection,
            members: BTreeMap::new(),
            started: 0,
            work,
            config,
            folder,
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
            work: self.work,
            path: self.config.path(),
            history: self.folder.path().join("history"),
        };
        self.members.insert(member.name.clone(), member.spawn());
    }

    /// Appends one event after another for as long as the other work takes.
    pub(crate) async fn append_during<T>(&mut self, work: impl AsyncFnOnce(&mut Self) -> T) -> T {
        let (store, recorder, is_over) = (self.store.clone(), self.recorder.clone(), Cell::new(false));
        let work = async {
            let done = work(self).await;
            is_over.set(true);
            done
        };
        tokio::join!(append_until(&is_over, store, recorder), work).1
    }

    /// Waits until so many events come to one process; returns which. The checkpoint is recorded meanwhile.
    pub(crate) async fn holder_of(&mut self, events: usize) -> String {
        let (holder, _) = self.until_delivered(|_| true, events).await;
        holder
    }

    /// Kills the holder; returns who is the next one, and after how long.
    pub(crate) async fn kill(&mut self, member: &str) -> (String, Duration) {
        let mut child = self.members.remove(member).unwrap();
        self.recorder.fault(format!("SIGKILL to {member}"));
        child.kill().unwrap();
        assert!(!child.wait().unwrap().success());
        self.taken_over_from(member).await
    }

    /// Stops a process at a moment at which it does not keep others from writing; it does not notice.
    pub(crate) async fn pause(&mut self, member: &str) {
        loop {
            self.recorder.fault(format!("SIGSTOP to {member}"));
            let child = &self.members[member];
            signal(child, Signal::STOP);
            until_stopped(child);
            if self.can_write().await {
                return;
            }
            self.resume(member);
            while !self.can_write().await {}
        }
    }

    async fn can_write(&mut self) -> bool {
        match self.connection.begin_with("BEGIN IMMEDIATE").await {
            Ok(transaction) => transaction.rollback().await.is_ok(),
            Err(_) => false,
        }
    }

    /// Lets a stopped process go on.
    pub(crate) fn resume(&mut self, member: &str) {
        self.recorder.fault(format!("SIGCONT to {member}"));
        signal(&self.members[member], Signal::CONT);
    }

    /// Waits until another process delivers; returns which, and after how long.
    pub(crate) async fn taken_over_from(&mut self, member: &str) -> (String, Duration) {
        self.until_delivered(|subscriber| subscriber != member, 1).await
    }

    async fn until_delivered(&mut self, is_meant: impl Fn(&str) -> bool, events: usize) -> (String, Duration) {
        self.tail.read().unwrap();
        let (mut pace, started, mut delivered) = (pace(), Instant::now(), BTreeMap::new());
        loop {
            for record in self.tail.read().unwrap() {
                if let Record::Delivered { subscriber, .. } = record
                    && is_meant(&subscriber)
                {
                    let count = delivered.entry(subscriber.clone()).or_insert(0);
                    *count += 1;
                    if *count == events {
                        return (subscriber, started.elapsed());
                    }
                }
            }
            assert!(
                started.elapsed() < LIMIT,
                "no process delivers {events} events: {delivered:?}"
            );
            pace.tick().await;
            self.look_at_checkpoint().await;
        }
    }

    /// Waits until all is caught up with, ends all processes, and judges what they did.
    pub(crate) async fn end(mut self) {
        self.until_caught_up().await;
        for (name, mut child) in std::mem::take(&mut self.members) {
            drop(child.stdin.take());
            assert!(child.wait().unwrap().success(), "{name}");
        }
        let checkpoint = self.look_at_checkpoint().await;
        let log = Log::read(&self.store).await.unwrap();
        assert_eq!(checkpoint, i64::try_from(log.len()).unwrap());
        let watched = match self.work {
            Work::Acknowledge => vec![Watched::all(SUBSCRIPTION)],
            Work::Project => Vec::new(),
        };
        let report = self.recorder.history().unwrap().judge(&log, &watched);
        println!("{report}");
        assert!(report.is_sound(), "{report}");
        assert!(report.faults > 0 && report.checkpoints > 0, "{report}");
        assert!(report.deliveries >= log.len() && !log.is_empty(), "{report}");
        if self.work == Work::Project {
            self.assert_projected_once(checkpoint).await;
        }
    }

    /// Each event has one row, and the rows are in the order of the events.
    async fn assert_projected_once(&mut self, head: i64) {
        let positions: Vec<i64> = sqlx::query_scalar("SELECT position FROM projected ORDER BY rowid")
            .fetch_all(&mut self.connection)
            .await
            .unwrap();
        assert!(positions.iter().copied().eq(1..=head), "{positions:?}");
    }

    /// Nothing is appended any more.
    async fn until_caught_up(&mut self) {
        let head = i64::try_from(Log::read(&self.store).await.unwrap().len()).unwrap();
        let (mut pace, started) = (pace(), Instant::now());
        while self.look_at_checkpoint().await < head {
            assert!(started.elapsed() < LIMIT, "no process catches up");
            pace.tick().await;
        }
    }

    /// Records the checkpoint in the table.
    async fn look_at_checkpoint(&mut self) -> i64 {
        let checkpoint: Option<i64> = sqlx::query_scalar("SELECT checkpoint FROM eventstore_subscriptions")
            .fetch_optional(&mut self.connection)
            .await
            .unwrap();
        let checkpoint = checkpoint.unwrap_or(0);
        let number: EventNumber = u64::try_from(checkpoint).unwrap().try_into().unwrap();
        self.recorder.checkpoint_seen(SUBSCRIPTION, number);
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

async fn append_until(is_over: &Cell<bool>, store: SqliteStore, recorder: Recorder) {
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

fn pace() -> Interval {
    let mut pace = interval(PACE);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    pace
}
