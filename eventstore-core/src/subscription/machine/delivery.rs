use std::collections::BTreeMap;
use std::num::NonZeroU32;

use super::load::Load;
use super::outstanding::Outstanding;
use super::parked_events::ParkedEvents;
use super::partition_queues::{PartitionQueues, QueueKey};
use super::subscribers::{InFlight, Subscribers};
use crate::backend::{EventToPark, ParkedBacklog};
use crate::machine::{DeliveredEvent, PartitionedEvent, SubscriberId};
use crate::{EventNumber, PartitionKey, SubscriptionSettings};

/// The events that were read and are not yet settled: those that wait, and those in flight with a subscriber.
#[derive(Debug)]
pub(super) struct Delivery {
    /// Whether events without a partition are delivered in order.
    is_ordered: bool,
    partition_queues: PartitionQueues,
    subscribers: Subscribers,
    /// The numbers of all events that wait or are in flight.
    outstanding: Outstanding,
    parked: ParkedEvents,
    /// How often each event was refused.
    attempts: BTreeMap<EventNumber, u32>,
    /// The highest number ever delivered to any subscriber.
    delivered: EventNumber,
}

impl Delivery {
    pub(super) fn new(settings: &SubscriptionSettings) -> Self {
        Self {
            is_ordered: settings.concurrency_limit == NonZeroU32::MIN,
            partition_queues: PartitionQueues::default(),
            subscribers: Subscribers::new(settings.buffer_bytes),
            outstanding: Outstanding::default(),
            parked: ParkedEvents::default(),
            attempts: BTreeMap::new(),
            delivered: EventNumber::ZERO,
        }
    }

    pub(super) fn subscribers(&self) -> &Subscribers {
        &self.subscribers
    }

    /// The events that wait, for a subscriber or to be parked.
    pub(super) fn waiting(&self) -> Load {
        self.partition_queues.waiting() + self.parked.waiting()
    }

    /// The number of events that wait to be parked.
    pub(super) fn to_park(&self) -> usize {
        self.parked.waiting().events
    }

    /// Starts over with the events that are known to be parked.
    pub(super) fn start(&mut self, backlog: ParkedBacklog) {
        self.parked = ParkedEvents::new(backlog);
    }

    pub(super) fn delivered(&self) -> EventNumber {
        self.delivered
    }

    /// The lowest number that is not settled.
    pub(super) fn first_outstanding(&self) -> Option<EventNumber> {
        self.outstanding.first()
    }

    pub(super) fn join(&mut self, subscriber: SubscriberId, buffer_size: NonZeroU32) {
        self.subscribers.join(subscriber, buffer_size);
    }

    /// Returns the subscriber's events to the queue, for other subscribers.
    pub(super) fn leave(&mut self, subscriber: SubscriberId) {
        let flights = self.subscribers.leave(subscriber);
        self.put_back(flights);
    }

    pub(super) fn receive(&mut self, events: Vec<PartitionedEvent>) {
        for PartitionedEvent { event, partition } in events {
            // The event is beyond the checkpoint but was parked under an earlier lease. It is settled, and so never
            // outstanding.
            if self.parked.has_parked(event.number) {
                continue;
            }
            // An event that follows a parked one is outstanding too: until it is parked, the checkpoint must not pass
            // it.
            self.outstanding.add(event.number);
            match partition {
                Some(partition) if self.parked.is_followed(&partition) => self.parked.follow(event, partition),
                partition => {
                    let queue = self.queue_key(partition);
                    self.partition_queues.push(queue, event);
                }
            }
        }
    }

    /// Delivers as many events as the subscribers have room for.
    pub(super) fn give_out(&mut self) -> Vec<(SubscriberId, Vec<DeliveredEvent>)> {
        let mut deliveries: Vec<(SubscriberId, Vec<DeliveredEvent>)> = Vec::new();
        while let Some((subscriber, event)) = self.give_next() {
            match deliveries.iter_mut().find(|(other, _)| *other == subscriber) {
                Some((_, events)) => events.push(event),
                None => deliveries.push((subscriber, vec![event])),
            }
        }
        deliveries
    }

    /// Acknowledges all events up to this one; returns whether the subscriber held the event.
    pub(super) fn acknowledge(&mut self, subscriber: SubscriberId, number: EventNumber) -> bool {
        let flights = self.subscribers.take_up_to(subscriber, number);
        let had = flights.is_some();
        for flight in flights.unwrap_or_default() {
            self.settle(&flight);
        }
        had
    }

    /// Settles one event alone; returns whether the subscriber held it.
    pub(super) fn skip(&mut self, subscriber: SubscriberId, number: EventNumber) -> bool {
        let flight = self.subscribers.take(subscriber, number);
        flight.inspect(|flight| self.settle(flight)).is_some()
    }

    /// Holds an event back until it may be redelivered. Returns how often that has happened to it, or `None` if the
    /// subscriber does not hold the event.
    pub(super) fn hold_back(&mut self, subscriber: SubscriberId, number: EventNumber) -> Option<u32> {
        let flights = self.subscribers.take_from(subscriber, number)?;
        // `take_from` returns the refused event first. The later events go back as well, or the subscriber would handle
        // them before the redelivery.
        let queue = flights.first()?.queue;
        self.put_back(flights);
        self.partition_queues.pause(queue, number);
        let attempts = self.attempts.entry(number).or_default();
        *attempts = attempts.saturating_add(1);
        Some(*attempts)
    }

    /// Marks an event to be parked, with the later events of its partition; returns whether the subscriber held it.
    pub(super) fn park(&mut self, subscriber: SubscriberId, number: EventNumber, reason: &str) -> bool {
        let flights = self.subscribers.take_from(subscriber, number).unwrap_or_default();
        let mut flights = flights.into_iter();
        let Some(InFlight { event, queue }) = flights.next() else {
            return false;
        };
        let partition = self.partition_queues.partition(queue).cloned();
        let attempts = self.attempts.remove(&number).unwrap_or_default().saturating_add(1);
        self.parked.reject(event, partition.clone(), reason, attempts);
        // The later events of the subscriber go back first, so that `take_after` also finds those of the same
        // partition.
        self.put_back(flights.collect());
        if let Some(partition) = partition {
            for follower in self.partition_queues.take_after(queue, number) {
                self.parked.follow(follower, partition.clone());
            }
        }
        // The parked event leaves the queue last: while it counts as in flight, the queue and its id remain.
        self.partition_queues.settle(queue);
        true
    }

    /// Returns the events to park, and the checkpoint to store with them, given that everything up to this number was read.
    pub(super) fn begin_parking(&mut self, received: EventNumber) -> (Vec<EventToPark>, EventNumber) {
        let mut outstanding = self.outstanding.iter();
        // The checkpoint may pass the events that are parked in the same write, but no other event that is outstanding.
        let first = outstanding.find(|number| !self.parked.holds(*number));
        (self.parked.begin(), first.map_or(received, EventNumber::previous))
    }

    pub(super) fn is_parking(&self) -> bool {
        self.parked.is_under_way()
    }

    /// The events that were being parked are settled.
    pub(super) fn finish_parking(&mut self) {
        let parked = self.parked.finish();
        self.forget(parked);
    }

    /// Nothing was parked; returns whether anything was being parked.
    pub(super) fn abandon_parking(&mut self) -> bool {
        let was_under_way = self.parked.is_under_way();
        self.parked.abandon();
        was_under_way
    }

    /// Nothing was parked: events that only follow a parked event of these partitions wait for delivery again.
    pub(super) fn drain(&mut self, partitions: &[PartitionKey]) {
        self.parked.abandon();
        for partition in partitions {
            for event in self.parked.drain(partition) {
                self.partition_queues
                    .push(QueueKey::Partition(partition.clone()), event);
            }
        }
    }

    /// Nothing was parked, and no event up to this number needs to be.
    pub(super) fn pass(&mut self, number: EventNumber) {
        self.parked.abandon();
        let passed = self.parked.take_up_to(number);
        self.forget(passed);
    }

    pub(super) fn release(&mut self, number: EventNumber) {
        self.partition_queues.resume(number);
    }

    /// Forgets all events.
    pub(super) fn clear(&mut self) {
        self.partition_queues = PartitionQueues::default();
        self.subscribers.clear();
        self.outstanding.clear();
        self.parked = ParkedEvents::default();
        self.attempts.clear();
    }

    fn queue_key(&self, partition: Option<PartitionKey>) -> QueueKey {
        match partition {
            Some(key) => QueueKey::Partition(key),
            None if self.is_ordered => QueueKey::Unpartitioned,
            None => QueueKey::Single,
        }
    }

    fn give_next(&mut self) -> Option<(SubscriberId, DeliveredEvent)> {
        let queues = &mut self.partition_queues;
        let (subscriber, (queue, event)) = self
            .subscribers
            .in_turn()
            .find_map(|subscriber| Some((subscriber, queues.take_first(subscriber)?)))?;
        // Kept across leases: a late acknowledgement up to this number is not the subscriber's mistake.
        self.delivered = self.delivered.max(event.number);
        let refused = self.attempts.get(&event.number).copied().unwrap_or_default();
        let delivered = DeliveredEvent {
            event: event.clone(),
            attempt: refused.saturating_add(1),
        };
        self.subscribers.give(subscriber, InFlight { event, queue });
        Some((subscriber, delivered))
    }

    fn put_back(&mut self, flights: Vec<InFlight>) {
        // In reverse, each event is inserted near the front of its queue, where it belongs.
        for InFlight { event, queue } in flights.into_iter().rev() {
            self.partition_queues.put_back(queue, event);
        }
    }

    fn forget(&mut self, numbers: Vec<EventNumber>) {
        for number in numbers {
            self.outstanding.settle(number);
            self.attempts.remove(&number);
        }
    }

    fn settle(&mut self, flight: &InFlight) {
        let number = flight.event.number;
        self.outstanding.settle(number);
        self.attempts.remove(&number);
        self.partition_queues.settle(flight.queue);
    }
}
