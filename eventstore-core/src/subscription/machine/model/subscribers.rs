//! What the subscribers do, and what they have.

use std::mem;

use proptest::sample::Index;

use super::world::World;
use crate::machine::{Input, PartitionedEvent, SubscriberId};
use crate::subscription::machine::tests::table::{event, size};
use crate::{EventNumber, PartitionKey, Refusal, SubscriptionStatus};

#[derive(Debug)]
pub(super) struct Member {
    pub(super) buffer_size: usize,
    /// In the order of delivery.
    pub(super) in_flight: Vec<EventNumber>,
}

/// What is delivered one after another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum PartitionQueue {
    Unpartitioned,
    Partition(u64),
    Single(EventNumber),
}

impl PartitionQueue {
    pub(super) fn of(key: &PartitionKey) -> Self {
        Self::Partition(key.as_str().parse().unwrap())
    }
}

/// How large the payload of an event is.
pub(super) fn bytes_of(number: EventNumber) -> u64 {
    number.get() * 7 % 10
}

impl World {
    pub(super) fn join(&mut self, buffer_size: u32) {
        let limit = usize::try_from(self.settings.concurrency_limit.get()).unwrap();
        if self.members.len() == limit || self.is_over() {
            return;
        }
        self.joined += 1;
        let subscriber = SubscriberId::new(self.joined);
        let member = Member {
            buffer_size: usize::try_from(buffer_size).unwrap(),
            in_flight: Vec::new(),
        };
        self.members.insert(subscriber, member);
        self.tell(Input::Joined {
            subscriber,
            buffer_size: size(buffer_size),
        });
    }

    pub(super) fn leave(&mut self, index: Index) {
        let picked = self.pick_member(index).filter(|_| self.end.is_none());
        if let Some(subscriber) = picked {
            let member = self.members.remove(&subscriber).unwrap();
            self.put_back(&member.in_flight);
            self.tell(Input::Left { subscriber });
        }
    }

    pub(super) fn acknowledge(&mut self, index: Index) {
        if let Some((subscriber, number)) = self.pick_in_flight(index) {
            self.tell_acknowledged(subscriber, number);
        }
    }

    /// Acknowledges that many events of every subscriber, or all that it has.
    pub(super) fn acknowledge_first(&mut self, count: usize) {
        let everybody: Vec<_> = self.members.keys().copied().collect();
        for subscriber in everybody {
            let has = &self.members[&subscriber].in_flight;
            if let Some(last) = count.min(has.len()).checked_sub(1) {
                self.tell_acknowledged(subscriber, has[last]);
            }
        }
    }

    pub(super) fn acknowledge_anything(&mut self, index: Index, number: EventNumber) {
        if let Some(subscriber) = self.pick_member(index) {
            self.tell_acknowledged(subscriber, number);
        }
    }

    pub(super) fn retry(&mut self, index: Index) {
        let Some((subscriber, number)) = self.pick_in_flight(index).filter(|_| self.is_active()) else {
            return;
        };
        let has = &mut self.members.get_mut(&subscriber).unwrap().in_flight;
        let at = has.iter().position(|other| *other == number).unwrap();
        let taken_back = has.split_off(at);
        self.put_back(&taken_back);
        self.paused.insert(number);
        self.tell_refused(subscriber, number, Refusal::Retry);
    }

    pub(super) fn skip(&mut self, index: Index) {
        let Some((subscriber, number)) = self.pick_in_flight(index).filter(|_| self.is_active()) else {
            return;
        };
        let member = self.members.get_mut(&subscriber).unwrap();
        member.in_flight.retain(|other| *other != number);
        self.settled.insert(number);
        self.tell_refused(subscriber, number, Refusal::Skip);
    }

    pub(super) fn park(&mut self, index: Index) {
        let Some((subscriber, number)) = self.pick_in_flight(index).filter(|_| self.is_active()) else {
            return;
        };
        let has = &mut self.members.get_mut(&subscriber).unwrap().in_flight;
        let at = has.iter().position(|other| *other == number).unwrap();
        let taken_back = has.split_off(at);
        self.put_back(&taken_back[1..]);
        self.to_park.insert(number);
        let queue = self.queue(number);
        if matches!(queue, PartitionQueue::Partition(_)) {
            let from = self.followed.entry(queue).or_insert(number);
            *from = number.min(*from);
            // What waited for a redelivery follows as well.
            let paused = std::mem::take(&mut self.paused);
            self.paused = paused
                .into_iter()
                .filter(|paused| self.queue(*paused) != queue)
                .collect();
        }
        let reason = "cannot be dealt with".to_owned();
        self.tell_refused(subscriber, number, Refusal::Park { reason });
    }

    pub(super) fn in_flight(&self) -> usize {
        self.members.values().map(|member| member.in_flight.len()).sum()
    }

    pub(super) fn queue(&self, number: EventNumber) -> PartitionQueue {
        match self.partition(number) {
            Some(partition) => PartitionQueue::Partition(partition),
            None if self.settings.concurrency_limit.get() == 1 => PartitionQueue::Unpartitioned,
            None => PartitionQueue::Single(number),
        }
    }

    pub(super) fn event(&self, number: EventNumber) -> PartitionedEvent {
        let data = vec![0; usize::try_from(bytes_of(number)).unwrap()];
        let mut event = event(u32::try_from(number.get()).unwrap());
        event.data = data.into();
        PartitionedEvent {
            event,
            partition: self.partition(number).map(|partition| partition.to_string().into()),
        }
    }

    fn partition(&self, number: EventNumber) -> Option<u64> {
        Some(number.get() % (u64::from(self.partitions) + 1)).filter(|rest| *rest > 0)
    }

    fn put_back(&mut self, numbers: &[EventNumber]) {
        for number in numbers {
            let delivered = self.queues.get_mut(&self.queue(*number)).unwrap();
            *delivered = number.previous().min(*delivered);
        }
    }

    fn tell_acknowledged(&mut self, subscriber: SubscriberId, number: EventNumber) {
        let is_active = self.is_active();
        let has = &mut self.members.get_mut(&subscriber).unwrap().in_flight;
        let at = has.iter().position(|other| *other == number);
        if let Some(at) = at.filter(|_| is_active) {
            self.settled.extend(has.drain(..=at));
        }
        self.tell(Input::Acknowledged { subscriber, number });
        let was_delivered = number > EventNumber::ZERO && number <= self.delivered_before;
        let is_rejected = is_active && at.is_none() && !was_delivered;
        let expected: Vec<_> = is_rejected.then_some((subscriber, number)).into_iter().collect();
        assert_eq!(mem::take(&mut self.rejected), expected);
    }

    fn tell_refused(&mut self, subscriber: SubscriberId, number: EventNumber, instead: Refusal) {
        self.tell(Input::Refused {
            subscriber,
            number,
            instead,
        });
        assert_eq!(self.rejected, []);
    }

    fn is_active(&self) -> bool {
        self.holds_lease && !self.is_over()
    }

    fn is_over(&self) -> bool {
        let status = self.machine.progress().status;
        self.end.is_some() || status == SubscriptionStatus::Stopping
    }

    fn pick_member(&self, index: Index) -> Option<SubscriberId> {
        let nth = index.index(self.members.len().max(1));
        self.members.keys().nth(nth).copied()
    }

    fn pick_in_flight(&self, index: Index) -> Option<(SubscriberId, EventNumber)> {
        let nth = index.index(self.in_flight().max(1));
        let mut everything = self
            .members
            .iter()
            .flat_map(|(subscriber, member)| member.in_flight.iter().map(|number| (*subscriber, *number)));
        everything.nth(nth)
    }
}
