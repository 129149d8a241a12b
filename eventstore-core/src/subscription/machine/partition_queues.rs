use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use crate::backend::NumberedEvent;

use slab::Slab;

use super::load::Load;
use crate::machine::SubscriberId;
use crate::{EventNumber, PartitionKey};

/// Which events are delivered one after another (ADR 22).
#[derive(Debug)]
pub(super) enum QueueKey {
    /// All events without a partition, if one subscriber receives them all in order.
    Unpartitioned,
    /// The events of a partition.
    Partition(PartitionKey),
    /// A single event, whose order among others does not matter.
    Single,
}

impl QueueKey {
    fn partition(&self) -> Option<&PartitionKey> {
        match self {
            Self::Partition(key) => Some(key),
            Self::Unpartitioned | Self::Single => None,
        }
    }
}

/// Identifies a queue, for as long as any of its events waits or is in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct QueueId(usize);

/// The events that wait for delivery, one queue for each ordering key: while a subscriber holds events of a queue, no other
/// subscriber receives events of it (ADR 22).
///
/// Each operation on a queue costs at most the logarithm of the number of queues.
#[derive(Debug, Default)]
pub(super) struct PartitionQueues {
    slots: Slab<PartitionQueue>,
    unpartitioned: Option<QueueId>,
    by_partition: HashMap<PartitionKey, QueueId>,
    /// The queues that can be delivered from, by their places.
    ready: BTreeMap<Place, QueueId>,
    /// The queues of the events that may not be redelivered yet.
    paused: HashMap<EventNumber, QueueId>,
    waiting: Load,
}

/// The subscriber that has to serve a queue, if one has to, and the queue's first number.
type Place = (Option<SubscriberId>, EventNumber);

#[derive(Debug)]
struct PartitionQueue {
    key: QueueKey,
    waiting: VecDeque<NumberedEvent>,
    holder: Option<SubscriberId>,
    in_flight: usize,
    /// The waiting events that may not be redelivered yet.
    paused: BTreeSet<EventNumber>,
}

impl PartitionQueues {
    /// The events that wait.
    pub(super) fn waiting(&self) -> Load {
        self.waiting
    }

    pub(super) fn partition(&self, queue: QueueId) -> Option<&PartitionKey> {
        self.slots.get(queue.0)?.key.partition()
    }

    /// Adds an event to its queue.
    pub(super) fn push(&mut self, key: QueueKey, event: NumberedEvent) {
        let queue = self.find_or_open(key);
        self.insert(queue, event);
    }

    /// Takes the event with the lowest number that this subscriber may receive.
    pub(super) fn take_first(&mut self, subscriber: SubscriberId) -> Option<(QueueId, NumberedEvent)> {
        let queue = self.first_ready(subscriber)?;
        let event = self.change(queue, |queue| queue.take_first(subscriber)).flatten()?;
        self.waiting.remove([&event]);
        Some((queue, event))
    }

    /// An event of this queue is no longer in flight.
    pub(super) fn settle(&mut self, queue: QueueId) {
        self.change(queue, PartitionQueue::settle);
    }

    /// An event is no longer in flight, and waits again.
    pub(super) fn put_back(&mut self, queue: QueueId, event: NumberedEvent) {
        self.insert(queue, event);
        self.settle(queue);
    }

    /// Delivers the event of this number, and what comes after it in its queue, only once it may be redelivered.
    ///
    /// Events before it go on: they may return to the queue later, when another subscriber takes over.
    pub(super) fn pause(&mut self, queue: QueueId, number: EventNumber) {
        self.change(queue, |queue| queue.paused.insert(number));
        self.paused.insert(number, queue);
    }

    /// Takes all events that wait in a queue after this number; a pause for one of these events ends.
    pub(super) fn take_after(&mut self, queue: QueueId, number: EventNumber) -> VecDeque<NumberedEvent> {
        let taken = self.change(queue, |queue| {
            let paused = queue.paused.split_off(&number.next());
            (queue.take_after(number), paused)
        });
        let (taken, paused) = taken.unwrap_or_default();
        for number in paused {
            self.paused.remove(&number);
        }
        self.waiting.remove(&taken);
        taken
    }

    /// Ends the pause for this event.
    pub(super) fn resume(&mut self, number: EventNumber) {
        if let Some(queue) = self.paused.remove(&number) {
            self.change(queue, |queue| queue.paused.remove(&number));
        }
    }

    fn find_or_open(&mut self, key: QueueKey) -> QueueId {
        let known = match &key {
            QueueKey::Unpartitioned => self.unpartitioned,
            QueueKey::Partition(partition) => self.by_partition.get(partition).copied(),
            QueueKey::Single => None,
        };
        known.unwrap_or_else(|| self.open(key))
    }

    fn open(&mut self, key: QueueKey) -> QueueId {
        let entry = self.slots.vacant_entry();
        let queue = QueueId(entry.key());
        match &key {
            QueueKey::Unpartitioned => self.unpartitioned = Some(queue),
            QueueKey::Partition(partition) => _ = self.by_partition.insert(partition.clone(), queue),
            QueueKey::Single => {}
        }
        entry.insert(PartitionQueue::new(key));
        queue
    }

    fn close(&mut self, queue: QueueId) {
        match self.slots.remove(queue.0).key {
            QueueKey::Unpartitioned => self.unpartitioned = None,
            QueueKey::Partition(partition) => _ = self.by_partition.remove(&partition),
            QueueKey::Single => {}
        }
    }

    fn insert(&mut self, queue: QueueId, event: NumberedEvent) {
        self.waiting.add(&event);
        self.change(queue, |queue| queue.insert(event));
    }

    fn first_ready(&self, subscriber: SubscriberId) -> Option<QueueId> {
        let first_of = |holder: Option<SubscriberId>| {
            let places = (holder, EventNumber::ZERO)..=(holder, EventNumber::MAX);
            self.ready.range(places).next()
        };
        // Another subscriber's queues are out of reach while it holds events of them, which keeps each partition in
        // order (ADR 22).
        let candidates = [first_of(None), first_of(Some(subscriber))];
        let first = candidates.into_iter().flatten().min_by_key(|((_, number), _)| *number);
        first.map(|(_, queue)| *queue)
    }

    /// Changes a queue, and keeps its place up to date; `None` if there is no such queue.
    fn change<T>(&mut self, id: QueueId, change: impl FnOnce(&mut PartitionQueue) -> T) -> Option<T> {
        let queue = self.slots.get_mut(id.0)?;
        let before = queue.place();
        let outcome = change(queue);
        let (after, is_over) = (queue.place(), queue.is_over());
        if before != after {
            before.and_then(|place| self.ready.remove(&place));
            after.and_then(|place| self.ready.insert(place, id));
        }
        if is_over {
            self.close(id);
        }
        Some(outcome)
    }
}

impl PartitionQueue {
    fn new(key: QueueKey) -> Self {
        Self {
            key,
            waiting: VecDeque::new(),
            holder: None,
            in_flight: 0,
            paused: BTreeSet::new(),
        }
    }

    fn place(&self) -> Option<Place> {
        let first = self.waiting.front()?;
        if self.paused.contains(&first.number) {
            return None;
        }
        Some((self.holder, first.number))
    }

    fn is_over(&self) -> bool {
        self.waiting.is_empty() && self.in_flight == 0
    }

    fn insert(&mut self, event: NumberedEvent) {
        let is_before = |other: &NumberedEvent| other.number < event.number;
        let at = match self.waiting.back() {
            Some(last) if !is_before(last) => self.waiting.partition_point(is_before),
            _ => self.waiting.len(),
        };
        self.waiting.insert(at, event);
    }

    fn take_first(&mut self, subscriber: SubscriberId) -> Option<NumberedEvent> {
        let event = self.waiting.pop_front()?;
        self.holder = Some(subscriber);
        self.in_flight += 1;
        Some(event)
    }

    fn take_after(&mut self, number: EventNumber) -> VecDeque<NumberedEvent> {
        let at = self.waiting.partition_point(|event| event.number <= number);
        self.waiting.split_off(at)
    }

    fn settle(&mut self) {
        self.in_flight -= 1;
        if self.in_flight == 0 {
            self.holder = None;
        }
    }
}
