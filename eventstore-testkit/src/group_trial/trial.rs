use std::collections::BTreeMap;
use std::process::Child;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eventstore_core::{
    Append, EventType, ExpectedVersion, GroupInfo, GroupStore, NewEvent, PartitionKey, StatusText, StreamName,
};
use tempfile::TempDir;
use tokio::time::{Interval, MissedTickBehavior, interval};
use uuid::Uuid;

use super::child::{GroupChild, Part};
use super::figures::{Figures, median, slowest};
use super::random::Random;
use super::{BUFFER, GroupSite, count, group_key};
use crate::conformance::Backend;
use crate::history::{Log, Record, Recorder, Report, Watched};

const PARTITIONS: u32 = 16;
const STREAMS: u64 = 64;

/// How many processes there are at first.
const MEMBERS: u32 = 3;

/// How many faults befall the processes that share one storage.
const FAULTS_OF_A_ROUND: usize = 12;

/// How often something is appended, and checked.
const PACE: Duration = Duration::from_millis(20);

/// How many events are appended at a time, to how many streams.
const BATCH: usize = 25;
const BATCHES: usize = 8;

/// Nothing more is appended while the slowest partition is so far behind.
const MAX_LAG: u64 = 4_000;

/// More than anything takes that ends.
const LIMIT: Duration = Duration::from_mins(1);

/// How long it may take until others hold what a killed member held.
const AFTER_KILLS: Duration = Duration::from_secs(5);

/// The same, half of the times, for one that has left in good order.
const AFTER_LEAVING: Duration = Duration::from_secs(1);

/// Lets this many faults befall processes that run a group, and so many events be delivered, and judges what they did. Each round has a
/// storage of its own.
pub async fn survives<S: GroupSite>(faults: usize, deliveries: usize, open: impl AsyncFn() -> S) {
    let (mut random, mut figures) = (Random::of_run(), Figures::default());
    let rounds = faults.div_ceil(FAULTS_OF_A_ROUND);
    for round in 0..rounds {
        let of_round = FAULTS_OF_A_ROUND.min(faults - round * FAULTS_OF_A_ROUND);
        let mut trial = GroupTrial::of(open().await);
        trial.begin().await;
        for _ in 0..of_round {
            trial.befall(&mut random, &mut figures).await;
            trial
                .append_until_handled(deliveries.div_ceil(faults), &mut random)
                .await;
        }
        let report = trial.end().await;
        figures.add(&report);
        println!("{figures}");
    }
    assert!(slowest(&figures.after_kills) < AFTER_KILLS, "{figures}");
    assert!(median(&figures.after_leaving) < AFTER_LEAVING, "{figures}");
}

/// A store, and processes that run a group on it.
pub(super) struct GroupTrial<S> {
    pub(super) site: S,
    store: Arc<dyn Backend>,
    pub(super) recorder: Recorder,
    pub(super) members: BTreeMap<String, Child>,
    started: u32,
    appended: u64,
    /// How many processes were killed or stopped.
    pub(super) unclean: u32,
    pace: Interval,
    directory: TempDir,
}

impl<S: GroupSite> GroupTrial<S> {
    fn of(site: S) -> Self {
        let directory = TempDir::new().unwrap();
        let mut pace = interval(PACE);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            store: site.store(),
            site,
            recorder: Recorder::to_file(directory.path().join("history")).unwrap(),
            members: BTreeMap::new(),
            started: 0,
            appended: 0,
            unclean: 0,
            pace,
            directory,
        }
    }

    async fn begin(&mut self) {
        for _ in 0..MEMBERS {
            self.start();
        }
        self.until_shared(&self.alive()).await;
    }

    /// Starts another process; returns its name.
    pub(super) fn start(&mut self) -> String {
        self.started += 1;
        let child = GroupChild {
            part: Part::Record,
            name: format!("member-{}", self.started),
            place: self.site.place(),
            partitions: PARTITIONS,
            history: self.directory.path().join("history"),
        };
        self.members.insert(child.name.clone(), child.spawn());
        child.name
    }

    pub(super) fn alive(&self) -> Vec<String> {
        self.members.keys().cloned().collect()
    }

    /// Waits until these members hold all partitions; returns how long it took.
    pub(super) async fn until_held_by(&mut self, members: &[String]) -> Duration {
        let what = format!("{members:?} hold all partitions");
        self.until(&what, |group| {
            group.partitions.iter().all(|partition| {
                let holder = partition.holder.as_ref();
                holder.is_some_and(|holder| members.iter().any(|member| member == holder.as_str()))
            })
        })
        .await
    }

    /// Waits until these members share all partitions evenly.
    pub(super) async fn until_shared(&mut self, members: &[String]) {
        let what = format!("{members:?} share the partitions");
        self.until(&what, |group| is_shared(group, members)).await;
    }

    async fn until(&mut self, what: &str, is_so: impl Fn(&GroupInfo) -> bool) -> Duration {
        let began = Instant::now();
        loop {
            self.pace.tick().await;
            let group = self.look().await;
            if group.as_ref().is_some_and(&is_so) {
                return began.elapsed();
            }
            assert!(began.elapsed() < LIMIT, "not in time: {what}: {group:?}");
        }
    }

    /// Appends at least so many events, and waits until all events that were there before are handled.
    async fn append_until_handled(&mut self, events: usize, random: &mut Random) {
        let (before, began) = (self.appended, Instant::now());
        let enough = before + u64::try_from(events).unwrap();
        loop {
            self.pace.tick().await;
            let handled = self.look().await.map_or(0, |group| group.checkpoint().get());
            if self.appended >= enough && handled >= before {
                return;
            }
            if self.appended < handled + MAX_LAG {
                self.append(random).await;
            }
            assert!(
                began.elapsed() < LIMIT,
                "{handled} of {} events are handled",
                self.appended
            );
        }
    }

    async fn append(&mut self, random: &mut Random) {
        for _ in 0..BATCHES {
            let stream = StreamName::new(format!("s-{}", random.below(STREAMS))).unwrap();
            let event = || NewEvent::new(Uuid::now_v7(), EventType::new("Happened").unwrap(), "{}");
            let events = (0..BATCH).map(|_| event());
            let append = Append::new(stream, ExpectedVersion::Any, events).unwrap();
            let receipt = self.recorder.append(&*self.store, append).await.unwrap();
            self.appended = receipt.last_position.get();
        }
    }

    /// Records the checkpoints of all partitions.
    async fn look(&self) -> Option<GroupInfo> {
        let group = self.store.list_groups().await.unwrap().into_iter().next()?;
        for partition in &group.partitions {
            let key = partition.partition.key(&group.key, count(PARTITIONS)).unwrap();
            self.recorder.checkpoint_seen(key.name.as_str(), partition.checkpoint);
        }
        Some(group)
    }

    /// Waits until all is handled, ends all processes, and judges what they did.
    async fn end(mut self) -> Report {
        let head = self.appended;
        self.until("all is handled", |group| group.checkpoint().get() >= head)
            .await;
        for (name, mut child) in std::mem::take(&mut self.members) {
            drop(child.stdin.take());
            assert!(child.wait().unwrap().success(), "{name}");
        }
        let group = self.look().await.unwrap();
        assert!(group.members.is_empty(), "{group:?}");
        let log = Log::read(&*self.store).await.unwrap();
        let history = self.recorder.history().unwrap();
        let watched = Watched::partitions(&group_key(), count(PARTITIONS), |event| {
            PartitionKey::new(event.stream.as_str())
        });
        let report = history.judge(&log, &watched);
        println!("{report}");
        assert!(report.is_sound(), "{report}");
        assert!(report.deliveries >= log.len() && !log.is_empty(), "{report}");
        // What is delivered again was in the hands of a process that was killed or stopped.
        let in_hand = usize::try_from(self.unclean * PARTITIONS * BUFFER).unwrap();
        assert!(report.redeliveries + report.late_deliveries <= in_hand, "{report}");
        let given = history.records().iter();
        assert!(given.filter(|record| matches!(record, Record::Given { .. })).count() > 0);
        report
    }
}

impl<S> Drop for GroupTrial<S> {
    /// None is left behind by a failed test.
    fn drop(&mut self) {
        for child in self.members.values_mut() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Whether these members hold all partitions, in shares that differ by one at most.
fn is_shared(group: &GroupInfo, members: &[String]) -> bool {
    let holders = group.partitions.iter().filter_map(|it| it.holder.as_ref());
    let holders: Vec<_> = holders.map(StatusText::as_str).collect();
    let share = |member: &String| holders.iter().filter(|holder| *holder == member).count();
    let shares: Vec<_> = members.iter().map(share).collect();
    let (least, most) = (shares.iter().min(), shares.iter().max());
    shares.iter().sum::<usize>() == group.partitions.len()
        && least.zip(most).is_some_and(|(least, most)| most - least <= 1)
}
