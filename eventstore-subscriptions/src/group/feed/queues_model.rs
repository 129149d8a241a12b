//! Random histories of the queues: each partition is given its own events, in order, each once, whatever the others do.

use std::collections::BTreeMap;
use std::time::SystemTime;

use eventstore_core::backend::NumberedEvent;
use eventstore_core::{
    EventNumber, EventType, NewEvent, PartitionNumber, RecordedEvent, StreamName, StreamSelector, Timestamp,
};
use proptest::prelude::*;
use uuid::Uuid;

use super::queues::{Limits, PartitionedPage, Queues};

const PARTITIONS: u16 = 4;

#[derive(Debug, Clone)]
enum Step {
    /// An event of this partition happens.
    Append(u16),
    /// The process is given this partition, whose checkpoint is before so many events of the log.
    Add(u16, usize),
    Remove(u16),
    /// A page of at most so many events is read, if one is due.
    Read(usize),
    Take(u16, usize),
    BeginAgain,
}

fn step() -> impl Strategy<Value = Step> {
    let partition = 1..=PARTITIONS;
    prop_oneof![
        4 => partition.clone().prop_map(Step::Append),
        1 => (partition.clone(), 0..20_usize).prop_map(|(partition, back)| Step::Add(partition, back)),
        1 => partition.clone().prop_map(Step::Remove),
        4 => (1..6_usize).prop_map(Step::Read),
        4 => (partition, 1..4_usize).prop_map(|(partition, limit)| Step::Take(partition, limit)),
        1 => Just(Step::BeginAgain),
    ]
}

fn partition(number: u16) -> PartitionNumber {
    PartitionNumber::new(number).unwrap()
}

fn number(number: usize) -> EventNumber {
    EventNumber::try_from(u64::try_from(number).unwrap()).unwrap()
}

fn event(at: usize) -> NumberedEvent {
    let now = Timestamp::try_from(SystemTime::UNIX_EPOCH).unwrap();
    let happened = NewEvent::new(Uuid::nil(), EventType::new("Happened").unwrap(), "{}");
    let event = RecordedEvent::new(happened, StreamName::new("s").unwrap(), number(at).into(), now);
    NumberedEvent::new(&StreamSelector::All, number(at), event)
}

struct World {
    queues: Queues,
    /// The partition of each event of the log; the first event has the number 1.
    log: Vec<u16>,
    /// Up to where each held partition has been given its events.
    given: BTreeMap<u16, EventNumber>,
}

impl World {
    fn new() -> Self {
        let limits = Limits {
            per_partition: 3,
            events: 6,
            bytes_per_partition: 1_000,
            bytes: 1_000,
        };
        Self {
            queues: Queues::new(limits),
            log: Vec::new(),
            given: BTreeMap::new(),
        }
    }

    fn perform(&mut self, step: &Step) {
        match *step {
            Step::Append(of) => {
                self.log.push(of);
                self.queues.expect_more();
            }
            Step::Add(of, back) => {
                let after = number(self.log.len().saturating_sub(back));
                self.queues.add(partition(of), after);
                self.given.insert(of, after);
            }
            Step::Remove(of) => {
                self.queues.remove(partition(of));
                self.given.remove(&of);
            }
            Step::Read(limit) => _ = self.read(limit),
            Step::Take(of, limit) => _ = self.take(of, limit),
            Step::BeginAgain => self.queues.begin_again(),
        }
    }

    /// Returns whether a read was due.
    fn read(&mut self, limit: usize) -> bool {
        let Some(after) = self.queues.next_read() else {
            return false;
        };
        let from = usize::try_from(after.get()).unwrap().min(self.log.len());
        let to = (from + limit).min(self.log.len());
        let page = PartitionedPage {
            events: (from..to)
                .map(|index| (partition(self.log[index]), event(index + 1)))
                .collect(),
            scanned_to: number(to).max(after),
            is_last: to == self.log.len(),
        };
        self.queues.put(after, page);
        true
    }

    /// Returns whether anything was taken.
    fn take(&mut self, of: u16, limit: usize) -> bool {
        let Some(after) = self.given.get(&of).copied() else {
            assert!(
                self.queues
                    .take(partition(of), EventNumber::ZERO, limit, 1_000)
                    .events
                    .is_empty()
            );
            return false;
        };
        let taken = self.queues.take(partition(of), after, limit, 1_000);
        assert!(taken.events.len() <= limit && taken.up_to >= after, "{taken:?}");
        let numbers: Vec<_> = taken.events.iter().map(|event| event.number).collect();
        assert_eq!(
            numbers,
            self.events_of(of, after, taken.up_to),
            "of {of} after {after}: {taken:?}"
        );
        self.given.insert(of, taken.up_to);
        !numbers.is_empty()
    }

    fn events_of(&self, of: u16, after: EventNumber, up_to: EventNumber) -> Vec<EventNumber> {
        let numbers = (1..=self.log.len()).filter(|at| self.log[at - 1] == of).map(number);
        numbers.filter(|number| after < *number && *number <= up_to).collect()
    }

    /// Whatever is there is given in the end, also if one partition takes nothing.
    fn settle(&mut self, idle: Option<u16>) {
        let held: Vec<_> = self.given.keys().copied().filter(|of| Some(*of) != idle).collect();
        for round in 0.. {
            assert!(round < 10_000, "no end is in sight");
            let is_read = self.read(4);
            let mut is_taken = false;
            for of in &held {
                is_taken |= self.take(*of, 2);
            }
            if !is_read && !is_taken {
                break;
            }
        }
        for of in held {
            let left = self.events_of(of, self.given[&of], EventNumber::MAX);
            assert_eq!(left, [], "{of} misses events; {:?}", self.queues);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn each_partition_is_given_its_events(steps in prop::collection::vec(step(), 1..120)) {
        let mut world = World::new();
        for step in &steps {
            world.perform(step);
        }
        world.settle(None);
    }

    #[test]
    fn a_partition_that_takes_nothing_holds_up_no_other(
        steps in prop::collection::vec(step(), 1..80),
        appended in prop::collection::vec(1..=PARTITIONS, 20..60),
        idle in 1..=PARTITIONS,
    ) {
        let mut world = World::new();
        for step in &steps {
            world.perform(step);
        }
        for of in 1..=PARTITIONS {
            if !world.given.contains_key(&of) {
                world.perform(&Step::Add(of, 5));
            }
        }
        for of in appended {
            world.perform(&Step::Append(of));
        }
        world.settle(Some(idle));
    }
}
