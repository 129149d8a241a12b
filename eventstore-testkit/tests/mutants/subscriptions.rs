//! Snapshots, checkpoints, leases and hints that break a rule.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use eventstore_core::backend::{
    AcquiredLease, BegunProjection, CheckpointOutcome, Hint, Lease, LeaseEpoch, LeaseLoss, LeaseToken, Listener,
    Notifier, ParkOutcome, Parking, ProjectionStep, ProjectionStore, SubscriptionLocks, SubscriptionRecord,
    SubscriptionStore,
};
use eventstore_core::{
    EventLinker, EventNumber, HolderPolicy, Link, LinkReceipt, ParkCause, ParkedEventStore, RecordedSnapshot, Result,
    Snapshot, SnapshotOutcome, SnapshotPolicy, SnapshotStore, StreamName, StreamSelector, SubscriptionAdmin,
    SubscriptionId, SubscriptionKey,
};
use eventstore_testkit::conformance::Cut;
use eventstore_testkit::{MemoryStore, MemoryTransaction};
use tokio::sync::{mpsc, watch};

use crate::mutation::Mutation;

pub(crate) struct LetsSnapshotsGoBackwards;

#[async_trait]
impl Mutation for LetsSnapshotsGoBackwards {
    async fn record_snapshot(
        &self,
        store: &MemoryStore,
        snapshot: Snapshot,
        _policy: SnapshotPolicy,
    ) -> Result<SnapshotOutcome> {
        store.record_snapshot(snapshot, SnapshotPolicy::Replace).await
    }
}

pub(crate) struct ListsTheFirstSnapshotsOnly;

#[async_trait]
impl Mutation for ListsTheFirstSnapshotsOnly {
    async fn list_snapshots(
        &self,
        store: &MemoryStore,
        after: Option<&StreamName>,
        limit: u32,
    ) -> Result<Vec<RecordedSnapshot>> {
        match after {
            Some(_) => Ok(Vec::new()),
            None => store.list_snapshots(None, limit).await,
        }
    }
}

pub(crate) struct BeginsAgainAfterASnapshotThatIsGone;

#[async_trait]
impl Mutation for BeginsAgainAfterASnapshotThatIsGone {
    async fn list_snapshots(
        &self,
        store: &MemoryStore,
        after: Option<&StreamName>,
        limit: u32,
    ) -> Result<Vec<RecordedSnapshot>> {
        let is_there = match after {
            Some(source) => store.read_snapshot(source).await?.is_some(),
            None => true,
        };
        store.list_snapshots(after.filter(|_| is_there), limit).await
    }
}

pub(crate) struct KeepsDeletedSnapshots;

#[async_trait]
impl Mutation for KeepsDeletedSnapshots {
    async fn delete_snapshot(&self, _store: &MemoryStore, _source: &StreamName) -> Result<()> {
        Ok(())
    }
}

#[derive(Default)]
pub(crate) struct LetsCheckpointsRegress(Mutex<HashMap<SubscriptionId, EventNumber>>);

#[async_trait]
impl Mutation for LetsCheckpointsRegress {
    async fn find_or_create_subscription(
        &self,
        store: &MemoryStore,
        key: &SubscriptionKey,
        start_after: EventNumber,
    ) -> Result<SubscriptionRecord> {
        let record = store.find_or_create_subscription(key, start_after).await?;
        let saved = self.0.lock().unwrap().get(&record.id).copied();
        Ok(SubscriptionRecord {
            checkpoint: saved.unwrap_or(record.checkpoint),
            ..record
        })
    }

    async fn save_checkpoint(
        &self,
        _store: &MemoryStore,
        lease: LeaseToken,
        checkpoint: EventNumber,
    ) -> Result<CheckpointOutcome> {
        self.0.lock().unwrap().insert(lease.id, checkpoint);
        Ok(CheckpointOutcome::Saved)
    }
}

pub(crate) struct ForgetsCheckpoints;

#[async_trait]
impl Mutation for ForgetsCheckpoints {
    async fn save_checkpoint(
        &self,
        _store: &MemoryStore,
        _lease: LeaseToken,
        _checkpoint: EventNumber,
    ) -> Result<CheckpointOutcome> {
        Ok(CheckpointOutcome::Saved)
    }
}

pub(crate) struct SavesCheckpointsOfNobody;

#[async_trait]
impl Mutation for SavesCheckpointsOfNobody {
    async fn save_checkpoint(
        &self,
        store: &MemoryStore,
        lease: LeaseToken,
        checkpoint: EventNumber,
    ) -> Result<CheckpointOutcome> {
        Ok(match store.save_checkpoint(lease, checkpoint).await? {
            CheckpointOutcome::SubscriptionGone => CheckpointOutcome::Saved,
            outcome => outcome,
        })
    }
}

/// A lease without effect.
struct EmptyLease;

#[async_trait]
impl Lease for EmptyLease {
    fn token(&self) -> LeaseToken {
        LeaseToken {
            id: SubscriptionId::new(1),
            epoch: LeaseEpoch::new(1),
        }
    }

    async fn lost(&self) -> LeaseLoss {
        std::future::pending().await
    }

    fn watches_stream(&self) -> bool {
        true
    }

    async fn release(self: Box<Self>) {}
}

pub(crate) struct LeasesToEverybody;

#[async_trait]
impl Mutation for LeasesToEverybody {
    async fn try_acquire(
        &self,
        _store: &MemoryStore,
        _key: &SubscriptionKey,
        checkpoint: EventNumber,
    ) -> Result<Option<AcquiredLease>> {
        Ok(Some(AcquiredLease {
            lease: Box::new(EmptyLease),
            checkpoint,
        }))
    }
}

/// A lease whose holder is not told that it is lost.
struct QuietLease(Box<dyn Lease>);

#[async_trait]
impl Lease for QuietLease {
    fn token(&self) -> LeaseToken {
        self.0.token()
    }

    async fn lost(&self) -> LeaseLoss {
        std::future::pending().await
    }

    fn watches_stream(&self) -> bool {
        self.0.watches_stream()
    }

    async fn release(self: Box<Self>) {
        self.0.release().await;
    }
}

pub(crate) struct TellsNoHolderOfItsLoss;

#[async_trait]
impl Mutation for TellsNoHolderOfItsLoss {
    async fn try_acquire(
        &self,
        store: &MemoryStore,
        key: &SubscriptionKey,
        start_after: EventNumber,
    ) -> Result<Option<AcquiredLease>> {
        let acquired = store.try_acquire(key, start_after).await?;
        Ok(acquired.map(|AcquiredLease { lease, checkpoint }| AcquiredLease {
            lease: Box::new(QuietLease(lease)),
            checkpoint,
        }))
    }
}

/// Whoever has held the lease is taken for the latest holder.
#[derive(Default)]
pub(crate) struct IgnoresTheEpoch(Mutex<HashMap<SubscriptionId, LeaseEpoch>>);

impl IgnoresTheEpoch {
    fn latest(&self, lease: LeaseToken) -> LeaseToken {
        let epochs = self.0.lock().unwrap();
        let epoch = epochs.get(&lease.id).copied().unwrap_or(lease.epoch);
        LeaseToken { epoch, ..lease }
    }

    async fn acquire(
        &self,
        store: &MemoryStore,
        key: &SubscriptionKey,
        start_after: EventNumber,
    ) -> Result<Option<AcquiredLease>> {
        let acquired = store.try_acquire(key, start_after).await?;
        if let Some(token) = acquired.as_ref().map(|acquired| acquired.lease.token()) {
            self.0.lock().unwrap().insert(token.id, token.epoch);
        }
        Ok(acquired)
    }
}

#[async_trait]
impl Mutation for IgnoresTheEpoch {
    async fn try_acquire(
        &self,
        store: &MemoryStore,
        key: &SubscriptionKey,
        start_after: EventNumber,
    ) -> Result<Option<AcquiredLease>> {
        self.acquire(store, key, start_after).await
    }

    async fn save_checkpoint(
        &self,
        store: &MemoryStore,
        lease: LeaseToken,
        checkpoint: EventNumber,
    ) -> Result<CheckpointOutcome> {
        store.save_checkpoint(self.latest(lease), checkpoint).await
    }

    async fn set_checkpoint(
        &self,
        store: &MemoryStore,
        key: &SubscriptionKey,
        checkpoint: EventNumber,
        policy: HolderPolicy,
    ) -> Result<()> {
        store.set_checkpoint(key, checkpoint, policy).await?;
        self.acquire(store, key, checkpoint).await.map(drop)
    }

    async fn park(&self, store: &MemoryStore, parking: &Parking) -> Result<ParkOutcome> {
        let lease = self.latest(parking.lease);
        store
            .park(&Parking {
                lease,
                ..parking.clone()
            })
            .await
    }

    async fn begin_step(
        &self,
        store: &MemoryStore,
        step: ProjectionStep,
    ) -> Result<BegunProjection<MemoryTransaction>> {
        let lease = self.latest(step.lease);
        store.begin_step(ProjectionStep { lease, ..step }).await
    }
}

/// The first id that no subscription has at the moment.
#[derive(Default)]
pub(crate) struct ReusesSubscriptionIds(Mutex<HashMap<SubscriptionKey, SubscriptionId>>);

#[async_trait]
impl Mutation for ReusesSubscriptionIds {
    async fn find_or_create_subscription(
        &self,
        store: &MemoryStore,
        key: &SubscriptionKey,
        start_after: EventNumber,
    ) -> Result<SubscriptionRecord> {
        let record = store.find_or_create_subscription(key, start_after).await?;
        let mut ids = self.0.lock().unwrap();
        let mut free = (1..)
            .map(SubscriptionId::new)
            .filter(|id| !ids.values().any(|used| used == id));
        let first = free.next().unwrap();
        Ok(SubscriptionRecord {
            id: *ids.entry(key.clone()).or_insert(first),
            ..record
        })
    }

    async fn delete_subscription(
        &self,
        store: &MemoryStore,
        key: &SubscriptionKey,
        policy: HolderPolicy,
    ) -> Result<()> {
        self.0.lock().unwrap().remove(key);
        store.delete_subscription(key, policy).await
    }
}

/// A lease that is told of no stream once there was a link.
struct Unlinked {
    lease: Box<dyn Lease>,
    linked: Arc<AtomicBool>,
}

#[async_trait]
impl Lease for Unlinked {
    fn token(&self) -> LeaseToken {
        self.lease.token()
    }

    async fn lost(&self) -> LeaseLoss {
        match self.lease.lost().await {
            LeaseLoss::StreamReplaced if self.linked.load(Ordering::SeqCst) => std::future::pending().await,
            loss => loss,
        }
    }

    fn watches_stream(&self) -> bool {
        self.lease.watches_stream()
    }

    async fn release(self: Box<Self>) {
        self.lease.release().await;
    }
}

#[derive(Default)]
pub(crate) struct TellsNoHolderOfLinks(Arc<AtomicBool>);

#[async_trait]
impl Mutation for TellsNoHolderOfLinks {
    async fn link(&self, store: &MemoryStore, link: Link) -> Result<LinkReceipt> {
        self.0.store(true, Ordering::SeqCst);
        store.link(link).await
    }

    async fn try_acquire(
        &self,
        store: &MemoryStore,
        key: &SubscriptionKey,
        start_after: EventNumber,
    ) -> Result<Option<AcquiredLease>> {
        let acquired = store.try_acquire(key, start_after).await?;
        Ok(acquired.map(|AcquiredLease { lease, checkpoint }| AcquiredLease {
            lease: Box::new(Unlinked {
                lease,
                linked: Arc::clone(&self.0),
            }),
            checkpoint,
        }))
    }
}

/// A listener that is told nothing.
struct Deaf;

#[async_trait]
impl Listener for Deaf {
    async fn hint(&mut self) -> Option<Hint> {
        std::future::pending().await
    }
}

pub(crate) struct TellsNobody;

#[async_trait]
impl Mutation for TellsNobody {
    fn listen(&self, _store: &MemoryStore, _selector: &StreamSelector) -> Box<dyn Listener> {
        Box::new(Deaf)
    }
}

pub(crate) struct TellsEverybodyOfEverything;

#[async_trait]
impl Mutation for TellsEverybodyOfEverything {
    fn listen(&self, store: &MemoryStore, _selector: &StreamSelector) -> Box<dyn Listener> {
        store.listen(&StreamSelector::All)
    }
}

/// What was told while the connection was cut stays unknown until the next event.
struct Trusting(Box<dyn Listener>);

#[async_trait]
impl Listener for Trusting {
    async fn hint(&mut self) -> Option<Hint> {
        loop {
            match self.0.hint().await {
                Some(Hint::Unknown) => {}
                hint => return hint,
            }
        }
    }
}

pub(crate) struct HidesThatHintsWereLost;

#[async_trait]
impl Mutation for HidesThatHintsWereLost {
    fn listen(&self, store: &MemoryStore, selector: &StreamSelector) -> Box<dyn Listener> {
        Box::new(Trusting(store.listen(selector)))
    }
}

pub(crate) struct StaysDeafAfterACut;

#[async_trait]
impl Mutation for StaysDeafAfterACut {
    fn cut_notifications(&self, store: &MemoryStore) -> Cut {
        std::mem::forget(store.pause_notifications());
        Cut::ended_by_drop_of(())
    }
}

/// Takes every number for the truth: what is not beyond the highest one is no news.
struct Credulous {
    listener: Box<dyn Listener>,
    highest: EventNumber,
}

#[async_trait]
impl Listener for Credulous {
    async fn hint(&mut self) -> Option<Hint> {
        loop {
            match self.listener.hint().await {
                Some(Hint::UpTo(number)) if number <= self.highest => {}
                Some(Hint::UpTo(number)) => {
                    self.highest = number;
                    return Some(Hint::UpTo(number));
                }
                hint => return hint,
            }
        }
    }
}

pub(crate) struct BelievesEveryHint;

#[async_trait]
impl Mutation for BelievesEveryHint {
    fn listen(&self, store: &MemoryStore, selector: &StreamSelector) -> Box<dyn Listener> {
        Box::new(Credulous {
            listener: store.listen(selector),
            highest: EventNumber::ZERO,
        })
    }
}

/// Hints that a task of its own has taken, whether anybody listens or not.
struct Queued(mpsc::UnboundedReceiver<Hint>);

#[async_trait]
impl Listener for Queued {
    async fn hint(&mut self) -> Option<Hint> {
        self.0.recv().await
    }
}

pub(crate) struct QueuesHints;

#[async_trait]
impl Mutation for QueuesHints {
    fn listen(&self, store: &MemoryStore, selector: &StreamSelector) -> Box<dyn Listener> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let mut listener = store.listen(selector);
        tokio::spawn(async move {
            while let Some(hint) = listener.hint().await {
                let _ = sender.send(hint);
            }
        });
        Box::new(Queued(receiver))
    }
}

/// The last hint that a task of its own has taken.
struct Latest(watch::Receiver<Option<Hint>>);

#[async_trait]
impl Listener for Latest {
    async fn hint(&mut self) -> Option<Hint> {
        self.0.changed().await.ok()?;
        *self.0.borrow_and_update()
    }
}

pub(crate) struct KeepsTheLatestHint;

#[async_trait]
impl Mutation for KeepsTheLatestHint {
    fn listen(&self, store: &MemoryStore, selector: &StreamSelector) -> Box<dyn Listener> {
        let (sender, receiver) = watch::channel(None);
        let mut listener = store.listen(selector);
        tokio::spawn(async move {
            while let Some(hint) = listener.hint().await {
                sender.send_replace(Some(hint));
            }
        });
        Box::new(Latest(receiver))
    }
}

pub(crate) struct DeletesWhatIsHeld;

#[async_trait]
impl Mutation for DeletesWhatIsHeld {
    async fn delete_subscription(
        &self,
        store: &MemoryStore,
        key: &SubscriptionKey,
        _policy: HolderPolicy,
    ) -> Result<()> {
        store.delete_subscription(key, HolderPolicy::Override).await
    }
}

/// A checkpoint that may be set where the stream has not come yet, unless it is held.
pub(crate) struct SetsCheckpointsAnywhere;

#[async_trait]
impl Mutation for SetsCheckpointsAnywhere {
    async fn set_checkpoint(
        &self,
        store: &MemoryStore,
        key: &SubscriptionKey,
        checkpoint: EventNumber,
        policy: HolderPolicy,
    ) -> Result<()> {
        let policy = if store.subscription_info(key).await?.is_held {
            policy
        } else {
            HolderPolicy::Override
        };
        store.set_checkpoint(key, checkpoint, policy).await
    }
}

pub(crate) struct CountsPartitions;

#[async_trait]
impl Mutation for CountsPartitions {
    async fn count_parked(&self, store: &MemoryStore, id: SubscriptionId) -> Result<u64> {
        let backlog = store.parked_backlog(id).await?;
        Ok(backlog.partitions.len().try_into().unwrap_or(u64::MAX))
    }
}

pub(crate) struct ParksAnyFollower;

#[async_trait]
impl Mutation for ParksAnyFollower {
    async fn park(&self, store: &MemoryStore, parking: &Parking) -> Result<ParkOutcome> {
        let mut parking = parking.clone();
        for event in &mut parking.events {
            event.cause = ParkCause::Rejected {
                reason: String::new(),
                attempts: 0,
            };
        }
        store.park(&parking).await
    }
}

pub(crate) struct ParksWithoutTheCheckpoint;

#[async_trait]
impl Mutation for ParksWithoutTheCheckpoint {
    async fn park(&self, store: &MemoryStore, parking: &Parking) -> Result<ParkOutcome> {
        let mut parking = parking.clone();
        parking.checkpoint = EventNumber::ZERO;
        store.park(&parking).await
    }
}

pub(crate) struct UnparksNothing;

#[async_trait]
impl Mutation for UnparksNothing {
    async fn unpark(&self, _store: &MemoryStore, _id: SubscriptionId, _number: EventNumber) -> Result<bool> {
        Ok(true)
    }
}

/// A step that begins wherever the checkpoint is.
pub(crate) struct BeginsStepsAnywhere;

#[async_trait]
impl Mutation for BeginsStepsAnywhere {
    async fn begin_step(
        &self,
        store: &MemoryStore,
        step: ProjectionStep,
    ) -> Result<BegunProjection<MemoryTransaction>> {
        match store.begin_step(step).await? {
            BegunProjection::Elsewhere(from) => store.begin_step(ProjectionStep { from, ..step }).await,
            begun => Ok(begun),
        }
    }
}
