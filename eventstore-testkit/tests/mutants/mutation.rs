//! A backend that does all but one thing right.

use std::cell::RefCell;
use std::num::NonZeroU32;
use std::sync::{Arc, Weak};

use async_trait::async_trait;
use eventstore_core::backend::{
    AcquiredLease, BegunProjection, CheckpointOutcome, EventImporter, ImportConflicts, ImportRun, Imported,
    InProcessReceiver, LeaseToken, Listener, Notifier, Page, PageRequest, ParkOutcome, ParkedBacklog, Parking,
    ProjectionStep, ProjectionStore, StatusOutcome, SubscriptionLocks, SubscriptionRecord, SubscriptionStore,
};
use eventstore_core::{
    Append, AppendReceipt, AppendSet, Closable, Delete, EventId, EventLinker, EventLookup, EventNumber, EventReader,
    EventTracing, EventWriter, FoundEvent, HolderPolicy, Link, LinkReceipt, ParkedEvent, ParkedEventStore, Position,
    RecordedSnapshot, ReportedStatus, Result, Snapshot, SnapshotOutcome, SnapshotPolicy, SnapshotStore,
    StatisticsSource, StatusReport, StoreStatistics, StreamDeleter, StreamDirectory, StreamInfo, StreamName,
    StreamPage, StreamQuery, StreamSelector, SubscriptionAdmin, SubscriptionId, SubscriptionInfo, SubscriptionKey,
    SubscriptionStatusStore, Timestamp, TracedEvents,
};
use eventstore_testkit::conformance::{AnyTransaction, Backend, Cut, Harness, Payloads, Stop};
use eventstore_testkit::{MemoryStore, MemoryTransaction};
use uuid::Uuid;

use crate::catalog_mutation::{CatalogMutation, RightCatalog};
use crate::group_mutation::{GroupMutation, RightGroups};

/// What is done in place of the right thing; every method does that until it is overridden.
#[async_trait]
pub(crate) trait Mutation: Send + Sync + 'static {
    async fn append(&self, store: &MemoryStore, append: Append) -> Result<AppendReceipt> {
        store.append(append).await
    }

    async fn append_set(&self, store: &MemoryStore, set: AppendSet) -> Result<Vec<AppendReceipt>> {
        store.append_set(set).await
    }

    async fn read_page(&self, store: &MemoryStore, request: PageRequest) -> Result<Page> {
        store.read_page(request).await
    }

    async fn number_at(&self, store: &MemoryStore, selector: &StreamSelector, at: Timestamp) -> Result<EventNumber> {
        store.number_at(selector, at).await
    }

    async fn link(&self, store: &MemoryStore, link: Link) -> Result<LinkReceipt> {
        store.link(link).await
    }

    async fn find_event(&self, store: &MemoryStore, id: EventId) -> Result<Option<FoundEvent>> {
        store.find_event(id).await
    }

    async fn caused_by(
        &self,
        store: &MemoryStore,
        cause: EventId,
        after: Option<Position>,
        limit: NonZeroU32,
    ) -> Result<TracedEvents> {
        store.caused_by(cause, after, limit).await
    }

    async fn correlated(
        &self,
        store: &MemoryStore,
        correlation: Uuid,
        after: Option<Position>,
        limit: NonZeroU32,
    ) -> Result<TracedEvents> {
        store.correlated(correlation, after, limit).await
    }

    async fn import(&self, store: &MemoryStore, runs: &[ImportRun], conflicts: ImportConflicts) -> Result<Imported> {
        store.import(runs, conflicts).await
    }

    async fn delete(&self, store: &MemoryStore, delete: Delete) -> Result<()> {
        store.delete(delete).await
    }

    async fn undelete(&self, store: &MemoryStore, stream: &StreamName) -> Result<()> {
        store.undelete(stream).await
    }

    async fn stream_info(&self, store: &MemoryStore, selector: &StreamSelector) -> Result<StreamInfo> {
        store.stream_info(selector).await
    }

    async fn list_streams(&self, store: &MemoryStore, query: StreamQuery) -> Result<StreamPage> {
        store.list_streams(query).await
    }

    async fn streams_by_name(
        &self,
        store: &MemoryStore,
        prefix: &str,
        after: Option<&StreamName>,
        limit: NonZeroU32,
    ) -> Result<Vec<StreamInfo>> {
        store.streams_by_name(prefix, after, limit).await
    }

    async fn newest_streams(
        &self,
        store: &MemoryStore,
        before: Option<u64>,
        limit: NonZeroU32,
    ) -> Result<Vec<StreamInfo>> {
        store.newest_streams(before, limit).await
    }

    async fn list_snapshots(
        &self,
        store: &MemoryStore,
        after: Option<&StreamName>,
        limit: u32,
    ) -> Result<Vec<RecordedSnapshot>> {
        store.list_snapshots(after, limit).await
    }

    async fn record_snapshot(
        &self,
        store: &MemoryStore,
        snapshot: Snapshot,
        policy: SnapshotPolicy,
    ) -> Result<SnapshotOutcome> {
        store.record_snapshot(snapshot, policy).await
    }

    async fn delete_snapshot(&self, store: &MemoryStore, source: &StreamName) -> Result<()> {
        store.delete_snapshot(source).await
    }

    async fn find_or_create_subscription(
        &self,
        store: &MemoryStore,
        key: &SubscriptionKey,
        start_after: EventNumber,
    ) -> Result<SubscriptionRecord> {
        store.find_or_create_subscription(key, start_after).await
    }

    async fn save_checkpoint(
        &self,
        store: &MemoryStore,
        lease: LeaseToken,
        checkpoint: EventNumber,
    ) -> Result<CheckpointOutcome> {
        store.save_checkpoint(lease, checkpoint).await
    }

    async fn try_acquire(
        &self,
        store: &MemoryStore,
        key: &SubscriptionKey,
        start_after: EventNumber,
    ) -> Result<Option<AcquiredLease>> {
        store.try_acquire(key, start_after).await
    }

    async fn list_subscriptions(&self, store: &MemoryStore) -> Result<Vec<SubscriptionInfo>> {
        store.list_subscriptions().await
    }

    async fn subscription_info(&self, store: &MemoryStore, key: &SubscriptionKey) -> Result<SubscriptionInfo> {
        store.subscription_info(key).await
    }

    async fn report_status(
        &self,
        store: &MemoryStore,
        lease: LeaseToken,
        report: &StatusReport,
    ) -> Result<StatusOutcome> {
        store.report_status(lease, report).await
    }

    async fn subscription_statuses(&self, store: &MemoryStore) -> Result<Vec<ReportedStatus>> {
        store.subscription_statuses().await
    }

    async fn delete_subscription(
        &self,
        store: &MemoryStore,
        key: &SubscriptionKey,
        policy: HolderPolicy,
    ) -> Result<()> {
        store.delete_subscription(key, policy).await
    }

    async fn set_checkpoint(
        &self,
        store: &MemoryStore,
        key: &SubscriptionKey,
        checkpoint: EventNumber,
        policy: HolderPolicy,
    ) -> Result<()> {
        store.set_checkpoint(key, checkpoint, policy).await
    }

    async fn park(&self, store: &MemoryStore, parking: &Parking) -> Result<ParkOutcome> {
        store.park(parking).await
    }

    async fn parked_backlog(&self, store: &MemoryStore, id: SubscriptionId) -> Result<ParkedBacklog> {
        store.parked_backlog(id).await
    }

    async fn count_parked(&self, store: &MemoryStore, id: SubscriptionId) -> Result<u64> {
        store.count_parked(id).await
    }

    async fn list_parked(
        &self,
        store: &MemoryStore,
        id: SubscriptionId,
        after: EventNumber,
        limit: u32,
    ) -> Result<Vec<ParkedEvent>> {
        store.list_parked(id, after, limit).await
    }

    async fn unpark(&self, store: &MemoryStore, id: SubscriptionId, number: EventNumber) -> Result<bool> {
        store.unpark(id, number).await
    }

    async fn begin_step(
        &self,
        store: &MemoryStore,
        step: ProjectionStep,
    ) -> Result<BegunProjection<MemoryTransaction>> {
        store.begin_step(step).await
    }

    async fn statistics(&self, store: &MemoryStore) -> Result<StoreStatistics> {
        store.statistics().await
    }

    fn groups(&self) -> &dyn GroupMutation {
        &RightGroups
    }

    fn catalog(&self) -> &dyn CatalogMutation {
        &RightCatalog
    }

    fn listen(&self, store: &MemoryStore, selector: &StreamSelector) -> Box<dyn Listener> {
        store.listen(selector)
    }

    fn deliver_in_process_to(&self, store: &MemoryStore, recipient: Weak<dyn InProcessReceiver>) {
        store.deliver_in_process_to(recipient);
    }

    async fn close_store(&self, store: &MemoryStore) {
        store.close().await;
    }

    fn reopen(&self, store: &MemoryStore, _stop: Stop) -> MemoryStore {
        store.copy()
    }

    fn make_effect(&self, transaction: &mut MemoryTransaction, effect: u32) {
        transaction.make_effect(effect);
    }

    fn effects(&self, store: &MemoryStore) -> Vec<u32> {
        store.effects()
    }

    fn cut_notifications(&self, store: &MemoryStore) -> Cut {
        Cut::ended_by_drop_of(store.pause_notifications())
    }

    fn payloads(&self) -> Payloads {
        Payloads::Bytes
    }
}

/// The reference backend, mutated.
#[derive(Clone)]
pub(crate) struct Mutant {
    pub(crate) store: MemoryStore,
    pub(crate) mutation: Arc<dyn Mutation>,
}

/// Whose store is a [`Mutant`].
pub(crate) struct MutantHarness {
    /// As it was opened last.
    store: RefCell<MemoryStore>,
    mutation: Arc<dyn Mutation>,
}

impl MutantHarness {
    pub(crate) fn new(mutation: Arc<dyn Mutation>) -> Self {
        Self {
            store: RefCell::default(),
            mutation,
        }
    }

    fn on(&self, store: MemoryStore) -> Arc<dyn Backend> {
        Arc::new(Mutant {
            store,
            mutation: Arc::clone(&self.mutation),
        })
    }

    fn opened(&self) -> MemoryStore {
        self.store.borrow().clone()
    }
}

#[async_trait(?Send)]
impl Harness for MutantHarness {
    fn store(&self) -> Arc<dyn Backend> {
        self.on(self.opened().with_hard_deletes())
    }

    async fn store_without_hard_deletes(&self) -> Arc<dyn Backend> {
        self.on(self.opened())
    }

    async fn another_node(&self) -> Arc<dyn Backend> {
        self.on(self.opened().another_node().with_hard_deletes())
    }

    async fn cut_notifications(&self) -> Cut {
        self.mutation.cut_notifications(&self.opened())
    }

    async fn cut_leases(&self) {
        self.opened().revoke_leases();
    }

    async fn close_store(&self) {
        self.mutation.close_store(&self.opened()).await;
    }

    async fn reopen(&self, stop: Stop) {
        let opened = self.mutation.reopen(&self.opened(), stop);
        self.store.replace(opened);
    }

    async fn make_effect(&self, transaction: &mut AnyTransaction, effect: u32) {
        self.mutation.make_effect(transaction.downcast_mut().unwrap(), effect);
    }

    async fn effects(&self) -> Vec<u32> {
        self.mutation.effects(&self.opened())
    }

    async fn forge_hint(&self, selector: &StreamSelector, number: EventNumber) {
        self.opened().forge_hint(selector, number);
    }

    fn payloads(&self) -> Payloads {
        self.mutation.payloads()
    }

    async fn put_empty_stream(&self, stream: &StreamName) {
        self.opened().create_empty_stream(stream);
    }
}

#[async_trait]
impl EventWriter for Mutant {
    async fn append(&self, append: Append) -> Result<AppendReceipt> {
        self.mutation.append(&self.store, append).await
    }

    async fn append_set(&self, set: AppendSet) -> Result<Vec<AppendReceipt>> {
        self.mutation.append_set(&self.store, set).await
    }
}

#[async_trait]
impl EventReader for Mutant {
    async fn read_page(&self, request: PageRequest) -> Result<Page> {
        self.mutation.read_page(&self.store, request).await
    }

    async fn number_at(&self, selector: &StreamSelector, at: Timestamp) -> Result<EventNumber> {
        self.mutation.number_at(&self.store, selector, at).await
    }
}

#[async_trait]
impl EventLinker for Mutant {
    async fn link(&self, link: Link) -> Result<LinkReceipt> {
        self.mutation.link(&self.store, link).await
    }
}

#[async_trait]
impl EventLookup for Mutant {
    async fn find_event(&self, id: EventId) -> Result<Option<FoundEvent>> {
        self.mutation.find_event(&self.store, id).await
    }
}

#[async_trait]
impl EventTracing for Mutant {
    async fn caused_by(&self, cause: EventId, after: Option<Position>, limit: NonZeroU32) -> Result<TracedEvents> {
        self.mutation.caused_by(&self.store, cause, after, limit).await
    }

    async fn correlated(&self, correlation: Uuid, after: Option<Position>, limit: NonZeroU32) -> Result<TracedEvents> {
        self.mutation.correlated(&self.store, correlation, after, limit).await
    }
}

#[async_trait]
impl EventImporter for Mutant {
    async fn import(&self, runs: &[ImportRun], conflicts: ImportConflicts) -> Result<Imported> {
        self.mutation.import(&self.store, runs, conflicts).await
    }
}

#[async_trait]
impl StreamDeleter for Mutant {
    async fn delete(&self, delete: Delete) -> Result<()> {
        self.mutation.delete(&self.store, delete).await
    }

    async fn undelete(&self, stream: &StreamName) -> Result<()> {
        self.mutation.undelete(&self.store, stream).await
    }
}

#[async_trait]
impl StreamDirectory for Mutant {
    async fn stream_info(&self, selector: &StreamSelector) -> Result<StreamInfo> {
        self.mutation.stream_info(&self.store, selector).await
    }

    async fn list_streams(&self, query: StreamQuery) -> Result<StreamPage> {
        self.mutation.list_streams(&self.store, query).await
    }

    async fn streams_by_name(
        &self,
        prefix: &str,
        after: Option<&StreamName>,
        limit: NonZeroU32,
    ) -> Result<Vec<StreamInfo>> {
        self.mutation.streams_by_name(&self.store, prefix, after, limit).await
    }

    async fn newest_streams(&self, before: Option<u64>, limit: NonZeroU32) -> Result<Vec<StreamInfo>> {
        self.mutation.newest_streams(&self.store, before, limit).await
    }
}

#[async_trait]
impl SnapshotStore for Mutant {
    async fn read_snapshot(&self, source: &StreamName) -> Result<Option<RecordedSnapshot>> {
        self.store.read_snapshot(source).await
    }

    async fn list_snapshots(&self, after: Option<&StreamName>, limit: u32) -> Result<Vec<RecordedSnapshot>> {
        self.mutation.list_snapshots(&self.store, after, limit).await
    }

    async fn record_snapshot(&self, snapshot: Snapshot, policy: SnapshotPolicy) -> Result<SnapshotOutcome> {
        self.mutation.record_snapshot(&self.store, snapshot, policy).await
    }

    async fn delete_snapshot(&self, source: &StreamName) -> Result<()> {
        self.mutation.delete_snapshot(&self.store, source).await
    }
}

#[async_trait]
impl SubscriptionStore for Mutant {
    async fn find_or_create_subscription(
        &self,
        key: &SubscriptionKey,
        start_after: EventNumber,
    ) -> Result<SubscriptionRecord> {
        self.mutation
            .find_or_create_subscription(&self.store, key, start_after)
            .await
    }

    async fn save_checkpoint(&self, lease: LeaseToken, checkpoint: EventNumber) -> Result<CheckpointOutcome> {
        self.mutation.save_checkpoint(&self.store, lease, checkpoint).await
    }
}

#[async_trait]
impl SubscriptionLocks for Mutant {
    async fn try_acquire(&self, key: &SubscriptionKey, start_after: EventNumber) -> Result<Option<AcquiredLease>> {
        self.mutation.try_acquire(&self.store, key, start_after).await
    }
}

#[async_trait]
impl SubscriptionStatusStore for Mutant {
    async fn report_status(&self, lease: LeaseToken, report: &StatusReport) -> Result<StatusOutcome> {
        self.mutation.report_status(&self.store, lease, report).await
    }

    async fn subscription_statuses(&self) -> Result<Vec<ReportedStatus>> {
        self.mutation.subscription_statuses(&self.store).await
    }
}

impl Notifier for Mutant {
    fn listen(&self, selector: &StreamSelector) -> Box<dyn Listener> {
        self.mutation.listen(&self.store, selector)
    }

    fn deliver_in_process_to(&self, recipient: Weak<dyn InProcessReceiver>) {
        self.mutation.deliver_in_process_to(&self.store, recipient);
    }
}

#[async_trait]
impl SubscriptionAdmin for Mutant {
    async fn list_subscriptions(&self) -> Result<Vec<SubscriptionInfo>> {
        self.mutation.list_subscriptions(&self.store).await
    }

    async fn subscription_info(&self, key: &SubscriptionKey) -> Result<SubscriptionInfo> {
        self.mutation.subscription_info(&self.store, key).await
    }

    async fn delete_subscription(&self, key: &SubscriptionKey, policy: HolderPolicy) -> Result<()> {
        self.mutation.delete_subscription(&self.store, key, policy).await
    }

    async fn set_checkpoint(&self, key: &SubscriptionKey, checkpoint: EventNumber, policy: HolderPolicy) -> Result<()> {
        self.mutation.set_checkpoint(&self.store, key, checkpoint, policy).await
    }
}

#[async_trait]
impl ParkedEventStore for Mutant {
    async fn park(&self, parking: &Parking) -> Result<ParkOutcome> {
        self.mutation.park(&self.store, parking).await
    }

    async fn parked_backlog(&self, id: SubscriptionId) -> Result<ParkedBacklog> {
        self.mutation.parked_backlog(&self.store, id).await
    }

    async fn count_parked(&self, id: SubscriptionId) -> Result<u64> {
        self.mutation.count_parked(&self.store, id).await
    }

    async fn list_parked(&self, id: SubscriptionId, after: EventNumber, limit: u32) -> Result<Vec<ParkedEvent>> {
        self.mutation.list_parked(&self.store, id, after, limit).await
    }

    async fn unpark(&self, id: SubscriptionId, number: EventNumber) -> Result<bool> {
        self.mutation.unpark(&self.store, id, number).await
    }
}

#[async_trait]
impl ProjectionStore for Mutant {
    type Transaction = MemoryTransaction;

    async fn begin_step(&self, step: ProjectionStep) -> Result<BegunProjection<MemoryTransaction>> {
        self.mutation.begin_step(&self.store, step).await
    }

    async fn commit_step(&self, transaction: MemoryTransaction) -> Result<()> {
        self.store.commit_step(transaction).await
    }
}

#[async_trait]
impl StatisticsSource for Mutant {
    async fn statistics(&self) -> Result<StoreStatistics> {
        self.mutation.statistics(&self.store).await
    }
}
