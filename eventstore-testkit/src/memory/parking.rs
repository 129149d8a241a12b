use std::collections::BTreeSet;

use eventstore_core::backend::{EventToPark, ParkOutcome, ParkedBacklog, Parking};
use eventstore_core::{
    EventNumber, ExpectedVersion, Link, ParkCause, ParkedEvent, PartitionKey, Result, SubscriptionId, Timestamp,
};

use super::state::State;
use super::subscriptions::Claim;

impl State {
    pub(super) fn park(&mut self, parking: &Parking, now: Timestamp) -> Result<ParkOutcome> {
        let id = parking.lease.id;
        match self.claim(parking.lease) {
            Claim::Gone => return Ok(ParkOutcome::SubscriptionGone),
            Claim::Fenced => return Ok(ParkOutcome::Fenced),
            Claim::Latest(record) if record.checkpoint > parking.checkpoint => {
                return Ok(ParkOutcome::Superseded(record.checkpoint));
            }
            Claim::Latest(_) => {}
        }
        let drained: BTreeSet<_> = parking
            .open_followers()
            .filter(|(number, key)| !self.is_parked_up_to(id, *number, key))
            .map(|(_, key)| key.clone())
            .collect();
        if !drained.is_empty() {
            return Ok(ParkOutcome::Drained(drained.into_iter().collect()));
        }
        // Only this step can fail. It comes first, because there is no transaction that would undo the others.
        self.link_dead_letters(parking, now)?;
        for event in &parking.events {
            self.put_aside(id, event, now);
        }
        if let Claim::Latest(record) = self.claim(parking.lease) {
            record.checkpoint = parking.checkpoint;
        }
        Ok(ParkOutcome::Parked)
    }

    pub(super) fn parked_backlog(&self, id: SubscriptionId) -> ParkedBacklog {
        let mut records = self.subscriptions.values().map(|found| found.record);
        let Some(record) = records.find(|record| record.id == id) else {
            return ParkedBacklog::default();
        };
        let partitions: BTreeSet<_> = self
            .parked_events(id)
            .filter_map(|event| event.partition.clone())
            .collect();
        ParkedBacklog {
            partitions: partitions.into_iter().collect(),
            numbers: self
                .parked_events(id)
                .map(|event| event.number)
                .filter(|number| *number > record.checkpoint)
                .collect(),
        }
    }

    pub(super) fn count_parked(&self, id: SubscriptionId) -> u64 {
        u64::try_from(self.parked_events(id).count()).unwrap_or(u64::MAX)
    }

    pub(super) fn list_parked(&self, id: SubscriptionId, after: EventNumber, limit: u32) -> Vec<ParkedEvent> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let later = self.parked_events(id).filter(|event| event.number > after);
        later.take(limit).cloned().collect()
    }

    pub(super) fn unpark(&mut self, id: SubscriptionId, number: EventNumber) -> bool {
        let parked = self.parked.get_mut(&id);
        parked.is_some_and(|parked| parked.remove(&number).is_some())
    }

    /// In the order of their numbers; hard-deleted events are no longer parked.
    fn parked_events(&self, id: SubscriptionId) -> impl Iterator<Item = &ParkedEvent> {
        let parked = self.parked.get(&id).into_iter().flat_map(|parked| parked.values());
        parked.filter(|event| self.events.contains_key(&event.event_id))
    }

    fn is_parked_up_to(&self, id: SubscriptionId, number: EventNumber, key: &PartitionKey) -> bool {
        self.parked_events(id)
            .any(|event| event.number <= number && event.partition.as_ref() == Some(key))
    }

    fn put_aside(&mut self, id: SubscriptionId, event: &EventToPark, now: Timestamp) {
        if !self.events.contains_key(&event.event_id) {
            return;
        }
        let parked = self.parked.entry(id).or_default();
        let parked_at = parked.get(&event.number).map_or(now, |earlier| earlier.parked_at);
        parked.insert(
            event.number,
            ParkedEvent {
                number: event.number,
                event_id: event.event_id,
                partition: event.partition.clone(),
                cause: printable(&event.cause),
                parked_at,
            },
        );
    }

    fn link_dead_letters(&mut self, parking: &Parking, now: Timestamp) -> Result<()> {
        let target = parking.key.dead_letters()?;
        let ids = parking.events.iter().map(|event| event.event_id);
        let wanted = Link::new(target.clone(), ExpectedVersion::Any, ids)?;
        let in_target = self.streams.get(&target);
        let is_missing = |id: &&_| self.events.contains_key(*id) && !in_target.is_some_and(|target| target.holds(**id));
        let missing: Vec<_> = wanted.event_ids().iter().filter(is_missing).copied().collect();
        if !missing.is_empty() {
            self.link(&Link::new(target, ExpectedVersion::Any, missing)?, now)?;
        }
        Ok(())
    }
}

/// The reason as a storage that keeps no NUL characters in texts would return it.
fn printable(cause: &ParkCause) -> ParkCause {
    match cause {
        ParkCause::Rejected { reason, attempts } => ParkCause::Rejected {
            reason: reason.replace('\0', "\u{fffd}"),
            attempts: *attempts,
        },
        ParkCause::Follows => ParkCause::Follows,
    }
}
