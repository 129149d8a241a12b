use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::Child;
use std::thread;
use std::time::Duration;

use eventstore_core::{Append, EventNumber, EventType, ExpectedVersion, NewEvent, ParkCause, ParkedEvent, StreamName};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::{MissedTickBehavior, interval, timeout};
use uuid::Uuid;

use super::GroupSite;
use super::child::{ATTEMPTS, DEADLY, GroupChild, Part};
use crate::conformance::Backend;

const PARTITIONS: u32 = 8;
const MEMBERS: usize = 2;

/// How many events there are, each in a stream of its own.
const LAST: u64 = 60;

/// The number of the deadly event.
const CULPRIT: u64 = 23;

/// More than it takes until the event is given up.
const LIMIT: Duration = Duration::from_mins(1);

/// What a process does.
enum Told {
    Begins(u64),
    Ended(usize),
}

/// An event that aborts each process that handles it is parked in the end, and no other one, although each process handles several partitions
/// at once.
pub async fn an_event_that_ends_its_process_is_parked_and_no_other(site: impl GroupSite) {
    let store = site.store();
    append_all(&*store).await;
    let (sender, mut told) = unbounded_channel();
    let mut members = Members(Vec::new());
    for member in 0..MEMBERS {
        members.0.push(spawn(&site, member, &sender));
    }
    let (mut handled, mut aborted) = (BTreeSet::new(), 0);
    let mut pace = interval(Duration::from_millis(50));
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let served = async {
        loop {
            tokio::select! {
                Some(event) = told.recv() => match event {
                    Told::Begins(number) => _ = handled.insert(number),
                    Told::Ended(member) => {
                        assert!(!members.0[member].wait().unwrap().success());
                        aborted += 1;
                        assert!(aborted <= 10, "the event is not given up");
                        members.0[member] = spawn(&site, member, &sender);
                    }
                },
                _ = pace.tick() => if is_done(&*store).await { return },
            }
        }
    };
    timeout(LIMIT, served).await.unwrap();
    for child in &mut members.0 {
        drop(child.stdin.take());
        assert!(child.wait().unwrap().success());
    }
    while let Ok(Told::Begins(number)) = told.try_recv() {
        handled.insert(number);
    }
    println!("{aborted} processes were aborted");
    // What is suspected follows from reports that may be old: a process more than the policy allows may be aborted (ADR 65).
    assert!(aborted >= ATTEMPTS.get(), "{aborted}");
    assert!((1..=LAST).all(|number| handled.contains(&number)), "{handled:?}");
    assert_parked_alone(&parked(&*store).await);
}

fn assert_parked_alone(parked: &[ParkedEvent]) {
    let numbers: Vec<_> = parked.iter().map(|event| event.number.get()).collect();
    assert_eq!(numbers, [CULPRIT]);
    let ParkCause::Rejected { reason, attempts } = &parked[0].cause else {
        panic!("{parked:?}")
    };
    assert!(reason.contains("the process ended"), "{reason}");
    assert_eq!(*attempts, ATTEMPTS.get() + 1);
}

async fn append_all(store: &dyn Backend) {
    for number in 1..=LAST {
        let kind = if number == CULPRIT { DEADLY } else { "Harmless" };
        let event = NewEvent::new(Uuid::now_v7(), EventType::new(kind).unwrap(), "{}");
        let stream = StreamName::new(format!("s-{number}")).unwrap();
        let append = Append::new(stream, ExpectedVersion::NoStream, vec![event]);
        store.append(append.unwrap()).await.unwrap();
    }
}

async fn is_done(store: &dyn Backend) -> bool {
    let groups = store.list_groups().await.unwrap();
    groups.first().is_some_and(|group| group.checkpoint().get() >= LAST)
}

/// What is parked in any partition.
async fn parked(store: &dyn Backend) -> Vec<ParkedEvent> {
    let group = store.list_groups().await.unwrap().remove(0);
    let mut parked = Vec::new();
    for partition in group.partitions {
        parked.extend(store.list_parked(partition.id, EventNumber::ZERO, 100).await.unwrap());
    }
    parked
}

fn spawn(site: &impl GroupSite, member: usize, told: &UnboundedSender<Told>) -> Child {
    let child = GroupChild {
        part: Part::Print,
        name: format!("member-{member}"),
        place: site.place(),
        partitions: PARTITIONS,
        history: PathBuf::new(),
    };
    let mut child = child.spawn();
    let (output, told) = (BufReader::new(child.stdout.take().unwrap()), told.clone());
    thread::spawn(move || {
        for number in output.lines().map_while(|line| line.ok()?.parse().ok()) {
            let _ = told.send(Told::Begins(number));
        }
        let _ = told.send(Told::Ended(member));
    });
    child
}

/// None is left behind by a failed test.
struct Members(Vec<Child>);

impl Drop for Members {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
