//! What the storage does.

use proptest::sample::Index;

use super::step::Take;
use super::world::{World, pick};
use crate::subscription::machine::tests::table::n;
use crate::{CheckpointOutcome, EventNumber, Input};

#[derive(Debug)]
pub(super) struct Pending {
    pub(super) lease: usize,
    pub(super) question: Question,
    /// What the storage has answered already.
    pub(super) answer: Option<Input>,
    pub(super) is_heard: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Question {
    Acquire,
    Read { after: EventNumber, limit: u32 },
    Save(EventNumber),
}

impl World {
    pub(super) fn perform(&mut self, index: Index, take: Take) {
        if !self.pending.is_empty() {
            let at = index.index(self.pending.len());
            if self.pending[at].answer.is_none() && self.pending[at].question != Question::Acquire {
                self.pending[at].answer = Some(self.ask(self.pending[at].question, take));
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
            });
        }
    }

    fn give_answer(&mut self, pending: Pending, take: Take) {
        let answer = pending.answer.unwrap_or_else(|| self.ask(pending.question, take));
        if pending.is_heard {
            self.learn(pending.lease, &answer);
            self.tell(answer);
        }
    }

    fn ask(&mut self, question: Question, take: Take) -> Input {
        match question {
            Question::Acquire => Input::Acquired {
                checkpoint: self.stored,
            },
            Question::Read { .. } if self.head == n(0) => Input::StreamMissing,
            Question::Read { after, limit } => self.page(after, limit, take),
            Question::Save(number) => Input::CheckpointStored {
                number,
                outcome: self.save(number),
            },
        }
    }

    fn page(&self, after: EventNumber, limit: u32, take: Take) -> Input {
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

    /// Keeps track of what the machine is about to be told.
    fn learn(&mut self, lease: usize, answer: &Input) {
        match *answer {
            Input::Acquired { checkpoint } if self.end.is_none() => {
                self.lease += 1;
                self.holds_lease = true;
                self.begun_after = checkpoint;
                self.settled_to = checkpoint;
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
