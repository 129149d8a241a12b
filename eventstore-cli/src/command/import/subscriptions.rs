use std::collections::{BTreeMap, HashSet};

use eventstore_core::backend::{
    AcquiredLease, CheckpointOutcome, EventToPark, Lease, LeaseToken, ParkOutcome, Parking,
};
use eventstore_core::{
    Error, EventNumber, EventStore, GroupSettings, ParkCause, PartitionKey, Result, StreamSelector, SubscriptionId,
    SubscriptionKey,
};

use super::entry::{ParkedEntry, SubscriptionEntry};
use super::groups::{ImportedGroups, ImportedPartition};
use super::places::Places;
use super::summary::Summary;

/// At most this many events are parked in one transaction, and listed at once.
const BATCH: u32 = 1_000;

/// What takes the place of the cause of an event that followed a parked one, when that is parked no longer.
const ALONE: &str = "an event of its partition was parked before it";

/// Brings subscriptions to where they were, by what they have acknowledged. Where the export does not say, no event is passed
/// over.
pub(super) struct SubscriptionImporter<'a, B> {
    pub(super) store: &'a B,
    pub(super) summary: &'a mut Summary,
    /// Those that begin again at the origin, because their streams begin with other events than where they were exported.
    pub(super) begun_anew: &'a mut Vec<SubscriptionKey>,
}

/// The right to store the checkpoint of a subscription.
struct Hold {
    token: LeaseToken,
    /// The stored checkpoint.
    checkpoint: EventNumber,
    /// `None` for a partition, which is given back with its group.
    lease: Option<Box<dyn Lease>>,
}

impl<B: EventStore> SubscriptionImporter<'_, B> {
    /// Takes subscriptions to one stream.
    pub(super) async fn run(&mut self, stream: &StreamSelector, subscriptions: Vec<SubscriptionEntry>) -> Result<()> {
        let places = Places::find(self.store, stream, &subscriptions).await?;
        let mut groups = ImportedGroups::new(self.store);
        let outcome = self.take_all(subscriptions, &places, &mut groups).await;
        let left = groups.leave().await;
        outcome.and(left)
    }

    /// Groups come first: their partitions are stored as members.
    async fn take_all(
        &mut self,
        mut subscriptions: Vec<SubscriptionEntry>,
        places: &Places,
        groups: &mut ImportedGroups<'_, B>,
    ) -> Result<()> {
        subscriptions.sort_by_key(|subscription| subscription.group.is_none());
        for subscription in subscriptions {
            if let Some(settings) = &subscription.group {
                self.take_group(&subscription.key, settings, groups).await?;
            } else {
                let partition = groups.partition(&subscription.key);
                self.take(subscription, places, partition).await?;
            }
        }
        Ok(())
    }

    async fn take_group(
        &mut self,
        key: &SubscriptionKey,
        settings: &GroupSettings,
        groups: &mut ImportedGroups<'_, B>,
    ) -> Result<()> {
        let is_new = self.is_new(key).await?;
        groups.enter(key, settings, is_new).await?;
        if is_new {
            self.summary.subscriptions += 1;
        } else {
            self.summary.skipped += 1;
        }
        Ok(())
    }

    async fn take(
        &mut self,
        entry: SubscriptionEntry,
        places: &Places,
        partition: Option<ImportedPartition>,
    ) -> Result<()> {
        let is_new = match partition {
            Some(partition) => partition.is_new,
            None => self.is_new(&entry.key).await?,
        };
        let place = places.checkpoint(&entry.acknowledged);
        let checkpoint = place.unwrap_or(EventNumber::ZERO);
        let found = self
            .store
            .find_or_create_subscription(&entry.key, EventNumber::ZERO)
            .await?;
        if found.checkpoint > checkpoint {
            // From here on, what is parked is a matter of this store.
            self.summary.skipped += 1 + count(entry.parked.len());
            return Ok(());
        }
        let Hold {
            token,
            checkpoint: stored,
            lease,
        } = self.hold(&entry.key, partition).await?;
        // Before the checkpoint is stored: what is parked then counts as acknowledged.
        self.park(token, stored, &entry, places).await?;
        let is_moved = stored < checkpoint && self.save_checkpoint(&entry.key, token, checkpoint).await?;
        if let Some(lease) = lease {
            lease.release().await;
        }
        if is_new || is_moved {
            self.summary.subscriptions += 1;
        } else {
            self.summary.skipped += 1;
        }
        if is_new && place.is_none() {
            self.begun_anew.push(entry.key);
        }
        Ok(())
    }

    /// Only the holder of a subscription moves it.
    async fn hold(&self, key: &SubscriptionKey, partition: Option<ImportedPartition>) -> Result<Hold> {
        if let Some(ImportedPartition { held, .. }) = partition {
            return Ok(Hold {
                token: held.token,
                checkpoint: held.checkpoint,
                lease: None,
            });
        }
        let acquired = self.store.try_acquire(key, EventNumber::ZERO).await?;
        let AcquiredLease { lease, checkpoint } = acquired.ok_or_else(|| held(key))?;
        Ok(Hold {
            token: lease.token(),
            checkpoint,
            lease: Some(lease),
        })
    }

    async fn is_new(&self, key: &SubscriptionKey) -> Result<bool> {
        match self.store.subscription_info(key).await {
            Ok(_) => Ok(false),
            Err(Error::SubscriptionNotFound { .. }) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Whether the checkpoint was moved; a later one stays.
    async fn save_checkpoint(&self, key: &SubscriptionKey, lease: LeaseToken, checkpoint: EventNumber) -> Result<bool> {
        match self.store.save_checkpoint(lease, checkpoint).await? {
            CheckpointOutcome::Saved => Ok(true),
            CheckpointOutcome::Superseded(_) => Ok(false),
            CheckpointOutcome::SubscriptionGone => Err(not_found(key)),
            CheckpointOutcome::Fenced => Err(held(key)),
        }
    }

    /// Parks what is not parked yet; an event that is not in the stream is left to be delivered when it comes.
    async fn park(
        &mut self,
        lease: LeaseToken,
        checkpoint: EventNumber,
        entry: &SubscriptionEntry,
        places: &Places,
    ) -> Result<()> {
        if entry.parked.is_empty() {
            return Ok(());
        }
        let known = self.parked(lease.id).await?;
        let place = |event: &ParkedEntry| Some((places.number(event.event_id)?, to_park(event)));
        // In the order of the stream, in which followers come after those that they follow.
        let mut wanted: BTreeMap<_, _> = entry.parked.iter().filter_map(place).collect();
        wanted.retain(|number, _| !known.contains(number));
        self.summary.skipped += count(entry.parked.len() - wanted.len());
        let wanted: Vec<_> = wanted
            .into_iter()
            .map(|(number, event)| EventToPark { number, ..event })
            .collect();
        for events in wanted.chunks(BATCH.try_into().unwrap_or(usize::MAX)) {
            let parking = Parking {
                lease,
                key: entry.key.clone(),
                events: events.to_vec(),
                checkpoint,
            };
            if !self.park_at_once(parking).await? {
                break;
            }
            self.summary.parked_events += count(events.len());
        }
        Ok(())
    }

    async fn parked(&self, id: SubscriptionId) -> Result<HashSet<EventNumber>> {
        let mut numbers = HashSet::new();
        let mut after = EventNumber::ZERO;
        loop {
            let page = self.store.list_parked(id, after, BATCH).await?;
            let Some(last) = page.last() else { return Ok(numbers) };
            after = last.number;
            numbers.extend(page.iter().map(|event| event.number));
        }
    }

    /// Whether these are parked now; if not, another process runs the subscription and has come further.
    async fn park_at_once(&self, mut parking: Parking) -> Result<bool> {
        loop {
            match self.store.park(&parking).await? {
                ParkOutcome::Parked => return Ok(true),
                ParkOutcome::Superseded(_) => return Ok(false),
                ParkOutcome::SubscriptionGone => return Err(not_found(&parking.key)),
                ParkOutcome::Fenced => return Err(held(&parking.key)),
                ParkOutcome::Drained(partitions) => stand_alone(&mut parking.events, &partitions),
            }
        }
    }
}

/// An event that waited behind a parked one is due, but was never delivered: it is parked by itself, not lost.
fn stand_alone(events: &mut [EventToPark], drained: &[PartitionKey]) {
    let is_drained = |event: &&mut EventToPark| event.partition.as_ref().is_some_and(|key| drained.contains(key));
    for event in events.iter_mut().filter(is_drained) {
        if event.cause == ParkCause::Follows {
            event.cause = ParkCause::Rejected {
                reason: ALONE.to_owned(),
                attempts: 0,
            };
        }
    }
}

fn to_park(event: &ParkedEntry) -> EventToPark {
    EventToPark {
        number: EventNumber::ZERO,
        event_id: event.event_id,
        partition: event.partition.clone(),
        cause: event.cause.clone(),
    }
}

fn not_found(key: &SubscriptionKey) -> Error {
    Error::SubscriptionNotFound { key: key.clone() }
}

fn held(key: &SubscriptionKey) -> Error {
    Error::SubscriptionHeld { key: key.clone() }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
