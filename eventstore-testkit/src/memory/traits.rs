//! The contracts of core, each call in one step under the lock.

use std::collections::hash_map::Entry;
use std::num::NonZeroU32;
use std::sync::{Arc, Weak};

use async_trait::async_trait;
use eventstore_core::backend::{
    AcquiredLease, BegunProjection, CheckpointOutcome, EventImporter, ForgottenSubject, GroupView, HeldPartition,
    ImportConflicts, ImportRun, Imported, InProcessReceiver, KeyAddition, KeyVault, LeaseToken, Listener, Membership,
    Notifier, Page, PageRequest, ParkOutcome, ParkedBacklog, Parking, PayloadFormat, PayloadStorage, ProjectionStep,
    ProjectionStore, StatusOutcome, SubjectKeys, SubscriptionLocks, SubscriptionRecord, SubscriptionStore, WrappedKey,
};
use eventstore_core::{
    Append, AppendReceipt, AppendSet, Closable, Delete, Error, EventId, EventLinker, EventLookup, EventNumber,
    EventReader, EventTracing, EventWriter, FoundEvent, GroupInfo, GroupSettings, GroupStore, HolderPolicy, Link,
    LinkReceipt, MemberId, ParkedEvent, ParkedEventStore, PartitionNumber, Position, RecordedSnapshot, ReportedStatus,
    Result, Snapshot, SnapshotOutcome, SnapshotPolicy, SnapshotStore, StatisticsSource, StatusReport, StatusText,
    StoreStatistics, StreamDeleter, StreamDirectory, StreamInfo, StreamName, StreamPage, StreamQuery, StreamSelector,
    SubscriptionAdmin, SubscriptionId, SubscriptionInfo, SubscriptionKey, SubscriptionStatusStore, Timestamp,
    TracedEvents,
};
use uuid::Uuid;

use super::clock::now;
use super::groups::Newcomer;
use super::lease::MemoryLease;
use super::lease_mark::LeaseMark;
use super::listener::MemoryListener;
use super::{MemoryStore, MemoryTransaction};
use crate::Payloads;

#[async_trait]
impl EventWriter for MemoryStore {
    async fn append(&self, append: Append) -> Result<AppendReceipt> {
        self.open_state()?.append(&append, now(), &self.node)
    }

    async fn append_set(&self, set: AppendSet) -> Result<Vec<AppendReceipt>> {
        self.open_state()?.append_all(set.appends(), now(), &self.node)
    }
}

#[async_trait]
impl Closable for MemoryStore {
    async fn close(&self) {
        self.node.close();
    }
}

#[async_trait]
impl EventLinker for MemoryStore {
    async fn link(&self, link: Link) -> Result<LinkReceipt> {
        self.open_state()?.link(&link, now())
    }
}

#[async_trait]
impl EventLookup for MemoryStore {
    async fn find_event(&self, id: EventId) -> Result<Option<FoundEvent>> {
        Ok(self.open_state()?.find_event(id))
    }
}

#[async_trait]
impl EventTracing for MemoryStore {
    async fn caused_by(&self, cause: EventId, after: Option<Position>, limit: NonZeroU32) -> Result<TracedEvents> {
        let cause = Some(cause.as_uuid());
        let state = self.open_state()?;
        Ok(state.trace(after, limit, |event| event.causation_id == cause))
    }

    async fn correlated(&self, correlation: Uuid, after: Option<Position>, limit: NonZeroU32) -> Result<TracedEvents> {
        let correlation = Some(correlation);
        let state = self.open_state()?;
        Ok(state.trace(after, limit, |event| event.correlation_id == correlation))
    }
}

#[async_trait]
impl EventImporter for MemoryStore {
    async fn import(&self, runs: &[ImportRun], conflicts: ImportConflicts) -> Result<Imported> {
        self.open_state()?.import(runs, conflicts, now(), &self.node)
    }
}

#[async_trait]
impl StreamDeleter for MemoryStore {
    async fn delete(&self, delete: Delete) -> Result<()> {
        self.open_state()?.delete(&delete, self.hard_deletes_enabled, now())
    }

    async fn undelete(&self, stream: &StreamName) -> Result<()> {
        self.open_state()?.undelete(stream)
    }
}

#[async_trait]
impl EventReader for MemoryStore {
    async fn read_page(&self, request: PageRequest) -> Result<Page> {
        let state = self.open_state()?;
        self.node.check_read()?;
        state.read_page(&request)
    }

    async fn number_at(&self, selector: &StreamSelector, at: Timestamp) -> Result<EventNumber> {
        let state = self.open_state()?;
        self.node.check_read()?;
        state.number_at(selector, at)
    }
}

#[async_trait]
impl StreamDirectory for MemoryStore {
    async fn stream_info(&self, selector: &StreamSelector) -> Result<StreamInfo> {
        self.open_state()?.stream_info(selector)
    }

    async fn list_streams(&self, query: StreamQuery) -> Result<StreamPage> {
        Ok(self.open_state()?.list_streams(&query))
    }

    async fn streams_by_name(
        &self,
        prefix: &str,
        after: Option<&StreamName>,
        limit: NonZeroU32,
    ) -> Result<Vec<StreamInfo>> {
        Ok(self.open_state()?.streams_by_name(prefix, after, limit))
    }

    async fn newest_streams(&self, before: Option<u64>, limit: NonZeroU32) -> Result<Vec<StreamInfo>> {
        Ok(self.open_state()?.newest_streams(before, limit))
    }
}

#[async_trait]
impl SnapshotStore for MemoryStore {
    async fn read_snapshot(&self, source: &StreamName) -> Result<Option<RecordedSnapshot>> {
        Ok(self.open_state()?.snapshots.get(source).cloned())
    }

    async fn list_snapshots(&self, after: Option<&StreamName>, limit: u32) -> Result<Vec<RecordedSnapshot>> {
        Ok(self.open_state()?.list_snapshots(after, limit))
    }

    async fn record_snapshot(&self, snapshot: Snapshot, policy: SnapshotPolicy) -> Result<SnapshotOutcome> {
        self.open_state()?.record_snapshot(snapshot, policy, now())
    }

    async fn delete_snapshot(&self, source: &StreamName) -> Result<()> {
        self.open_state()?.snapshots.remove(source);
        Ok(())
    }
}

impl PayloadStorage for MemoryStore {
    fn payload_format(&self) -> PayloadFormat {
        match self.state().payloads {
            Payloads::Bytes => PayloadFormat::Bytes,
            Payloads::Json => PayloadFormat::Json,
        }
    }
}

impl Notifier for MemoryStore {
    fn listen(&self, selector: &StreamSelector) -> Box<dyn Listener> {
        Box::new(MemoryListener(self.node.listen(selector.clone())))
    }

    fn deliver_in_process_to(&self, recipient: Weak<dyn InProcessReceiver>) {
        self.node.deliver_in_process_to(recipient);
    }
}

#[async_trait]
impl KeyVault for MemoryStore {
    async fn keys_of(&self, subject: &str) -> Result<SubjectKeys> {
        Ok(self.open_state()?.keys.of(subject))
    }

    async fn add_key(&self, subject: &str, key: WrappedKey) -> Result<KeyAddition> {
        Ok(self.open_state()?.keys.add(subject, key))
    }

    async fn forget_subject(&self, subject: &str) -> Result<()> {
        self.open_state()?.keys.forget(subject);
        Ok(())
    }

    async fn forgotten_after(&self, number: u64, limit: u32) -> Result<Vec<ForgottenSubject>> {
        Ok(self.open_state()?.keys.forgotten_after(number, limit))
    }
}

#[async_trait]
impl SubscriptionStore for MemoryStore {
    async fn find_or_create_subscription(
        &self,
        key: &SubscriptionKey,
        start_after: EventNumber,
    ) -> Result<SubscriptionRecord> {
        Ok(self.open_state()?.find_or_create_subscription(key, start_after, now()))
    }

    async fn save_checkpoint(&self, lease: LeaseToken, checkpoint: EventNumber) -> Result<CheckpointOutcome> {
        let mut state = self.state();
        // A store that closes still stores the checkpoints of its own leases, so that its subscriptions can end in good
        // order.
        if self.node.is_closed() && !state.is_held_by(lease.id, &self.node) {
            return Err(Error::StoreClosed);
        }
        Ok(state.save_checkpoint(lease, checkpoint))
    }
}

#[async_trait]
impl SubscriptionLocks for MemoryStore {
    async fn try_acquire(&self, key: &SubscriptionKey, start_after: EventNumber) -> Result<Option<AcquiredLease>> {
        let mut state = self.open_state()?;
        let id = state.find_or_create_subscription(key, start_after, now()).id;
        if state.node_of_holder(id).is_some() {
            return Ok(None);
        }
        let mark = match state.leases.entry(id) {
            Entry::Occupied(_) => return Ok(None),
            Entry::Vacant(free) => Arc::clone(free.insert(Arc::new(LeaseMark::new(&self.node)))),
        };
        state.bind(id);
        state.replace_members(id);
        let epoch = state.fence(id);
        // Looked up again: `bind` may have reset the checkpoint, and a group has its own position.
        let record = state.find_or_create_subscription(key, start_after, now());
        let lease = MemoryLease {
            state: Arc::clone(&self.state),
            token: LeaseToken { id, epoch },
            mark,
        };
        Ok(Some(AcquiredLease {
            lease: Box::new(lease),
            checkpoint: record.checkpoint,
        }))
    }
}

#[async_trait]
impl SubscriptionAdmin for MemoryStore {
    async fn list_subscriptions(&self) -> Result<Vec<SubscriptionInfo>> {
        Ok(self.open_state()?.list_subscriptions())
    }

    async fn subscription_info(&self, key: &SubscriptionKey) -> Result<SubscriptionInfo> {
        self.open_state()?.subscription_info(key)
    }

    async fn delete_subscription(&self, key: &SubscriptionKey, policy: HolderPolicy) -> Result<()> {
        self.open_state()?.delete_subscription(key, policy)
    }

    async fn set_checkpoint(&self, key: &SubscriptionKey, checkpoint: EventNumber, policy: HolderPolicy) -> Result<()> {
        self.open_state()?.set_checkpoint(key, checkpoint, policy)
    }
}

#[async_trait]
impl SubscriptionStatusStore for MemoryStore {
    async fn report_status(&self, lease: LeaseToken, report: &StatusReport) -> Result<StatusOutcome> {
        Ok(self.open_state()?.report_status(lease, report, now()))
    }

    async fn subscription_statuses(&self) -> Result<Vec<ReportedStatus>> {
        Ok(self.open_state()?.subscription_statuses())
    }
}

#[async_trait]
impl GroupStore for MemoryStore {
    async fn enter_group(
        &self,
        key: &SubscriptionKey,
        settings: &GroupSettings,
        start_after: EventNumber,
        member: MemberId,
        name: &StatusText,
    ) -> Result<Option<Membership>> {
        let newcomer = Newcomer {
            id: member,
            name,
            node: &self.node,
        };
        self.open_state()?
            .enter_group(key, settings, start_after, &newcomer, now())
    }

    async fn renew_membership(&self, membership: Membership) -> Result<Option<GroupView>> {
        Ok(self.open_state()?.renew_membership(membership))
    }

    async fn claim_partitions(&self, membership: Membership, at_most: u16) -> Result<Vec<HeldPartition>> {
        Ok(self.open_state()?.claim_partitions(membership, at_most))
    }

    async fn held_partitions(&self, membership: Membership) -> Result<Vec<HeldPartition>> {
        Ok(self.open_state()?.held_partitions(membership))
    }

    /// A store that closes still takes back what its members hold, so that others need not wait for it.
    async fn release_partitions(&self, membership: Membership, partitions: &[PartitionNumber]) -> Result<()> {
        self.state().release_partitions(membership, partitions);
        Ok(())
    }

    /// As [`release_partitions`](Self::release_partitions).
    async fn leave_group(&self, membership: Membership) -> Result<()> {
        self.state().leave_group(membership);
        Ok(())
    }

    async fn list_groups(&self) -> Result<Vec<GroupInfo>> {
        Ok(self.open_state()?.list_groups())
    }

    async fn change_group(&self, key: &SubscriptionKey, settings: &GroupSettings) -> Result<()> {
        self.open_state()?.change_group(key, settings, now())
    }
}

#[async_trait]
impl ParkedEventStore for MemoryStore {
    async fn park(&self, parking: &Parking) -> Result<ParkOutcome> {
        let mut state = self.state();
        // As for checkpoints: a subscription that has an event to park stores its last checkpoint with it.
        if self.node.is_closed() && !state.is_held_by(parking.lease.id, &self.node) {
            return Err(Error::StoreClosed);
        }
        state.park(parking, now())
    }

    async fn parked_backlog(&self, id: SubscriptionId) -> Result<ParkedBacklog> {
        Ok(self.open_state()?.parked_backlog(id))
    }

    async fn count_parked(&self, id: SubscriptionId) -> Result<u64> {
        Ok(self.open_state()?.count_parked(id))
    }

    async fn list_parked(&self, id: SubscriptionId, after: EventNumber, limit: u32) -> Result<Vec<ParkedEvent>> {
        Ok(self.open_state()?.list_parked(id, after, limit))
    }

    async fn unpark(&self, id: SubscriptionId, number: EventNumber) -> Result<bool> {
        Ok(self.open_state()?.unpark(id, number))
    }
}

#[async_trait]
impl ProjectionStore for MemoryStore {
    type Transaction = MemoryTransaction;

    async fn begin_step(&self, step: ProjectionStep) -> Result<BegunProjection<MemoryTransaction>> {
        self.open_state()?.begin_step(step)
    }

    async fn commit_step(&self, transaction: MemoryTransaction) -> Result<()> {
        self.open_state()?.commit_step(&transaction)
    }
}

#[async_trait]
impl StatisticsSource for MemoryStore {
    /// There is no disk, no server and no counter.
    async fn statistics(&self) -> Result<StoreStatistics> {
        drop(self.open_state()?);
        Ok(StoreStatistics::default())
    }
}
