use std::num::NonZeroU32;
use std::sync::{Arc, Weak};

use async_trait::async_trait;
use eventstore_core::backend::{
    AcquiredLease, BegunProjection, CheckpointOutcome, EventImporter, Hint, ImportConflicts, ImportRun, Imported,
    InProcessReceiver, LeaseToken, Listener, Notifier, Page, PageCursor, PageRequest, PageStream, ParkOutcome,
    ParkedBacklog, Parking, PayloadFormat, PayloadStorage, ProjectionStep, ProjectionStore, StatusOutcome, StreamWatch,
    SubscriptionLocks, SubscriptionRecord, SubscriptionStore,
};
use eventstore_core::{
    Append, AppendReceipt, AppendSet, Closable, Delete, EventId, EventLinker, EventLookup, EventNumber, EventReader,
    EventTracing, EventWriter, FoundEvent, HolderPolicy, Link, LinkReceipt, ParkedEvent, ParkedEventStore, Position,
    RecordedSnapshot, ReportedStatus, Result, Snapshot, SnapshotOutcome, SnapshotPolicy, SnapshotStore,
    StatisticsSource, StatusReport, StoreStatistics, StreamDeleter, StreamDirectory, StreamInfo, StreamName,
    StreamPage, StreamQuery, StreamSelector, SubscriptionAdmin, SubscriptionId, SubscriptionInfo, SubscriptionKey,
    SubscriptionStatusStore, Timestamp, TracedEvents,
};
use futures_util::future::ready;
use futures_util::stream::{self, StreamExt};
use uuid::Uuid;

use super::{AnyProjectionStore, AnyTransaction, MissingRole, Role};

/// A backend composed of separate stores, each of which plays some roles; a call of any other role fails with
/// [`MissingRole`].
///
/// ```
/// use eventstore_testkit::MemoryStore;
/// use eventstore_testkit::conformance::Parts;
///
/// let streams_only = Parts::default().streams(MemoryStore::new());
/// # let _ = streams_only;
/// ```
#[derive(Clone, Default)]
pub struct Parts {
    streams: Option<Arc<dyn Streams>>,
    links: Option<Arc<dyn EventLinker>>,
    lookup: Option<Arc<dyn EventLookup>>,
    tracing: Option<Arc<dyn EventTracing>>,
    imports: Option<Arc<dyn EventImporter>>,
    deletes: Option<Arc<dyn StreamDeleter>>,
    snapshots: Option<Arc<dyn SnapshotStore>>,
    subscriptions: Option<Arc<dyn Subscriptions>>,
    administration: Option<Arc<dyn SubscriptionAdmin>>,
    parking: Option<Arc<dyn ParkedEventStore>>,
    projections: Option<Arc<dyn AnyProjectionStore>>,
    closing: Option<Arc<dyn Closable>>,
    statistics: Option<Arc<dyn StatisticsSource>>,
}

impl Parts {
    /// Plays [`Role::Streams`].
    #[must_use]
    pub fn streams(self, store: impl EventWriter + EventReader + StreamDirectory + 'static) -> Self {
        let streams: Option<Arc<dyn Streams>> = Some(Arc::new(store));
        Self { streams, ..self }
    }

    /// Plays [`Role::Links`].
    #[must_use]
    pub fn links(self, store: impl EventLinker + 'static) -> Self {
        let links: Option<Arc<dyn EventLinker>> = Some(Arc::new(store));
        Self { links, ..self }
    }

    /// Plays [`Role::Lookup`].
    #[must_use]
    pub fn lookup(self, store: impl EventLookup + 'static) -> Self {
        let lookup: Option<Arc<dyn EventLookup>> = Some(Arc::new(store));
        Self { lookup, ..self }
    }

    /// Plays [`Role::Tracing`].
    #[must_use]
    pub fn tracing(self, store: impl EventTracing + 'static) -> Self {
        let tracing: Option<Arc<dyn EventTracing>> = Some(Arc::new(store));
        Self { tracing, ..self }
    }

    /// Plays [`Role::Imports`].
    #[must_use]
    pub fn imports(self, store: impl EventImporter + 'static) -> Self {
        let imports: Option<Arc<dyn EventImporter>> = Some(Arc::new(store));
        Self { imports, ..self }
    }

    /// Plays [`Role::Deletes`].
    #[must_use]
    pub fn deletes(self, store: impl StreamDeleter + 'static) -> Self {
        let deletes: Option<Arc<dyn StreamDeleter>> = Some(Arc::new(store));
        Self { deletes, ..self }
    }

    /// Plays [`Role::Snapshots`].
    #[must_use]
    pub fn snapshots(self, store: impl SnapshotStore + 'static) -> Self {
        let snapshots: Option<Arc<dyn SnapshotStore>> = Some(Arc::new(store));
        Self { snapshots, ..self }
    }

    /// Plays [`Role::Subscriptions`].
    #[must_use]
    pub fn subscriptions(
        self,
        store: impl Notifier + SubscriptionStore + SubscriptionLocks + SubscriptionStatusStore + 'static,
    ) -> Self {
        let subscriptions: Option<Arc<dyn Subscriptions>> = Some(Arc::new(store));
        Self { subscriptions, ..self }
    }

    /// Plays [`Role::Administration`].
    #[must_use]
    pub fn administration(self, store: impl SubscriptionAdmin + 'static) -> Self {
        let administration: Option<Arc<dyn SubscriptionAdmin>> = Some(Arc::new(store));
        Self { administration, ..self }
    }

    /// Plays [`Role::Parking`].
    #[must_use]
    pub fn parking(self, store: impl ParkedEventStore + 'static) -> Self {
        let parking: Option<Arc<dyn ParkedEventStore>> = Some(Arc::new(store));
        Self { parking, ..self }
    }

    /// Plays [`Role::Projections`].
    #[must_use]
    pub fn projections(self, store: impl AnyProjectionStore + 'static) -> Self {
        let projections: Option<Arc<dyn AnyProjectionStore>> = Some(Arc::new(store));
        Self { projections, ..self }
    }

    /// Is closed by closing this store.
    #[must_use]
    pub fn closing(self, store: impl Closable + 'static) -> Self {
        let closing: Option<Arc<dyn Closable>> = Some(Arc::new(store));
        Self { closing, ..self }
    }

    /// Plays [`Role::Statistics`].
    #[must_use]
    pub fn statistics(self, store: impl StatisticsSource + 'static) -> Self {
        let statistics: Option<Arc<dyn StatisticsSource>> = Some(Arc::new(store));
        Self { statistics, ..self }
    }
}

/// Closes the store that [`Parts::closing`] names, if there is one.
#[async_trait]
impl Closable for Parts {
    async fn close(&self) {
        if let Some(store) = &self.closing {
            store.close().await;
        }
    }
}

/// Keeps the bytes of payloads. A backend that keeps JSON says so in its harness.
impl PayloadStorage for Parts {
    fn payload_format(&self) -> PayloadFormat {
        PayloadFormat::Bytes
    }
}

trait Streams: EventWriter + EventReader + StreamDirectory {}

impl<S: EventWriter + EventReader + StreamDirectory> Streams for S {}

trait Subscriptions: Notifier + SubscriptionStore + SubscriptionLocks + SubscriptionStatusStore {}

impl<S: Notifier + SubscriptionStore + SubscriptionLocks + SubscriptionStatusStore> Subscriptions for S {}

fn player<S: ?Sized>(part: Option<&Arc<S>>, role: Role) -> Result<&S> {
    part.map(|part| &**part).ok_or_else(|| MissingRole(role).into())
}

#[async_trait]
impl EventWriter for Parts {
    async fn append(&self, append: Append) -> Result<AppendReceipt> {
        player(self.streams.as_ref(), Role::Streams)?.append(append).await
    }

    async fn append_set(&self, set: AppendSet) -> Result<Vec<AppendReceipt>> {
        player(self.streams.as_ref(), Role::Streams)?.append_set(set).await
    }
}

#[async_trait]
impl EventReader for Parts {
    async fn read_page(&self, request: PageRequest) -> Result<Page> {
        player(self.streams.as_ref(), Role::Streams)?.read_page(request).await
    }

    fn read_pages(&self, cursor: PageCursor) -> PageStream<'_> {
        match player(self.streams.as_ref(), Role::Streams) {
            Ok(streams) => streams.read_pages(cursor),
            Err(missing) => stream::once(ready(Err(missing))).boxed(),
        }
    }

    async fn number_at(&self, selector: &StreamSelector, at: Timestamp) -> Result<EventNumber> {
        player(self.streams.as_ref(), Role::Streams)?
            .number_at(selector, at)
            .await
    }

    fn metrics_label(&self) -> &str {
        self.streams.as_ref().map_or("", |streams| streams.metrics_label())
    }
}

#[async_trait]
impl StreamDirectory for Parts {
    async fn stream_info(&self, selector: &StreamSelector) -> Result<StreamInfo> {
        player(self.streams.as_ref(), Role::Streams)?
            .stream_info(selector)
            .await
    }

    async fn list_streams(&self, query: StreamQuery) -> Result<StreamPage> {
        player(self.streams.as_ref(), Role::Streams)?.list_streams(query).await
    }

    async fn streams_by_name(
        &self,
        prefix: &str,
        after: Option<&StreamName>,
        limit: NonZeroU32,
    ) -> Result<Vec<StreamInfo>> {
        player(self.streams.as_ref(), Role::Streams)?
            .streams_by_name(prefix, after, limit)
            .await
    }

    async fn newest_streams(&self, before: Option<u64>, limit: NonZeroU32) -> Result<Vec<StreamInfo>> {
        player(self.streams.as_ref(), Role::Streams)?
            .newest_streams(before, limit)
            .await
    }
}

#[async_trait]
impl EventLinker for Parts {
    async fn link(&self, link: Link) -> Result<LinkReceipt> {
        player(self.links.as_ref(), Role::Links)?.link(link).await
    }
}

#[async_trait]
impl EventLookup for Parts {
    async fn find_event(&self, id: EventId) -> Result<Option<FoundEvent>> {
        player(self.lookup.as_ref(), Role::Lookup)?.find_event(id).await
    }
}

#[async_trait]
impl EventTracing for Parts {
    async fn caused_by(&self, cause: EventId, after: Option<Position>, limit: NonZeroU32) -> Result<TracedEvents> {
        player(self.tracing.as_ref(), Role::Tracing)?
            .caused_by(cause, after, limit)
            .await
    }

    async fn correlated(&self, correlation: Uuid, after: Option<Position>, limit: NonZeroU32) -> Result<TracedEvents> {
        player(self.tracing.as_ref(), Role::Tracing)?
            .correlated(correlation, after, limit)
            .await
    }
}

#[async_trait]
impl EventImporter for Parts {
    async fn import(&self, runs: &[ImportRun], conflicts: ImportConflicts) -> Result<Imported> {
        player(self.imports.as_ref(), Role::Imports)?
            .import(runs, conflicts)
            .await
    }
}

#[async_trait]
impl StreamDeleter for Parts {
    async fn delete(&self, delete: Delete) -> Result<()> {
        player(self.deletes.as_ref(), Role::Deletes)?.delete(delete).await
    }

    async fn undelete(&self, stream: &StreamName) -> Result<()> {
        player(self.deletes.as_ref(), Role::Deletes)?.undelete(stream).await
    }
}

#[async_trait]
impl SnapshotStore for Parts {
    async fn read_snapshot(&self, source: &StreamName) -> Result<Option<RecordedSnapshot>> {
        player(self.snapshots.as_ref(), Role::Snapshots)?
            .read_snapshot(source)
            .await
    }

    async fn list_snapshots(&self, after: Option<&StreamName>, limit: u32) -> Result<Vec<RecordedSnapshot>> {
        player(self.snapshots.as_ref(), Role::Snapshots)?
            .list_snapshots(after, limit)
            .await
    }

    async fn record_snapshot(&self, snapshot: Snapshot, policy: SnapshotPolicy) -> Result<SnapshotOutcome> {
        player(self.snapshots.as_ref(), Role::Snapshots)?
            .record_snapshot(snapshot, policy)
            .await
    }

    async fn delete_snapshot(&self, source: &StreamName) -> Result<()> {
        player(self.snapshots.as_ref(), Role::Snapshots)?
            .delete_snapshot(source)
            .await
    }
}

#[async_trait]
impl SubscriptionStore for Parts {
    async fn find_or_create_subscription(
        &self,
        key: &SubscriptionKey,
        start_after: EventNumber,
    ) -> Result<SubscriptionRecord> {
        player(self.subscriptions.as_ref(), Role::Subscriptions)?
            .find_or_create_subscription(key, start_after)
            .await
    }

    async fn save_checkpoint(&self, lease: LeaseToken, checkpoint: EventNumber) -> Result<CheckpointOutcome> {
        player(self.subscriptions.as_ref(), Role::Subscriptions)?
            .save_checkpoint(lease, checkpoint)
            .await
    }
}

#[async_trait]
impl SubscriptionLocks for Parts {
    async fn try_acquire(&self, key: &SubscriptionKey, start_after: EventNumber) -> Result<Option<AcquiredLease>> {
        player(self.subscriptions.as_ref(), Role::Subscriptions)?
            .try_acquire(key, start_after)
            .await
    }

    async fn watch_stream(&self, lease: LeaseToken) -> Result<StreamWatch> {
        player(self.subscriptions.as_ref(), Role::Subscriptions)?
            .watch_stream(lease)
            .await
    }
}

#[async_trait]
impl SubscriptionStatusStore for Parts {
    async fn report_status(&self, lease: LeaseToken, report: &StatusReport) -> Result<StatusOutcome> {
        player(self.subscriptions.as_ref(), Role::Subscriptions)?
            .report_status(lease, report)
            .await
    }

    async fn subscription_statuses(&self) -> Result<Vec<ReportedStatus>> {
        player(self.subscriptions.as_ref(), Role::Subscriptions)?
            .subscription_statuses()
            .await
    }
}

#[async_trait]
impl SubscriptionAdmin for Parts {
    async fn list_subscriptions(&self) -> Result<Vec<SubscriptionInfo>> {
        player(self.administration.as_ref(), Role::Administration)?
            .list_subscriptions()
            .await
    }

    async fn subscription_info(&self, key: &SubscriptionKey) -> Result<SubscriptionInfo> {
        player(self.administration.as_ref(), Role::Administration)?
            .subscription_info(key)
            .await
    }

    async fn delete_subscription(&self, key: &SubscriptionKey, policy: HolderPolicy) -> Result<()> {
        player(self.administration.as_ref(), Role::Administration)?
            .delete_subscription(key, policy)
            .await
    }

    async fn set_checkpoint(&self, key: &SubscriptionKey, checkpoint: EventNumber, policy: HolderPolicy) -> Result<()> {
        player(self.administration.as_ref(), Role::Administration)?
            .set_checkpoint(key, checkpoint, policy)
            .await
    }
}

#[async_trait]
impl ParkedEventStore for Parts {
    async fn park(&self, parking: &Parking) -> Result<ParkOutcome> {
        player(self.parking.as_ref(), Role::Parking)?.park(parking).await
    }

    async fn parked_backlog(&self, id: SubscriptionId) -> Result<ParkedBacklog> {
        player(self.parking.as_ref(), Role::Parking)?.parked_backlog(id).await
    }

    async fn count_parked(&self, id: SubscriptionId) -> Result<u64> {
        player(self.parking.as_ref(), Role::Parking)?.count_parked(id).await
    }

    async fn list_parked(&self, id: SubscriptionId, after: EventNumber, limit: u32) -> Result<Vec<ParkedEvent>> {
        player(self.parking.as_ref(), Role::Parking)?
            .list_parked(id, after, limit)
            .await
    }

    async fn unpark(&self, id: SubscriptionId, number: EventNumber) -> Result<bool> {
        player(self.parking.as_ref(), Role::Parking)?.unpark(id, number).await
    }
}

#[async_trait]
impl ProjectionStore for Parts {
    type Transaction = AnyTransaction;

    async fn begin_step(&self, step: ProjectionStep) -> Result<BegunProjection<AnyTransaction>> {
        player(self.projections.as_ref(), Role::Projections)?
            .begin_any_step(step)
            .await
    }

    async fn commit_step(&self, transaction: AnyTransaction) -> Result<()> {
        player(self.projections.as_ref(), Role::Projections)?
            .commit_any_step(transaction)
            .await
    }
}

impl Notifier for Parts {
    fn listen(&self, selector: &StreamSelector) -> Box<dyn Listener> {
        match &self.subscriptions {
            Some(store) => store.listen(selector),
            None => Box::new(Deaf),
        }
    }

    fn deliver_in_process_to(&self, recipient: Weak<dyn InProcessReceiver>) {
        if let Some(store) = &self.subscriptions {
            store.deliver_in_process_to(recipient);
        }
    }

    fn storage_epoch(&self) -> u64 {
        self.subscriptions.as_ref().map_or(0, Notifier::storage_epoch)
    }
}

/// Listens to a backend that notifies no one: as if its notifier had been shut down.
struct Deaf;

#[async_trait]
impl Listener for Deaf {
    async fn hint(&mut self) -> Option<Hint> {
        None
    }
}

#[async_trait]
impl StatisticsSource for Parts {
    async fn statistics(&self) -> Result<StoreStatistics> {
        player(self.statistics.as_ref(), Role::Statistics)?.statistics().await
    }
}

#[cfg(test)]
mod tests {
    use eventstore_core::Error;

    use super::*;
    use crate::MemoryStore;
    use crate::conformance::sample::{grow, stream};

    #[tokio::test]
    async fn a_call_of_a_missing_role_names_it() {
        let parts = Parts::default().streams(MemoryStore::new());
        grow(&parts, &stream("s"), 1).await;
        let Err(Error::Storage { source, .. }) = parts.undelete(&stream("s")).await else {
            panic!("the role `deletes` is not played");
        };
        assert_eq!(source.downcast_ref(), Some(&MissingRole(Role::Deletes)));
    }

    #[tokio::test]
    async fn a_listener_of_nobody_has_been_told_that_the_notifier_is_gone() {
        let parts = Parts::default().streams(MemoryStore::new());
        assert_eq!(parts.listen(&StreamSelector::All).hint().await, None);
    }
}
