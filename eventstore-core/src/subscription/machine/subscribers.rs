use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::num::{NonZeroU32, NonZeroU64};
use std::ops::RangeBounds;

use crate::backend::NumberedEvent;

use super::load::Load;
use super::partition_queues::QueueId;
use crate::EventNumber;
use crate::machine::SubscriberId;

/// The subscribers, the events in flight with each of them, and whose turn it is.
#[derive(Debug)]
pub(super) struct Subscribers {
    /// A subscriber that holds this many bytes of payloads receives no more.
    buffer_bytes: NonZeroU64,
    members: BTreeMap<SubscriberId, Member>,
    /// The subscribers with room for more; the one that has waited longest since its last event comes first.
    with_room: BTreeSet<(u64, SubscriberId)>,
    /// The number of events delivered.
    turns: u64,
    in_flight: usize,
}

/// An event in flight with a subscriber.
#[derive(Debug)]
pub(super) struct InFlight {
    pub(super) event: NumberedEvent,
    pub(super) queue: QueueId,
}

#[derive(Debug)]
struct Member {
    buffer_size: usize,
    buffer_bytes: NonZeroU64,
    load: Load,
    /// In order of delivery.
    flights: VecDeque<InFlight>,
    last_turn: u64,
}

impl Subscribers {
    pub(super) fn new(buffer_bytes: NonZeroU64) -> Self {
        Self {
            buffer_bytes,
            members: BTreeMap::new(),
            with_room: BTreeSet::new(),
            turns: 0,
            in_flight: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.members.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The number of events in flight with all subscribers.
    pub(super) fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// The subscribers with room for more, in turn.
    pub(super) fn in_turn(&self) -> impl Iterator<Item = SubscriberId> {
        self.with_room.iter().map(|(_, subscriber)| *subscriber)
    }

    pub(super) fn join(&mut self, subscriber: SubscriberId, buffer_size: NonZeroU32) {
        let buffer_bytes = self.buffer_bytes;
        self.members
            .entry(subscriber)
            .or_insert_with(|| Member::new(buffer_size, buffer_bytes));
        // A subscriber that has received nothing yet is next.
        self.with_room.insert((0, subscriber));
    }

    /// Removes a subscriber, and returns the events that it held.
    pub(super) fn leave(&mut self, subscriber: SubscriberId) -> Vec<InFlight> {
        let Some(member) = self.members.remove(&subscriber) else {
            return Vec::new();
        };
        self.with_room.remove(&(member.last_turn, subscriber));
        self.in_flight -= member.flights.len();
        member.flights.into()
    }

    /// Gives an event to a subscriber that has room.
    pub(super) fn give(&mut self, subscriber: SubscriberId, flight: InFlight) {
        self.turns += 1;
        let turn = self.turns;
        self.change(subscriber, |member| member.give(turn, flight));
    }

    /// Takes an event and all events delivered to the subscriber before it; `None` if the subscriber does not hold the event.
    pub(super) fn take_up_to(&mut self, subscriber: SubscriberId, number: EventNumber) -> Option<Vec<InFlight>> {
        self.change(subscriber, |member| member.take_up_to(number)).flatten()
    }

    /// Whether the event is in flight with the subscriber.
    pub(super) fn holds(&self, subscriber: SubscriberId, number: EventNumber) -> bool {
        let member = self.members.get(&subscriber);
        member.is_some_and(|member| member.flights.iter().any(|flight| flight.is_of(number)))
    }

    /// Takes an event and all events delivered to the subscriber after it; `None` if the subscriber does not hold the event.
    pub(super) fn take_from(&mut self, subscriber: SubscriberId, number: EventNumber) -> Option<Vec<InFlight>> {
        self.change(subscriber, |member| member.take_from(number)).flatten()
    }

    /// Takes one event; `None` if the subscriber does not hold it.
    pub(super) fn take(&mut self, subscriber: SubscriberId, number: EventNumber) -> Option<InFlight> {
        self.change(subscriber, |member| member.take(number)).flatten()
    }

    /// Takes all events from all subscribers.
    pub(super) fn clear(&mut self) {
        let everybody: Vec<_> = self.members.keys().copied().collect();
        for subscriber in everybody {
            self.change(subscriber, Member::clear);
        }
    }

    /// Changes what a subscriber holds, and keeps the counts up to date; `None` if there is no such subscriber.
    fn change<T>(&mut self, subscriber: SubscriberId, change: impl FnOnce(&mut Member) -> T) -> Option<T> {
        let member = self.members.get_mut(&subscriber)?;
        let (had, last_turn) = (member.flights.len(), member.last_turn);
        let outcome = change(member);
        self.in_flight = self.in_flight + member.flights.len() - had;
        if last_turn != member.last_turn || !member.has_room() {
            self.with_room.remove(&(last_turn, subscriber));
        }
        if member.has_room() {
            self.with_room.insert((member.last_turn, subscriber));
        }
        Some(outcome)
    }
}

impl Member {
    fn new(buffer_size: NonZeroU32, buffer_bytes: NonZeroU64) -> Self {
        Self {
            buffer_size: usize::try_from(buffer_size.get()).unwrap_or(usize::MAX),
            buffer_bytes,
            load: Load::default(),
            flights: VecDeque::new(),
            last_turn: 0,
        }
    }

    fn has_room(&self) -> bool {
        self.load.events < self.buffer_size && self.load.bytes < self.buffer_bytes.get()
    }

    fn give(&mut self, turn: u64, flight: InFlight) {
        self.load.add(&flight.event);
        self.flights.push_back(flight);
        self.last_turn = turn;
    }

    fn take(&mut self, number: EventNumber) -> Option<InFlight> {
        let at = self.flights.iter().position(|flight| flight.is_of(number))?;
        let flight = self.flights.remove(at)?;
        self.load.remove([&flight.event]);
        Some(flight)
    }

    fn take_up_to(&mut self, number: EventNumber) -> Option<Vec<InFlight>> {
        let last = self.flights.iter().position(|flight| flight.is_of(number))?;
        Some(self.drain(..=last))
    }

    fn take_from(&mut self, number: EventNumber) -> Option<Vec<InFlight>> {
        let first = self.flights.iter().rposition(|flight| flight.is_of(number))?;
        Some(self.drain(first..))
    }

    fn drain(&mut self, range: impl RangeBounds<usize>) -> Vec<InFlight> {
        let drained: Vec<_> = self.flights.drain(range).collect();
        self.load.remove(drained.iter().map(|flight| &flight.event));
        drained
    }

    fn clear(&mut self) {
        self.flights.clear();
        self.load = Load::default();
    }
}

impl InFlight {
    fn is_of(&self, number: EventNumber) -> bool {
        self.event.number == number
    }
}
