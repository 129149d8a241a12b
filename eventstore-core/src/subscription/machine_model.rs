//! Drives the machine through random histories of a simulated world, and judges it after each step.

use std::collections::{BTreeSet, VecDeque};
use std::mem;
use std::num::NonZeroU64;
use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::Index;

use super::machine_tests::{event, n, size};
use crate::{
    CheckpointOutcome, Effect, EndReason, EventNumber, Hint, Input, Page, Progress, SubscriptionMachine,
    SubscriptionSettings, SubscriptionStatus, Timer,
};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn keeps_its_contract_through_any_history(
        settings in settings(),
        steps in prop::collection::vec(step(), 1..250),
    ) {
        World::new(settings).live_through(steps);
    }
}

/// Behaviours: T43.
#[test]
fn its_work_grows_no_faster_than_the_number_of_events() {
    for batch in [1, 100] {
        let (few, many) = (effects_for(10_000, batch), effects_for(100_000, batch));
        assert!(many <= few * 11, "{few} effects became {many}");
        assert!(
            many <= 3 * 100_000 / usize::try_from(batch).unwrap() + 1_000,
            "{many} effects"
        );
    }
}

/// How many effects it takes to deliver that many events, acknowledged `batch` at a time.
fn effects_for(events: u32, batch: u32) -> usize {
    let mut world = World::new(SubscriptionSettings::default());
    world.append(events);
    while !world.is_done() {
        world.answer_everything();
        for _ in 0..100 / batch {
            world.acknowledge_first(batch);
        }
    }
    world.effects
}

/// What happens in the world; what makes no sense in its state is skipped.
#[derive(Debug, Clone, Copy)]
enum Step {
    Append(u32),
    Delete(Index),
    Hint(Index),
    RepeatHint(Index),
    DropHint(Index),
    HintUnknown,
    HintBeyondTheEnd,
    /// The storage does what it was asked, but the answer is still on its way.
    Perform(Index, Take),
    Answer(Index, Take),
    Fail(Index),
    Fire(Index),
    LoseLease,
    Acknowledge(Index),
    AcknowledgeLast,
    AcknowledgeAnything(u32),
    Stop,
}

/// How much of what it may read a read takes.
#[derive(Debug, Clone, Copy)]
enum Take {
    Everything,
    AtMost(usize),
    /// And passes the numbers without events that follow; of no event at all, that is a page without events that need
    /// not be the last.
    AtMostAndGap(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let index = any::<Index>;
    prop_oneof![
        12 => (1..9_u32).prop_map(Step::Append),
        3 => index().prop_map(Step::Delete),
        10 => index().prop_map(Step::Hint),
        3 => index().prop_map(Step::RepeatHint),
        3 => index().prop_map(Step::DropHint),
        2 => Just(Step::HintUnknown),
        2 => Just(Step::HintBeyondTheEnd),
        10 => (index(), take()).prop_map(|(index, take)| Step::Perform(index, take)),
        30 => (index(), take()).prop_map(|(index, take)| Step::Answer(index, take)),
        5 => index().prop_map(Step::Fail),
        10 => index().prop_map(Step::Fire),
        2 => Just(Step::LoseLease),
        20 => index().prop_map(Step::Acknowledge),
        10 => Just(Step::AcknowledgeLast),
        4 => (0..200_u32).prop_map(Step::AcknowledgeAnything),
        1 => prop::bool::weighted(0.1).prop_map(|stop| if stop { Step::Stop } else { Step::HintUnknown }),
    ]
}

fn take() -> impl Strategy<Value = Take> {
    prop_oneof![
        Just(Take::Everything),
        (1..5_usize).prop_map(Take::AtMost),
        (0..5_usize).prop_map(Take::AtMostAndGap),
    ]
}

fn settings() -> impl Strategy<Value = SubscriptionSettings> {
    (1..8_u32, 1..12_u32, 1..6_u64).prop_map(|(buffer_size, max_size, threshold)| SubscriptionSettings {
        buffer_size: size(buffer_size),
        max_size: size(max_size),
        checkpoint_threshold: NonZeroU64::new(threshold).unwrap(),
        checkpoint_after: (threshold > 1).then_some(Duration::from_secs(5)),
        ..SubscriptionSettings::default()
    })
}

#[derive(Debug)]
struct Pending {
    lease: usize,
    question: Question,
    /// What the storage has answered already.
    answer: Option<Input>,
    is_heard: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Question {
    Acquire,
    Read { after: EventNumber, limit: u32 },
    Save(EventNumber),
}

struct World {
    machine: SubscriptionMachine,
    settings: SubscriptionSettings,
    existing: BTreeSet<EventNumber>,
    head: EventNumber,
    stored: EventNumber,
    hints: Vec<Hint>,
    pending: Vec<Pending>,
    timers: BTreeSet<Timer>,
    lease: usize,
    holds_lease: bool,
    /// Highest number ever delivered under an earlier lease.
    delivered_before: EventNumber,
    delivered: EventNumber,
    in_flight: VecDeque<EventNumber>,
    acknowledged: EventNumber,
    /// The checkpoint that the machine was told of.
    known: EventNumber,
    /// The highest number that the machine was told of since its last read began.
    hinted: EventNumber,
    rejected: Vec<EventNumber>,
    end: Option<EndReason>,
    effects: usize,
}

impl World {
    fn new(settings: SubscriptionSettings) -> Self {
        let mut world = Self {
            machine: SubscriptionMachine::new(settings.clone()),
            settings,
            existing: BTreeSet::new(),
            head: n(0),
            stored: n(0),
            hints: Vec::new(),
            pending: Vec::new(),
            timers: BTreeSet::new(),
            lease: 0,
            holds_lease: false,
            delivered_before: n(0),
            delivered: n(0),
            in_flight: VecDeque::new(),
            acknowledged: n(0),
            known: n(0),
            hinted: n(0),
            rejected: Vec::new(),
            end: None,
            effects: 0,
        };
        world.perform_effects();
        world
    }

    fn live_through(mut self, steps: Vec<Step>) {
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
            Step::Fire(index) => self.fire(index),
            Step::LoseLease => self.lose_lease(),
            Step::Acknowledge(index) => self.acknowledge(index),
            Step::AcknowledgeLast => self.acknowledge_first(u32::MAX),
            Step::AcknowledgeAnything(number) => self.tell_acknowledged(n(number)),
            Step::Stop => self.tell(Input::Stop),
        }
    }

    /// With every fault gone and nothing appended, the machine gets to the end by itself.
    fn recover(&mut self) {
        for _ in 0..1_000 {
            self.answer_everything();
            self.acknowledge_first(u32::MAX);
            self.answer_everything();
            if self.is_done() {
                return;
            }
            if self.in_flight.is_empty() {
                self.fire_everything();
            }
        }
        panic!("does not catch up: {:?}, pending {:?}", self.machine, self.pending);
    }

    fn is_done(&self) -> bool {
        let progress = self.machine.progress();
        let is_complete = progress.caught_up
            && progress.status == SubscriptionStatus::Live
            && progress.checkpoint >= self.head
            && self.stored == self.head;
        self.end.is_some() || is_complete
    }
}

/// What others do.
impl World {
    fn append(&mut self, count: u32) {
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
            self.tell(Input::TimerFired(timer));
        }
    }

    fn fire_everything(&mut self) {
        for timer in mem::take(&mut self.timers) {
            self.tell(Input::TimerFired(timer));
        }
    }

    fn lose_lease(&mut self) {
        if self.holds_lease {
            self.holds_lease = false;
            self.forget();
            self.tell(Input::LeaseLost);
        }
    }

    fn forget(&mut self) {
        self.in_flight.clear();
        self.delivered_before = self.delivered_before.max(self.delivered);
    }
}

/// What the storage does.
impl World {
    fn perform(&mut self, index: Index, take: Take) {
        if !self.pending.is_empty() {
            let at = index.index(self.pending.len());
            if self.pending[at].answer.is_none() && self.pending[at].question != Question::Acquire {
                self.pending[at].answer = Some(self.ask(self.pending[at].question, take));
            }
        }
    }

    fn answer(&mut self, index: Index, take: Take) {
        if let Some(pending) = pick(index, &mut self.pending) {
            self.give_answer(pending, take);
        }
    }

    /// The oldest questions first.
    fn answer_everything(&mut self) {
        while !self.pending.is_empty() {
            let pending = self.pending.remove(0);
            self.give_answer(pending, Take::Everything);
        }
    }

    fn give_answer(&mut self, pending: Pending, take: Take) {
        let answer = pending.answer.unwrap_or_else(|| self.ask(pending.question, take));
        if pending.is_heard {
            self.learn(pending.lease, &answer);
            self.tell(answer);
        }
    }

    /// The answer is lost, or the question was.
    fn fail(&mut self, index: Index) {
        if let Some(pending) = pick(index, &mut self.pending).filter(|pending| pending.is_heard) {
            self.tell(match pending.question {
                Question::Acquire => Input::AcquireFailed,
                Question::Read { .. } => Input::ReadFailed,
                Question::Save(number) => Input::CheckpointFailed { number },
            });
        }
    }

    fn ask(&mut self, question: Question, take: Take) -> Input {
        match question {
            Question::Acquire => Input::Acquired {
                checkpoint: self.stored,
            },
            Question::Read { .. } if self.head == n(0) => Input::StreamMissing,
            Question::Read { after, limit } => Input::PageRead {
                after,
                page: self.page(after, limit, take),
            },
            Question::Save(number) => Input::CheckpointStored {
                number,
                outcome: self.save(number),
            },
        }
    }

    fn page(&self, after: EventNumber, limit: u32, take: Take) -> Page {
        let limit = usize::try_from(limit).unwrap();
        let (limit, passes_gap) = match take {
            Take::Everything => (limit, false),
            Take::AtMost(events) => (limit.min(events), false),
            Take::AtMostAndGap(events) => (limit.min(events), true),
        };
        let mut numbers = self.existing.range(after.next()..).copied();
        let taken: Vec<_> = numbers.by_ref().take(limit).collect();
        let following = numbers.next();
        let last = taken.last().copied().unwrap_or(after);
        Page {
            events: taken.iter().map(|number| event(small(*number))).collect(),
            scanned_to: match following {
                Some(following) if passes_gap => following.previous(),
                Some(_) => last,
                None => self.head.max(after),
            },
            is_last: following.is_none(),
        }
    }

    fn save(&mut self, number: EventNumber) -> CheckpointOutcome {
        if self.stored < number {
            self.stored = number;
            CheckpointOutcome::Saved
        } else {
            CheckpointOutcome::Superseded(self.stored)
        }
    }

    /// Keeps track of what the machine is about to be told.
    fn learn(&mut self, lease: usize, answer: &Input) {
        match *answer {
            Input::Acquired { checkpoint } if self.end.is_none() => {
                self.lease += 1;
                self.holds_lease = true;
                self.delivered = checkpoint;
                self.acknowledged = checkpoint;
                self.known = checkpoint;
                self.hinted = n(0);
            }
            Input::CheckpointStored { number, outcome } if lease == self.lease => {
                self.known = match outcome {
                    CheckpointOutcome::Superseded(later) => later,
                    _ => number,
                };
            }
            _ => {}
        }
    }
}

/// What the subscriber does.
impl World {
    fn acknowledge(&mut self, index: Index) {
        if !self.in_flight.is_empty() {
            self.tell_acknowledged(self.in_flight[index.index(self.in_flight.len())]);
        }
    }

    /// Acknowledges that many events, or all that it has.
    fn acknowledge_first(&mut self, count: u32) {
        let count = usize::try_from(count).unwrap().min(self.in_flight.len());
        if let Some(last) = count.checked_sub(1) {
            self.tell_acknowledged(self.in_flight[last]);
        }
    }

    fn tell_acknowledged(&mut self, number: EventNumber) {
        let is_active = self.holds_lease && self.machine.progress().status != SubscriptionStatus::Stopping;
        let is_known = self.in_flight.contains(&number);
        if is_active && is_known {
            self.in_flight.retain(|delivered| *delivered > number);
            self.acknowledged = number;
        }
        self.tell(Input::Acknowledged { number });
        let was_delivered = number > n(0) && number <= self.delivered_before;
        let is_rejected = is_active && !is_known && !was_delivered;
        let expected: Vec<_> = is_rejected.then_some(number).into_iter().collect();
        assert_eq!(mem::take(&mut self.rejected), expected);
    }
}

/// What the machine does.
impl World {
    fn tell(&mut self, input: Input) {
        if let Input::Hinted(Hint::UpTo(number)) = input {
            self.hinted = self.hinted.max(number);
        }
        self.machine.handle(input);
        self.perform_effects();
        self.check();
    }

    fn perform_effects(&mut self) {
        while let Some(effect) = self.machine.poll_effect() {
            assert_eq!(self.end, None, "{effect:?} after the end");
            self.effects += 1;
            self.perform_effect(effect);
        }
    }

    fn perform_effect(&mut self, effect: Effect) {
        match effect {
            Effect::Acquire => self.put(Question::Acquire),
            Effect::Read { after, limit } => {
                self.hinted = n(0);
                self.put(Question::Read { after, limit });
            }
            Effect::SaveCheckpoint(number) => {
                self.check_save(number);
                self.put(Question::Save(number));
            }
            Effect::Deliver(events) => {
                assert!(!events.is_empty());
                for event in events {
                    self.deliver(event.event_number);
                }
            }
            Effect::RejectAcknowledgement { number } => self.rejected.push(number),
            Effect::ArmTimer(timer, _) => drop(self.timers.insert(timer)),
            Effect::Release => self.release(),
            Effect::End(reason) => self.end = Some(reason),
        }
    }

    fn put(&mut self, question: Question) {
        let lease = self.lease;
        let is_same_kind = |pending: &&Pending| {
            pending.lease == lease && mem::discriminant(&pending.question) == mem::discriminant(&question)
        };
        let twin = self
            .pending
            .iter()
            .filter(|pending| pending.is_heard)
            .find(is_same_kind);
        assert!(twin.is_none(), "{question:?} while {twin:?} is under way");
        assert!(question == Question::Acquire || self.holds_lease);
        self.pending.push(Pending {
            lease,
            question,
            answer: None,
            is_heard: true,
        });
    }

    fn deliver(&mut self, number: EventNumber) {
        assert!(self.holds_lease, "delivers {number} without the lease");
        assert!(number > self.delivered, "delivers {number} after {}", self.delivered);
        assert!(number <= self.head);
        let skipped = self.existing.range(self.delivered.next()..number).next();
        assert_eq!(skipped, None, "delivers {number} after {}", self.delivered);
        self.delivered = number;
        self.in_flight.push_back(number);
    }

    fn release(&mut self) {
        self.holds_lease = false;
        self.forget();
        for pending in &mut self.pending {
            pending.is_heard = false;
        }
    }

    fn check_save(&self, number: EventNumber) {
        assert!(number > self.known, "stores {number} after {}", self.known);
        self.check_acknowledged(number);
    }

    fn check_acknowledged(&self, number: EventNumber) {
        let outstanding = self.existing.range(self.acknowledged.next()..).next();
        assert!(outstanding.is_none_or(|outstanding| *outstanding > number));
        assert!(self.in_flight.front().is_none_or(|outstanding| *outstanding > number));
    }

    fn check(&self) {
        let progress = self.machine.progress();
        assert!(progress.queued <= usize::try_from(self.settings.max_size.get()).unwrap());
        assert!(progress.in_flight <= usize::try_from(self.settings.buffer_size.get()).unwrap());
        assert_eq!(progress.in_flight, self.in_flight.len());
        assert_eq!(
            matches!(progress.status, SubscriptionStatus::Ended(_)),
            self.end.is_some()
        );
        if self.holds_lease {
            assert!(progress.acknowledged >= self.acknowledged);
            assert!(progress.checkpoint <= self.stored);
            self.check_acknowledged(progress.acknowledged);
            self.check_reads_on(&progress);
        }
    }

    /// With room for more it reads what it knows of, without waiting to be told again.
    fn check_reads_on(&self, progress: &Progress) {
        let knows_of_more = match progress.status {
            SubscriptionStatus::Live => self.hinted > progress.received,
            SubscriptionStatus::CatchingUp | SubscriptionStatus::OverCapacity => true,
            _ => false,
        };
        if knows_of_more && progress.queued == 0 {
            let is_read =
                |pending: &Pending| pending.lease == self.lease && matches!(pending.question, Question::Read { .. });
            assert!(self.pending.iter().any(is_read) || self.timers.contains(&Timer::ReadRetry));
        }
    }
}

fn pick<T>(index: Index, of: &mut Vec<T>) -> Option<T> {
    (!of.is_empty()).then(|| of.remove(index.index(of.len())))
}

fn small(number: EventNumber) -> u32 {
    u32::try_from(number.get()).unwrap()
}
