use std::collections::{BTreeMap, BTreeSet};
use std::mem;

use proptest::sample::Index;

use super::step::Step;
use super::storage::Pending;
use super::subscribers::{Member, PartitionQueue};
use crate::backend::Hint;
use crate::machine::{EndReason, Input, SubscriberId, SubscriptionMachine, Timer};
use crate::subscription::machine::tests::table::n;
use crate::{EventNumber, SubscriptionSettings};

pub(super) struct World {
    pub(super) machine: SubscriptionMachine,
    pub(super) settings: SubscriptionSettings,
    /// Numbers that leave the same rest are of the same partition; those without a rest, of none.
    pub(super) partitions: u32,
    pub(super) existing: BTreeSet<EventNumber>,
    pub(super) head: EventNumber,
    pub(super) stored: EventNumber,
    /// Whether the storage refuses what an earlier lease writes.
    pub(super) fences: bool,
    /// The epoch of the lease that was given last, to whomever, and of the one that the machine was given.
    pub(super) granted: usize,
    pub(super) epoch: usize,
    pub(super) hints: Vec<Hint>,
    pub(super) pending: Vec<Pending>,
    pub(super) timers: BTreeSet<Timer>,
    pub(super) lease: usize,
    pub(super) holds_lease: bool,
    pub(super) members: BTreeMap<SubscriberId, Member>,
    pub(super) joined: u64,
    /// How far the events of each queue have been delivered.
    pub(super) queues: BTreeMap<PartitionQueue, EventNumber>,
    /// The events that wait for their redelivery.
    pub(super) paused: BTreeSet<EventNumber>,
    /// What subscribers refused for good under this lease and is not parked yet.
    pub(super) to_park: BTreeSet<EventNumber>,
    /// From which number on nothing of these partitions is delivered.
    pub(super) followed: BTreeMap<PartitionQueue, EventNumber>,
    /// What is parked in storage.
    pub(super) parked: BTreeSet<EventNumber>,
    /// What was dealt with under this lease.
    pub(super) settled: BTreeSet<EventNumber>,
    /// Every event up to here was dealt with.
    pub(super) settled_to: EventNumber,
    /// The highest number ever delivered, and that under an earlier lease.
    pub(super) delivered: EventNumber,
    pub(super) delivered_before: EventNumber,
    /// The checkpoint that the lease began with, and the one that the machine was told of.
    pub(super) begun_after: EventNumber,
    pub(super) known: EventNumber,
    /// The highest number that the machine was told of since its last read began.
    pub(super) hinted: EventNumber,
    /// The highest number that it was told of between the last read and the one before.
    pub(super) asked_for: EventNumber,
    pub(super) rejected: Vec<(SubscriberId, EventNumber)>,
    pub(super) end: Option<EndReason>,
    pub(super) effects: usize,
}

impl World {
    pub(super) fn new(settings: SubscriptionSettings, partitions: u32, fences: bool) -> Self {
        let buffer_size = settings.buffer_size.get();
        let mut world = Self {
            machine: SubscriptionMachine::new(settings.clone()),
            settings,
            partitions,
            existing: BTreeSet::new(),
            head: n(0),
            stored: n(0),
            fences,
            granted: 0,
            epoch: 0,
            hints: Vec::new(),
            pending: Vec::new(),
            timers: BTreeSet::new(),
            lease: 0,
            holds_lease: false,
            members: BTreeMap::new(),
            joined: 0,
            queues: BTreeMap::new(),
            paused: BTreeSet::new(),
            to_park: BTreeSet::new(),
            followed: BTreeMap::new(),
            parked: BTreeSet::new(),
            settled: BTreeSet::new(),
            settled_to: n(0),
            delivered: n(0),
            delivered_before: n(0),
            begun_after: n(0),
            known: n(0),
            hinted: n(0),
            asked_for: n(0),
            rejected: Vec::new(),
            end: None,
            effects: 0,
        };
        world.perform_effects();
        world.join(buffer_size);
        world
    }

    pub(super) fn live_through(mut self, steps: Vec<Step>) {
        for step in steps {
            self.take(step);
        }
        self.recover();
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Append(count) => self.append(count),
            Step::Delete(index) => self.delete(index),
            Step::Hint(index) => self.hint(index),
            Step::RepeatHint(index) => self.repeat_hint(index),
            Step::DropHint(index) => drop(pick(index, &mut self.hints)),
            Step::HintUnknown => self.tell(Input::Hinted(Hint::Unknown)),
            Step::HintBeyondTheEnd => self.tell(Input::Hinted(Hint::UpTo(self.head.after(9).unwrap()))),
            Step::Perform(index, take) => self.perform(index, take),
            Step::Answer(index, take) => self.answer(index, take),
            Step::Fail(index) => self.fail(index),
            Step::Damage => self.damage(),
            Step::Fire(index) => self.fire(index),
            Step::LoseLease => self.lose_lease(),
            Step::TakeOver(stored) => self.take_over(n(stored)),
            Step::Join(buffer_size) => self.join(buffer_size),
            Step::Leave(index) => self.leave(index),
            Step::Acknowledge(index) => self.acknowledge(index),
            Step::AcknowledgeLast => self.acknowledge_first(usize::MAX),
            Step::AcknowledgeAnything(index, number) => self.acknowledge_anything(index, n(number)),
            Step::Retry(index) => self.retry(index),
            Step::Skip(index) => self.skip(index),
            Step::Park(index) => self.park(index),
            Step::Unpark(index) => self.unpark(index),
        }
    }

    /// With every fault gone and nothing appended, the machine gets to the end by itself.
    fn recover(&mut self) {
        for _ in 0..1_000 {
            if self.is_fenced() {
                self.lose_lease();
            }
            self.answer_everything();
            self.acknowledge_first(usize::MAX);
            self.answer_everything();
            if self.is_done() {
                return;
            }
            if self.in_flight() == 0 {
                self.fire_everything();
            }
        }
        panic!("does not catch up: {:?}, pending {:?}", self.machine, self.pending);
    }

    pub(super) fn append(&mut self, count: u32) {
        for _ in 0..count {
            self.head = self.head.next();
            self.existing.insert(self.head);
        }
        self.hints.push(Hint::UpTo(self.head));
    }

    fn delete(&mut self, index: Index) {
        if let Some(number) = self
            .existing
            .iter()
            .nth(index.index(self.existing.len().max(1)))
            .copied()
        {
            self.existing.remove(&number);
        }
    }

    fn hint(&mut self, index: Index) {
        if let Some(hint) = pick(index, &mut self.hints) {
            self.tell(Input::Hinted(hint));
        }
    }

    fn repeat_hint(&mut self, index: Index) {
        if !self.hints.is_empty() {
            self.tell(Input::Hinted(*index.get(&self.hints)));
        }
    }

    fn fire(&mut self, index: Index) {
        if !self.timers.is_empty() {
            let timer = *self.timers.iter().nth(index.index(self.timers.len())).unwrap();
            self.timers.remove(&timer);
            self.fire_timer(timer);
        }
    }

    fn fire_everything(&mut self) {
        for timer in mem::take(&mut self.timers) {
            self.fire_timer(timer);
        }
    }

    fn fire_timer(&mut self, timer: Timer) {
        if let Timer::Redelivery(number) = timer {
            self.paused.remove(&number);
        }
        self.tell(Input::TimerFired(timer));
    }

    fn lose_lease(&mut self) {
        if self.holds_lease {
            self.forget();
            self.tell(Input::LeaseLost);
        }
    }

    pub(super) fn tell(&mut self, input: Input) {
        if let Input::Hinted(Hint::UpTo(number)) = input {
            self.hinted = self.hinted.max(number);
        }
        self.machine.handle(input);
        self.perform_effects();
        self.check();
    }
}

pub(super) fn pick<T>(index: Index, of: &mut Vec<T>) -> Option<T> {
    (!of.is_empty()).then(|| of.remove(index.index(of.len())))
}
