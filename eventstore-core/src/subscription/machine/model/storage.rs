//! What the storage does.

use std::collections::BTreeSet;
use std::num::NonZeroU64;

use proptest::sample::Index;

use super::step::Take;
use super::subscribers::{PartitionQueue, bytes_of};
use super::world::{World, pick};
use crate::backend::{CheckpointOutcome, EventToPark, PageRoom, ParkOutcome, ParkedBacklog};
use crate::machine::Input;
use crate::subscription::machine::tests::table::n;
use crate::{EventNumber, ParkCause};

#[derive(Debug)]
pub(super) struct Pending {
    pub(super) lease: usize,
    /// The epoch of that lease.
    pub(super) epoch: usize,
    pub(super) question: Question,
    /// What the storage has answered already.
    pub(super) answer: Option<Input>,
    pub(super) is_heard: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Question {
    Acquire,
    Read {
        after: EventNumber,
        limit: u32,
        max_bytes: NonZeroU64,
    },
    Save(EventNumber),
    Park {
        events: Vec<EventToPark>,
        checkpoint: EventNumber,
    },
}

impl World {
    pub(super) fn perform(&mut self, index: Index, take: Take) {
        if !self.pending.is_empty() {
            let at = index.index(self.pending.len());
            if self.pending[at].answer.is_none() && self.pending[at].question != Question::Acquire {
                let Pending {
                    epoch, ref question, ..
                } = self.pending[at];
                self.pending[at].answer = Some(self.ask(epoch, question.clone(), take));
            }
        }
    }

    pub(super) fn answer(&mut self, index: Index, take: Take) {
        if let Some(pending) = pick(index, &mut self.pending) {
            self.give_answer(pending, take);
        }
    }

    /// The oldest questions first.
    pub(super) fn answer_everything(&mut self) {
        while !self.pending.is_empty() {
            let pending = self.pending.remove(0);
            self.give_answer(pending, Take::Everything);
        }
    }

    /// The answer is lost, or the question was.
    pub(super) fn fail(&mut self, index: Index) {
        if let Some(pending) = pick(index, &mut self.pending).filter(|pending| pending.is_heard) {
            self.tell(match pending.question {
                Question::Acquire => Input::AcquireFailed,
                Question::Read { .. } => Input::ReadFailed,
                Question::Save(number) => Input::CheckpointFailed { number },
                Question::Park { .. } => Input::ParkFailed,
            });
        }
    }

    /// A page is damaged, at least this once.
    pub(super) fn damage(&mut self) {
        let is_read = |pending: &Pending| pending.is_heard && matches!(pending.question, Question::Read { .. });
        if let Some(at) = self.pending.iter().position(is_read) {
            self.pending.remove(at);
            self.tell(Input::PageDamaged);
        }
    }

    fn give_answer(&mut self, pending: Pending, take: Take) {
        let question = pending.question;
        let answer = pending
            .answer
            .unwrap_or_else(|| self.ask(pending.epoch, question.clone(), take));
        if pending.is_heard {
            self.learn(pending.lease, &question, &answer);
            self.tell(answer);
        }
    }

    fn ask(&mut self, epoch: usize, question: Question, take: Take) -> Input {
        let is_fenced = self.fences && epoch != self.granted;
        match question {
            Question::Acquire => {
                self.granted += 1;
                Input::Acquired {
                    checkpoint: self.stored,
                    parked: self.backlog(),
                }
            }
            Question::Read { .. } if self.head == n(0) => Input::StreamMissing,
            Question::Read {
                after,
                limit,
                max_bytes,
            } => self.page(after, limit, PageRoom::new(max_bytes), take),
            Question::Save(number) if is_fenced => Input::CheckpointStored {
                number,
                outcome: CheckpointOutcome::Fenced,
            },
            Question::Park { .. } if is_fenced => Input::Parked(ParkOutcome::Fenced),
            Question::Save(number) => Input::CheckpointStored {
                number,
                outcome: self.save(number),
            },
            Question::Park { events, checkpoint } => Input::Parked(self.store_parked(&events, checkpoint)),
        }
    }

    /// Another process takes the lease and moves on, or an administrator sets the checkpoint; the holder is not told yet.
    pub(super) fn take_over(&mut self, stored: EventNumber) {
        if self.fences {
            self.granted += 1;
            self.stored = stored.min(self.head);
        }
    }

    /// Whether the machine holds a lease that is not the latest one.
    pub(super) fn is_fenced(&self) -> bool {
        self.fences && self.holds_lease && self.epoch != self.granted
    }

    fn page(&self, after: EventNumber, limit: u32, mut room: PageRoom, take: Take) -> Input {
        let limit = usize::try_from(limit).unwrap();
        let (limit, passes_gap) = match take {
            Take::Everything => (limit, false),
            Take::AtMost(events) | Take::HandedOver(events) => (limit.min(events), false),
            Take::AtMostAndGap(events) => (limit.min(events), true),
        };
        let numbers = || self.existing.range(after.next()..);
        let fits = |number: &&EventNumber| room.admits(bytes_of(**number));
        let taken: Vec<_> = numbers().take(limit).take_while(fits).copied().collect();
        let following = numbers().nth(taken.len()).copied();
        let last = taken.last().copied().unwrap_or(after);
        if matches!(take, Take::HandedOver(_)) && last > after {
            return Input::HandedOver {
                after,
                events: taken.iter().map(|number| self.event(*number)).collect(),
                up_to: last,
            };
        }
        Input::PageRead {
            after,
            events: taken.iter().map(|number| self.event(*number)).collect(),
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

    fn store_parked(&mut self, events: &[EventToPark], checkpoint: EventNumber) -> ParkOutcome {
        if self.stored > checkpoint {
            return ParkOutcome::Superseded(self.stored);
        }
        let mut rejected = BTreeSet::new();
        let mut drained = BTreeSet::new();
        for event in events {
            let Some(partition) = &event.partition else { continue };
            let is_parked =
                |parked: &EventNumber| *parked < event.number && self.queue(*parked) == self.queue(event.number);
            match event.cause {
                ParkCause::Rejected { .. } => drop(rejected.insert(partition)),
                ParkCause::Follows if rejected.contains(partition) || self.parked.iter().any(is_parked) => {}
                ParkCause::Follows => drop(drained.insert(partition.clone())),
            }
        }
        if !drained.is_empty() {
            return ParkOutcome::Drained(drained.into_iter().collect());
        }
        self.parked.extend(events.iter().map(|event| event.number));
        self.stored = checkpoint;
        ParkOutcome::Parked
    }

    fn backlog(&self) -> ParkedBacklog {
        let partitions: BTreeSet<_> = self
            .parked
            .iter()
            .filter_map(|number| self.event(*number).partition)
            .collect();
        ParkedBacklog {
            partitions: partitions.into_iter().collect(),
            numbers: self.parked.range(self.stored.next()..).copied().collect(),
        }
    }

    pub(super) fn unpark(&mut self, index: Index) {
        let nth = index.index(self.parked.len().max(1));
        if let Some(number) = self.parked.iter().nth(nth).copied() {
            self.parked.remove(&number);
        }
    }

    /// Keeps track of what the machine is about to be told.
    fn learn(&mut self, lease: usize, question: &Question, answer: &Input) {
        if let Input::Parked(outcome) = answer
            && lease == self.lease
        {
            self.learn_parked(question, outcome);
        }
        match *answer {
            Input::Acquired { checkpoint, ref parked } if self.end.is_none() => {
                self.settled.extend(&parked.numbers);
                let partitions = parked.partitions.iter();
                self.followed = partitions.map(|key| (PartitionQueue::of(key), n(0))).collect();
                self.lease += 1;
                self.epoch = self.granted;
                self.holds_lease = true;
                self.begun_after = checkpoint;
                self.settled_to = checkpoint;
                self.known = checkpoint;
                self.hinted = n(0);
            }
            Input::HandedOver { .. } if lease == self.lease => self.hinted = self.hinted.max(self.asked_for),
            Input::CheckpointStored { number, outcome } if lease == self.lease => {
                self.known = match outcome {
                    CheckpointOutcome::Superseded(later) => later,
                    CheckpointOutcome::Fenced => self.known,
                    _ => number,
                };
            }
            _ => {}
        }
    }

    fn learn_parked(&mut self, question: &Question, outcome: &ParkOutcome) {
        let Question::Park { events, checkpoint } = question else {
            panic!("{outcome:?} to {question:?}");
        };
        match outcome {
            ParkOutcome::Parked => {
                self.settled.extend(events.iter().map(|event| event.number));
                self.to_park
                    .retain(|number| !events.iter().any(|event| event.number == *number));
                self.known = *checkpoint;
            }
            ParkOutcome::Drained(partitions) => {
                for key in partitions {
                    let queue = PartitionQueue::of(key);
                    let first = self.to_park.iter().copied().find(|number| self.queue(*number) == queue);
                    match first {
                        Some(first) => self.followed.insert(queue, first),
                        None => self.followed.remove(&queue),
                    };
                }
            }
            // A save of an earlier lease has come late to a storage that fences nothing: what was acknowledged then need not be parked, whether it was being
            // parked already or waited for that.
            ParkOutcome::Superseded(later) => {
                let passed: Vec<_> = self.waiting_to_be_parked().filter(|number| number <= later).collect();
                self.settled.extend(passed);
                self.to_park.retain(|number| number > later);
                self.known = *later;
            }
            ParkOutcome::Fenced => {}
            ParkOutcome::SubscriptionGone => panic!("no one deletes the subscription"),
        }
    }

    /// The events to park, and their followers among the events that were read after them.
    fn waiting_to_be_parked(&self) -> impl Iterator<Item = EventNumber> {
        let received = self.machine.progress().received;
        let followers = self.existing.range(..=received).filter(|number| self.follows(**number));
        self.to_park.iter().chain(followers).copied()
    }

    fn follows(&self, number: EventNumber) -> bool {
        let is_followed = self
            .followed
            .get(&self.queue(number))
            .is_some_and(|from| *from <= number);
        let is_in_flight = self.members.values().any(|member| member.in_flight.contains(&number));
        is_followed && !is_in_flight && !self.settled.contains(&number)
    }
}
