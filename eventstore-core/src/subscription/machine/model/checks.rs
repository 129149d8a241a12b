//! What must be true after each step.

use super::storage::{Pending, Question};
use super::subscribers::{PartitionQueue, bytes_of};
use super::world::World;
use crate::backend::EventToPark;
use crate::machine::{EndReason, SubscriberId, Timer};
use crate::{EventNumber, ParkCause, Progress, SubscriptionStatus};

impl World {
    /// Whether nothing is left to be done.
    pub(super) fn is_done(&self) -> bool {
        let progress = self.machine.progress();
        let is_complete = progress.caught_up
            && progress.status == SubscriptionStatus::Live
            && progress.checkpoint >= self.head
            && self.stored == self.head;
        self.end.is_some() || is_complete
    }

    pub(super) fn check_order(&self, queue: PartitionQueue, number: EventNumber) {
        let before = self.queues.get(&queue).copied().unwrap_or(self.begun_after);
        assert!(number > before, "delivers {number} after {before}");
        assert!(!self.settled.contains(&number), "delivers {number} once more");
        let between = self.existing.range(before.next()..number);
        let skipped = between
            .copied()
            .find(|skipped| self.queue(*skipped) == queue && !self.is_settled(*skipped));
        assert_eq!(skipped, None, "delivers {number} after {before}");
    }

    fn is_settled(&self, number: EventNumber) -> bool {
        self.settled.contains(&number) || self.to_park.contains(&number)
    }

    pub(super) fn check_holder(&self, queue: PartitionQueue, subscriber: SubscriberId) {
        for (other, member) in &self.members {
            let has = |number: &EventNumber| self.queue(*number) == queue;
            assert!(
                *other == subscriber || !member.in_flight.iter().any(has),
                "{queue:?} is with {other:?}"
            );
        }
    }

    pub(super) fn check_save(&mut self, number: EventNumber) {
        assert!(number > self.known, "stores {number} after {}", self.known);
        self.check_acknowledged(number);
    }

    pub(super) fn check_park(&mut self, events: &[EventToPark], checkpoint: EventNumber) {
        assert!(events.is_sorted_by_key(|event| event.number));
        for event in events {
            let queue = self.queue(event.number);
            let is_due = match event.cause {
                ParkCause::Rejected { .. } => self.to_park.contains(&event.number),
                ParkCause::Follows => self.followed.get(&queue).is_some_and(|from| *from <= event.number),
            };
            assert!(is_due && !self.settled.contains(&event.number), "parks {event:?}");
        }
        assert!(checkpoint >= self.known);
        let open = self.existing.range(self.settled_to.max(self.known).next()..);
        let is_parked = |number: &EventNumber| events.iter().any(|event| event.number == *number);
        let passed = open
            .take_while(|number| **number <= checkpoint)
            .find(|number| !self.settled.contains(number) && !is_parked(number));
        assert_eq!(passed, None, "passes with {checkpoint}");
    }

    pub(super) fn check(&mut self) {
        let progress = self.machine.progress();
        assert_eq!(progress.in_flight, self.in_flight());
        assert_eq!(progress.subscribers, self.members.len());
        assert_eq!(
            matches!(progress.status, SubscriptionStatus::Ended(_)),
            self.end.is_some()
        );
        if self.end == Some(EndReason::Stopped) {
            // Where nothing is fenced, a late save of an earlier lease may have stored more.
            let is_stored = if self.fences {
                progress.checkpoint == progress.acknowledged
            } else {
                progress.checkpoint >= progress.acknowledged
            };
            assert!(is_stored, "ends as if all were stored: {progress:?}");
        }
        if self.holds_lease {
            assert!(self.is_fenced() || progress.checkpoint <= self.stored);
            self.check_memory(&progress);
            self.check_acknowledged(progress.acknowledged);
            self.check_reads_on(&progress);
            self.check_gives_out(&progress);
        }
    }

    fn check_acknowledged(&mut self, number: EventNumber) {
        loop {
            let next = self.existing.range(self.settled_to.next()..).next().copied();
            match next {
                Some(next) if self.settled.contains(&next) => self.settled_to = next,
                outstanding => {
                    assert!(
                        outstanding.is_none_or(|outstanding| outstanding > number),
                        "{number} passes {outstanding:?}"
                    );
                    break;
                }
            }
        }
        let mut in_flight = self.members.values().flat_map(|member| &member.in_flight);
        assert!(in_flight.all(|outstanding| *outstanding > number));
    }

    /// Each waiting event was read in time, or was taken back from a subscriber.
    fn check_memory(&self, progress: &Progress) {
        let max_size = usize::try_from(self.settings.max_size.get()).unwrap();
        let is_read_beyond = progress.queued > max_size && self.queues.is_empty();
        assert!(!is_read_beyond, "{} wait", progress.queued);
        if progress.queued > 1 && self.queues.is_empty() {
            let read = self
                .existing
                .range(self.begun_after.next()..=progress.received.max(self.begun_after.next()));
            let bytes: u64 = read
                .filter(|number| !self.settled.contains(number))
                .copied()
                .map(bytes_of)
                .sum();
            assert!(bytes <= self.settings.max_bytes.get(), "{bytes} bytes wait");
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
            let waits = [Timer::ReadRetry, Timer::Stop]
                .iter()
                .any(|timer| self.timers.contains(timer));
            assert!(self.pending.iter().any(is_read) || waits);
        }
    }

    /// With nothing in anybody's hands, everything is given out that does not wait for a redelivery.
    fn check_gives_out(&self, progress: &Progress) {
        let is_active = !matches!(progress.status, SubscriptionStatus::Stopping);
        let is_parking = !self.to_park.is_empty() || !self.followed.is_empty();
        if is_active && self.in_flight() == 0 && self.paused.is_empty() && !is_parking {
            assert_eq!(progress.queued, 0);
        }
    }
}
