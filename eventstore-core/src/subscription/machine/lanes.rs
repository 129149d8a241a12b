use std::collections::{BTreeMap, HashMap, VecDeque};

use crate::{EventNumber, PartitionKey, RecordedEvent, SubscriberId};

/// Which events are delivered one after another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum LaneKey {
    /// All those without a partition, where one subscriber gets them.
    Unpartitioned,
    /// Those of a partition.
    Partition(PartitionKey),
    /// One whose order among others does not matter.
    Single(EventNumber),
}

impl LaneKey {
    pub(super) fn partition(&self) -> Option<&PartitionKey> {
        match self {
            Self::Partition(key) => Some(key),
            Self::Unpartitioned | Self::Single(_) => None,
        }
    }
}

/// The events that wait for delivery, in lanes: while events of a lane are with a subscriber, it goes to no other one.
///
/// Whatever happens to a lane costs no more than the logarithm of the number of lanes.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    by_key: HashMap<LaneKey, Lane>,
    /// The lanes that can be served, by their places.
    ready: BTreeMap<Place, LaneKey>,
    /// The lanes that wait for the redelivery of an event, by the number of the event.
    paused: HashMap<EventNumber, LaneKey>,
    waiting: usize,
}

/// Who has to serve a lane, if anybody has, and its first number.
type Place = (Option<SubscriberId>, EventNumber);

#[derive(Debug, Default)]
struct Lane {
    waiting: VecDeque<RecordedEvent>,
    holder: Option<SubscriberId>,
    in_flight: usize,
    paused_for: Option<EventNumber>,
}

impl Lanes {
    /// How many events wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting
    }

    /// Adds an event to its lane.
    pub(super) fn push(&mut self, key: &LaneKey, event: RecordedEvent) {
        self.waiting += 1;
        self.change(key, |lane| lane.insert(event));
    }

    /// Takes the event with the lowest number that this subscriber may be given.
    pub(super) fn take_first(&mut self, subscriber: SubscriberId) -> Option<(LaneKey, RecordedEvent)> {
        let key = self.first_ready(subscriber)?.clone();
        let event = self.change(&key, |lane| lane.take_first(subscriber))?;
        self.waiting -= 1;
        Some((key, event))
    }

    /// An event of this lane is no longer with its subscriber.
    pub(super) fn settle(&mut self, key: &LaneKey) {
        self.change(key, Lane::settle);
    }

    /// An event is no longer with its subscriber, and waits again.
    pub(super) fn put_back(&mut self, key: &LaneKey, event: RecordedEvent) {
        self.push(key, event);
        self.settle(key);
    }

    /// Nothing of this lane is delivered until the event of this number, its first one, may be.
    pub(super) fn pause(&mut self, key: &LaneKey, number: EventNumber) {
        let before = self.change(key, |lane| lane.paused_for.replace(number));
        if let Some(before) = before {
            self.paused.remove(&before);
        }
        self.paused.insert(number, key.clone());
    }

    /// Takes all that waits in a lane after this number; a pause for one of these events ends.
    pub(super) fn take_after(&mut self, key: &LaneKey, number: EventNumber) -> VecDeque<RecordedEvent> {
        let (taken, paused_for) = self.change(key, |lane| {
            let paused_for = lane.paused_for.take_if(|paused_for| *paused_for > number);
            (lane.take_after(number), paused_for)
        });
        if let Some(paused_for) = paused_for {
            self.paused.remove(&paused_for);
        }
        self.waiting -= taken.len();
        taken
    }

    /// Ends the pause for this event.
    pub(super) fn resume(&mut self, number: EventNumber) {
        if let Some(key) = self.paused.remove(&number) {
            self.change(&key, |lane| lane.paused_for = None);
        }
    }

    fn first_ready(&self, subscriber: SubscriberId) -> Option<&LaneKey> {
        let first_of = |holder: Option<SubscriberId>| {
            let places = (holder, EventNumber::ZERO)..=(holder, EventNumber::MAX);
            self.ready.range(places).next()
        };
        let candidates = [first_of(None), first_of(Some(subscriber))];
        let first = candidates.into_iter().flatten().min_by_key(|((_, number), _)| *number);
        first.map(|(_, key)| key)
    }

    /// Changes a lane, and keeps its place up to date.
    fn change<T>(&mut self, key: &LaneKey, change: impl FnOnce(&mut Lane) -> T) -> T {
        let lane = self.by_key.entry(key.clone()).or_default();
        let before = lane.place();
        let outcome = change(lane);
        let (after, is_over) = (lane.place(), lane.is_over());
        if before != after {
            before.and_then(|place| self.ready.remove(&place));
            after.and_then(|place| self.ready.insert(place, key.clone()));
        }
        if is_over {
            self.by_key.remove(key);
        }
        outcome
    }
}

impl Lane {
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
