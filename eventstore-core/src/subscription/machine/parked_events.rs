use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::backend::NumberedEvent;

use super::load::Load;
use crate::backend::{EventToPark, ParkedBacklog};
use crate::{EventNumber, ParkCause, PartitionKey};

/// The events to be parked, and those known to be parked (ADR 24).
#[derive(Debug, Default)]
pub(super) struct ParkedEvents {
    /// The partitions with an event that is parked or is to be parked: later events of these partitions are parked too.
    partitions: HashSet<PartitionKey>,
    /// The events beyond the checkpoint that were parked before this lease.
    parked: BTreeSet<EventNumber>,
    waiting: BTreeMap<EventNumber, Waiting>,
    load: Load,
    /// The events being parked.
    under_way: Vec<EventNumber>,
}

#[derive(Debug)]
struct Waiting {
    event: NumberedEvent,
    partition: Option<PartitionKey>,
    cause: ParkCause,
}

impl ParkedEvents {
    pub(super) fn new(backlog: ParkedBacklog) -> Self {
        Self {
            partitions: backlog.partitions.into_iter().collect(),
            parked: backlog.numbers.into_iter().collect(),
            ..Self::default()
        }
    }

    /// The events that wait to be parked.
    pub(super) fn waiting(&self) -> Load {
        self.load
    }

    pub(super) fn is_under_way(&self) -> bool {
        !self.under_way.is_empty()
    }

    /// Whether the event waits to be parked.
    pub(super) fn holds(&self, number: EventNumber) -> bool {
        self.waiting.contains_key(&number)
    }

    /// Whether the event was parked before this lease.
    pub(super) fn has_parked(&self, number: EventNumber) -> bool {
        self.parked.contains(&number)
    }

    /// Whether new events of the partition are to be parked.
    pub(super) fn is_followed(&self, partition: &PartitionKey) -> bool {
        self.partitions.contains(partition)
    }

    /// Marks an event to be parked; from now on, later events of its partition are parked too.
    pub(super) fn reject(
        &mut self,
        event: NumberedEvent,
        partition: Option<PartitionKey>,
        reason: &str,
        attempts: u32,
    ) {
        self.partitions.extend(partition.clone());
        let cause = ParkCause::Rejected {
            reason: reason.to_owned(),
            attempts,
        };
        self.put(event, partition, cause);
    }

    /// Marks an event to be parked because an earlier event of its partition is.
    pub(super) fn follow(&mut self, event: NumberedEvent, partition: PartitionKey) {
        self.put(event, Some(partition), ParkCause::Follows);
    }

    /// Returns the events to park now.
    pub(super) fn begin(&mut self) -> Vec<EventToPark> {
        self.under_way = self.waiting.keys().copied().collect();
        let to_park = self.waiting.iter().map(|(number, waiting)| EventToPark {
            number: *number,
            event_id: waiting.event.event_id,
            partition: waiting.partition.clone(),
            cause: waiting.cause.clone(),
        });
        to_park.collect()
    }

    /// The events that were being parked are parked.
    pub(super) fn finish(&mut self) -> Vec<EventNumber> {
        let parked = std::mem::take(&mut self.under_way);
        for number in &parked {
            self.take(*number);
        }
        parked
    }

    /// Nothing was parked.
    pub(super) fn abandon(&mut self) {
        self.under_way.clear();
    }

    /// Removes the events up to this number, which need not be parked: another process has settled them.
    pub(super) fn take_up_to(&mut self, number: EventNumber) -> Vec<EventNumber> {
        let later = self.waiting.split_off(&number.next());
        let passed = std::mem::replace(&mut self.waiting, later);
        self.load.remove(passed.values().map(|waiting| &waiting.event));
        passed.into_keys().collect()
    }

    /// No event of this partition is parked any more: returns the events that only followed a parked one.
    pub(super) fn drain(&mut self, partition: &PartitionKey) -> Vec<NumberedEvent> {
        let of_partition = |(_, waiting): &(&EventNumber, &Waiting)| waiting.partition.as_ref() == Some(partition);
        let ordered = self.waiting.iter().filter(of_partition);
        let followers: Vec<_> = ordered
            // A rejected event ends the run: it is parked itself, and the events after it still follow a parked event.
            .take_while(|(_, waiting)| waiting.cause == ParkCause::Follows)
            .map(|(number, _)| *number)
            .collect();
        let drained = followers.into_iter().filter_map(|number| self.take(number)).collect();
        // While a rejected event of the partition waits, new events of the partition have to follow it.
        if !self.waiting.iter().any(|entry| of_partition(&entry)) {
            self.partitions.remove(partition);
        }
        drained
    }

    fn put(&mut self, event: NumberedEvent, partition: Option<PartitionKey>, cause: ParkCause) {
        let waiting = Waiting {
            event,
            partition,
            cause,
        };
        self.load.add(&waiting.event);
        // Sorted by number: `Effect::Park` promises that order to the storage.
        self.waiting.insert(waiting.event.number, waiting);
    }

    fn take(&mut self, number: EventNumber) -> Option<NumberedEvent> {
        let event = self.waiting.remove(&number)?.event;
        self.load.remove([&event]);
        Some(event)
    }
}
