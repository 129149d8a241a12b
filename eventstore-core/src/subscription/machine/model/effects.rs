//! What the machine wants, and whether it may want that.

use std::mem;

use super::storage::{Pending, Question};
use super::subscribers::bytes_of;
use super::world::World;
use crate::EventNumber;
use crate::machine::{Effect, SubscriberId};
use crate::subscription::machine::tests::table::n;

impl World {
    pub(super) fn perform_effects(&mut self) {
        while let Some(effect) = self.machine.poll_effect() {
            assert_eq!(self.end, None, "{effect:?} after the end");
            self.effects += 1;
            self.perform_effect(effect);
        }
    }

    /// All that was given to anybody is given up.
    pub(super) fn forget(&mut self) {
        self.holds_lease = false;
        for member in self.members.values_mut() {
            member.in_flight.clear();
        }
        self.queues.clear();
        self.paused.clear();
        self.to_park.clear();
        self.followed.clear();
        self.settled.clear();
        self.delivered_before = self.delivered;
    }

    fn perform_effect(&mut self, effect: Effect) {
        match effect {
            Effect::Acquire => self.put(Question::Acquire),
            Effect::Read {
                after,
                limit,
                max_bytes,
            } => {
                self.asked_for = mem::replace(&mut self.hinted, n(0));
                self.put(Question::Read {
                    after,
                    limit,
                    max_bytes,
                });
            }
            Effect::SaveCheckpoint(number) => {
                self.check_save(number);
                self.put(Question::Save(number));
            }
            Effect::Park { events, checkpoint } => {
                self.check_park(&events, checkpoint);
                self.put(Question::Park { events, checkpoint });
            }
            Effect::Deliver { subscriber, events } => {
                assert!(!events.is_empty());
                for event in events {
                    self.deliver(subscriber, event.event.number);
                }
            }
            Effect::RejectAcknowledgement { subscriber, number } => self.rejected.push((subscriber, number)),
            Effect::ArmTimer(timer, _) => drop(self.timers.insert(timer)),
            Effect::Release => self.release(),
            Effect::End(reason) => self.end = Some(reason),
        }
    }

    fn put(&mut self, question: Question) {
        let lease = self.lease;
        let is_same_kind = |pending: &&Pending| pending.lease == lease && kind(&pending.question) == kind(&question);
        let twin = self
            .pending
            .iter()
            .filter(|pending| pending.is_heard)
            .find(is_same_kind);
        assert!(twin.is_none(), "{question:?} while {twin:?} is under way");
        assert!(question == Question::Acquire || self.holds_lease);
        self.pending.push(Pending {
            lease,
            epoch: self.epoch,
            question,
            answer: None,
            is_heard: true,
        });
    }

    fn deliver(&mut self, subscriber: SubscriberId, number: EventNumber) {
        assert!(self.holds_lease, "delivers {number} without the lease");
        assert!(number <= self.head);
        let queue = self.queue(number);
        let followed = self.followed.get(&queue);
        assert!(
            followed.is_none_or(|from| number < *from),
            "delivers {number}, which follows"
        );
        let mut up_to_it = self.paused.range(..=number);
        assert!(
            !up_to_it.any(|paused| self.queue(*paused) == queue),
            "delivers {number}, which is not to be redelivered yet, or comes after such an event"
        );
        self.check_order(queue, number);
        self.check_holder(queue, subscriber);
        self.queues.insert(queue, number);
        self.delivered = self.delivered.max(number);
        let had: u64 = self.members[&subscriber].in_flight.iter().copied().map(bytes_of).sum();
        assert!(
            had < self.settings.buffer_bytes.get(),
            "delivers {number} beside {had} bytes"
        );
        let member = self.members.get_mut(&subscriber).unwrap();
        member.in_flight.push(number);
        assert!(member.in_flight.len() <= member.buffer_size);
    }

    fn release(&mut self) {
        self.forget();
        for pending in &mut self.pending {
            pending.is_heard = false;
        }
    }
}

/// Checkpoints are stored one at a time, alone or with what is parked.
fn kind(question: &Question) -> u8 {
    match question {
        Question::Acquire => 0,
        Question::Read { .. } => 1,
        Question::Save(_) | Question::Park { .. } => 2,
    }
}
