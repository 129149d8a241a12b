use std::collections::{BTreeMap, HashMap, VecDeque};

use slab::Slab;

use super::load::Load;
use crate::{EventNumber, PartitionKey, RecordedEvent, SubscriberId};

/// Which events are delivered one after another (ADR 22).
#[derive(Debug)]
pub(super) enum LaneKey {
    /// All events without a partition, if one subscriber receives them all in order.
    Unpartitioned,
    /// The events of a partition.
    Partition(PartitionKey),
    /// A single event, whose order among others does not matter.
    Single,
}

impl LaneKey {
    fn partition(&self) -> Option<&PartitionKey> {
        match self {
            Self::Partition(key) => Some(key),
            Self::Unpartitioned | Self::Single => None,
        }
    }
}

/// A lane, for as long as any of its events waits or is in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LaneId(usize);

/// The events that wait for delivery, one queue ("lane") for each ordering key: while a subscriber holds events of a lane, no other
/// subscriber receives events of it (ADR 22).
///
/// Each operation on a lane costs at most the logarithm of the number of lanes.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    slots: Slab<Lane>,
    unpartitioned: Option<LaneId>,
    by_partition: HashMap<PartitionKey, LaneId>,
    /// The lanes that can be delivered from, by their places.
    ready: BTreeMap<Place, LaneId>,
    /// The lanes that wait for the redelivery of an event, by the number of the event.
    paused: HashMap<EventNumber, LaneId>,
    waiting: Load,
}

/// The subscriber that has to serve a lane, if one has to, and the lane's first number.
type Place = (Option<SubscriberId>, EventNumber);

#[derive(Debug)]
struct Lane {
    key: LaneKey,
    waiting: VecDeque<RecordedEvent>,
    holder: Option<SubscriberId>,
    in_flight: usize,
    paused_for: Option<EventNumber>,
}

impl Lanes {
    /// The events that wait.
    pub(super) fn waiting(&self) -> Load {
        self.waiting
    }

    pub(super) fn partition(&self, lane: LaneId) -> Option<&PartitionKey> {
        self.slots.get(lane.0)?.key.partition()
    }

    /// Adds an event to its lane.
    pub(super) fn push(&mut self, key: LaneKey, event: RecordedEvent) {
        let lane = self.find_or_open(key);
        self.insert(lane, event);
    }

    /// Takes the event with the lowest number that this subscriber may receive.
    pub(super) fn take_first(&mut self, subscriber: SubscriberId) -> Option<(LaneId, RecordedEvent)> {
        let lane = self.first_ready(subscriber)?;
        let event = self.change(lane, |lane| lane.take_first(subscriber)).flatten()?;
        self.waiting.remove([&event]);
        Some((lane, event))
    }

    /// An event of this lane is no longer in flight.
    pub(super) fn settle(&mut self, lane: LaneId) {
        self.change(lane, Lane::settle);
    }

    /// An event is no longer in flight, and waits again.
    pub(super) fn put_back(&mut self, lane: LaneId, event: RecordedEvent) {
        self.insert(lane, event);
        self.settle(lane);
    }

    /// Delivers nothing of this lane until the event of this number, its first one, may be redelivered.
    pub(super) fn pause(&mut self, lane: LaneId, number: EventNumber) {
        let before = self.change(lane, |lane| lane.paused_for.replace(number)).flatten();
        if let Some(before) = before {
            self.paused.remove(&before);
        }
        self.paused.insert(number, lane);
    }

    /// Takes all events that wait in a lane after this number; a pause for one of these events ends.
    pub(super) fn take_after(&mut self, lane: LaneId, number: EventNumber) -> VecDeque<RecordedEvent> {
        let taken = self.change(lane, |lane| {
            let paused_for = lane.paused_for.take_if(|paused_for| *paused_for > number);
            (lane.take_after(number), paused_for)
        });
        let (taken, paused_for) = taken.unwrap_or_default();
        if let Some(paused_for) = paused_for {
            self.paused.remove(&paused_for);
        }
        self.waiting.remove(&taken);
        taken
    }

    /// Ends the pause for this event.
    pub(super) fn resume(&mut self, number: EventNumber) {
        if let Some(lane) = self.paused.remove(&number) {
            self.change(lane, |lane| lane.paused_for = None);
        }
    }

    fn find_or_open(&mut self, key: LaneKey) -> LaneId {
        let known = match &key {
            LaneKey::Unpartitioned => self.unpartitioned,
            LaneKey::Partition(partition) => self.by_partition.get(partition).copied(),
            LaneKey::Single => None,
        };
        known.unwrap_or_else(|| self.open(key))
    }

    fn open(&mut self, key: LaneKey) -> LaneId {
        let entry = self.slots.vacant_entry();
        let lane = LaneId(entry.key());
        match &key {
            LaneKey::Unpartitioned => self.unpartitioned = Some(lane),
            LaneKey::Partition(partition) => _ = self.by_partition.insert(partition.clone(), lane),
            LaneKey::Single => {}
        }
        entry.insert(Lane::new(key));
        lane
    }

    fn close(&mut self, lane: LaneId) {
        match self.slots.remove(lane.0).key {
            LaneKey::Unpartitioned => self.unpartitioned = None,
            LaneKey::Partition(partition) => _ = self.by_partition.remove(&partition),
            LaneKey::Single => {}
        }
    }

    fn insert(&mut self, lane: LaneId, event: RecordedEvent) {
        self.waiting.add(&event);
        self.change(lane, |lane| lane.insert(event));
    }

    fn first_ready(&self, subscriber: SubscriberId) -> Option<LaneId> {
        let first_of = |holder: Option<SubscriberId>| {
            let places = (holder, EventNumber::ZERO)..=(holder, EventNumber::MAX);
            self.ready.range(places).next()
        };
        let candidates = [first_of(None), first_of(Some(subscriber))];
        let first = candidates.into_iter().flatten().min_by_key(|((_, number), _)| *number);
        first.map(|(_, lane)| *lane)
    }

    /// Changes a lane, and keeps its place up to date; `None` if there is no such lane.
    fn change<T>(&mut self, id: LaneId, change: impl FnOnce(&mut Lane) -> T) -> Option<T> {
        let lane = self.slots.get_mut(id.0)?;
        let before = lane.place();
        let outcome = change(lane);
        let (after, is_over) = (lane.place(), lane.is_over());
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

impl Lane {
    fn new(key: LaneKey) -> Self {
        Self {
            key,
            waiting: VecDeque::new(),
            holder: None,
            in_flight: 0,
            paused_for: None,
        }
    }

    fn place(&self) -> Option<Place> {
        let first = self.waiting.front().filter(|_| self.paused_for.is_none())?;
        Some((self.holder, first.event_number))
    }

    fn is_over(&self) -> bool {
        self.waiting.is_empty() && self.in_flight == 0
    }

    fn insert(&mut self, event: RecordedEvent) {
        let is_before = |other: &RecordedEvent| other.event_number < event.event_number;
        let at = match self.waiting.back() {
            Some(last) if !is_before(last) => self.waiting.partition_point(is_before),
            _ => self.waiting.len(),
        };
        self.waiting.insert(at, event);
    }

    fn take_first(&mut self, subscriber: SubscriberId) -> Option<RecordedEvent> {
        let event = self.waiting.pop_front()?;
        self.holder = Some(subscriber);
        self.in_flight += 1;
        Some(event)
    }

    fn take_after(&mut self, number: EventNumber) -> VecDeque<RecordedEvent> {
        let at = self.waiting.partition_point(|event| event.event_number <= number);
        self.waiting.split_off(at)
    }

    fn settle(&mut self) {
        self.in_flight -= 1;
        if self.in_flight == 0 {
            self.holder = None;
        }
    }
}
