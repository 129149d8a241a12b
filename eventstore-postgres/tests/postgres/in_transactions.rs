//! The conformance suite, each call in a transaction of the caller's on a pool of the application's.

use std::num::NonZeroU32;

use async_trait::async_trait;
use eventstore_core::backend::{
    AcquiredLease, BegunProjection, CheckpointOutcome, EventImporter, HeldPartition, ImportConflicts, ImportRun,
    Imported, LeaseToken, Listener, Membership, Notifier, Page, PageRequest, ParkOutcome, ParkedBacklog, Parking,
    ProjectionStep, ProjectionStore, Renewal, StatusOutcome, SubscriptionLocks, SubscriptionRecord, SubscriptionStore,
};
use eventstore_core::{
    Append, AppendReceipt, AppendSet, BuildChange, BuildNumber, Delete, EventId, EventLinker, EventLookup, EventNumber,
    EventReader, EventTracing, EventWriter, FoundEvent, GroupInfo, GroupSettings, GroupStore, HolderPolicy, Link,
    LinkReceipt, MemberId, ParkedEvent, ParkedEventStore, PartitionNumber, Position, ProjectionBuild,
    ProjectionCatalog, ProjectionName, RecordedSnapshot, ReportedStatus, Result, Snapshot, SnapshotOutcome,
    SnapshotPolicy, SnapshotStore, StatisticsSource, StatusReport, StatusText, StoreStatistics, StreamDeleter,
    StreamDirectory, StreamInfo, StreamName, StreamPage, StreamQuery, StreamSelector, SubscriptionAdmin,
    SubscriptionId, SubscriptionInfo, SubscriptionKey, SubscriptionStatusStore, Timestamp, TracedEvents,
};
use eventstore_postgres::{PostgresConfig, PostgresStore, PostgresTransaction};
use eventstore_testkit::conformance::{self, Setup};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use uuid::Uuid;

use crate::conformance::{create_indexes, effects, make_effect};
use crate::support::Fixture;

/// Runs each call in a transaction of its own, and commits it whatever the call answered.
#[derive(Clone)]
struct InTransactions {
    store: PostgresStore,
    pool: PgPool,
}

impl InTransactions {
    async fn connect(fixture: &Fixture, config: impl Fn(PostgresConfig) -> PostgresConfig) -> Self {
        let pool = PgPoolOptions::new().connect_lazy(fixture.database.url()).unwrap();
        let store = PostgresStore::connect(config(PostgresConfig::from_pool(pool.clone())))
            .await
            .unwrap();
        Self { store, pool }
    }
}

/// A transaction that was aborted in favor of another one is for the caller to repeat.
macro_rules! in_transaction {
    ($self:ident.$call:ident($($argument:expr),*)) => {
        loop {
            let mut transaction = $self.pool.begin().await.unwrap();
            let answer = $self.store.on(&mut transaction).$call($(Clone::clone(&$argument)),*).await;
            transaction.commit().await.unwrap();
            if !matches!(answer, Err(eventstore_core::Error::Aborted { .. })) {
                break answer;
            }
        }
    };
}

#[async_trait]
impl EventWriter for InTransactions {
    async fn append(&self, append: Append) -> Result<AppendReceipt> {
        in_transaction!(self.append(append))
    }

    async fn append_set(&self, set: AppendSet) -> Result<Vec<AppendReceipt>> {
        in_transaction!(self.append_set(set))
    }
}

#[async_trait]
impl EventReader for InTransactions {
    async fn read_page(&self, request: PageRequest) -> Result<Page> {
        in_transaction!(self.read_page(request))
    }

    async fn number_at(&self, selector: &StreamSelector, at: Timestamp) -> Result<EventNumber> {
        in_transaction!(self.number_at(selector, at))
    }
}

#[async_trait]
impl EventLookup for InTransactions {
    async fn find_event(&self, id: EventId) -> Result<Option<FoundEvent>> {
        in_transaction!(self.find_event(id))
    }
}

#[async_trait]
impl EventTracing for InTransactions {
    async fn caused_by(&self, cause: EventId, after: Option<Position>, limit: NonZeroU32) -> Result<TracedEvents> {
        in_transaction!(self.caused_by(cause, after, limit))
    }

    async fn correlated(&self, correlation: Uuid, after: Option<Position>, limit: NonZeroU32) -> Result<TracedEvents> {
        in_transaction!(self.correlated(correlation, after, limit))
    }
}

#[async_trait]
impl EventImporter for InTransactions {
    async fn import(&self, runs: &[ImportRun], conflicts: ImportConflicts) -> Result<Imported> {
        in_transaction!(self.import(runs, conflicts))
    }
}

#[async_trait]
impl EventLinker for InTransactions {
    async fn link(&self, link: Link) -> Result<LinkReceipt> {
        in_transaction!(self.link(link))
    }
}

#[async_trait]
impl StreamDeleter for InTransactions {
    async fn delete(&self, delete: Delete) -> Result<()> {
        in_transaction!(self.delete(delete))
    }

    async fn undelete(&self, stream: &StreamName) -> Result<()> {
        in_transaction!(self.undelete(stream))
    }
}

#[async_trait]
impl StreamDirectory for InTransactions {
    async fn stream_info(&self, selector: &StreamSelector) -> Result<StreamInfo> {
        in_transaction!(self.stream_info(selector))
    }

    async fn list_streams(&self, query: StreamQuery) -> Result<StreamPage> {
        in_transaction!(self.list_streams(query))
    }

    async fn streams_by_name(
        &self,
        prefix: &str,
        after: Option<&StreamName>,
        limit: NonZeroU32,
    ) -> Result<Vec<StreamInfo>> {
        in_transaction!(self.streams_by_name(prefix, after, limit))
    }

    async fn newest_streams(&self, before: Option<u64>, limit: NonZeroU32) -> Result<Vec<StreamInfo>> {
        in_transaction!(self.newest_streams(before, limit))
    }
}

#[async_trait]
impl SnapshotStore for InTransactions {
    async fn read_snapshot(&self, source: &StreamName) -> Result<Option<RecordedSnapshot>> {
        in_transaction!(self.read_snapshot(source))
    }

    async fn list_snapshots(&self, after: Option<&StreamName>, limit: u32) -> Result<Vec<RecordedSnapshot>> {
        in_transaction!(self.list_snapshots(after, limit))
    }

    async fn record_snapshot(&self, snapshot: Snapshot, policy: SnapshotPolicy) -> Result<SnapshotOutcome> {
        in_transaction!(self.record_snapshot(snapshot, policy))
    }

    async fn delete_snapshot(&self, source: &StreamName) -> Result<()> {
        in_transaction!(self.delete_snapshot(source))
    }
}

#[async_trait]
impl SubscriptionStore for InTransactions {
    async fn find_or_create_subscription(
        &self,
        key: &SubscriptionKey,
        start_after: EventNumber,
    ) -> Result<SubscriptionRecord> {
        in_transaction!(self.find_or_create_subscription(key, start_after))
    }

    async fn save_checkpoint(&self, lease: LeaseToken, checkpoint: EventNumber) -> Result<CheckpointOutcome> {
        in_transaction!(self.save_checkpoint(lease, checkpoint))
    }
}

#[async_trait]
impl SubscriptionAdmin for InTransactions {
    async fn list_subscriptions(&self) -> Result<Vec<SubscriptionInfo>> {
        in_transaction!(self.list_subscriptions())
    }

    async fn subscription_info(&self, key: &SubscriptionKey) -> Result<SubscriptionInfo> {
        in_transaction!(self.subscription_info(key))
    }

    async fn delete_subscription(&self, key: &SubscriptionKey, policy: HolderPolicy) -> Result<()> {
        in_transaction!(self.delete_subscription(key, policy))
    }

    async fn set_checkpoint(&self, key: &SubscriptionKey, checkpoint: EventNumber, policy: HolderPolicy) -> Result<()> {
        in_transaction!(self.set_checkpoint(key, checkpoint, policy))
    }
}

// What needs transactions of its own runs in them.

#[async_trait]
impl SubscriptionStatusStore for InTransactions {
    async fn report_status(&self, lease: LeaseToken, report: &StatusReport) -> Result<StatusOutcome> {
        self.store.report_status(lease, report).await
    }

    async fn subscription_statuses(&self) -> Result<Vec<ReportedStatus>> {
        self.store.subscription_statuses().await
    }
}

#[async_trait]
impl GroupStore for InTransactions {
    async fn enter_group(
        &self,
        key: &SubscriptionKey,
        settings: &GroupSettings,
        start_after: EventNumber,
        member: MemberId,
        name: &StatusText,
    ) -> Result<Option<Membership>> {
        self.store.enter_group(key, settings, start_after, member, name).await
    }

    async fn renew_membership(&self, membership: Membership) -> Result<Renewal> {
        self.store.renew_membership(membership).await
    }

    async fn claim_partitions(&self, membership: Membership, at_most: u16) -> Result<Vec<HeldPartition>> {
        self.store.claim_partitions(membership, at_most).await
    }

    async fn held_partitions(&self, membership: Membership) -> Result<Vec<HeldPartition>> {
        self.store.held_partitions(membership).await
    }

    async fn release_partitions(&self, membership: Membership, partitions: &[PartitionNumber]) -> Result<()> {
        self.store.release_partitions(membership, partitions).await
    }

    async fn leave_group(&self, membership: Membership) -> Result<()> {
        self.store.leave_group(membership).await
    }

    async fn list_groups(&self) -> Result<Vec<GroupInfo>> {
        self.store.list_groups().await
    }

    async fn change_group(&self, key: &SubscriptionKey, settings: &GroupSettings) -> Result<()> {
        self.store.change_group(key, settings).await
    }
}

#[async_trait]
impl ProjectionCatalog for InTransactions {
    async fn list_builds(&self) -> Result<Vec<ProjectionBuild>> {
        self.store.list_builds().await
    }

    async fn builds_of(&self, name: &ProjectionName) -> Result<Vec<ProjectionBuild>> {
        self.store.builds_of(name).await
    }

    async fn begin_build(&self, name: &ProjectionName, version: u32) -> Result<ProjectionBuild> {
        self.store.begin_build(name, version).await
    }

    async fn change_build(
        &self,
        name: &ProjectionName,
        number: BuildNumber,
        change: &BuildChange,
    ) -> Result<ProjectionBuild> {
        self.store.change_build(name, number, change).await
    }

    async fn forget_build(&self, name: &ProjectionName, number: BuildNumber) -> Result<()> {
        self.store.forget_build(name, number).await
    }
}

#[async_trait]
impl ParkedEventStore for InTransactions {
    async fn park(&self, parking: &Parking) -> Result<ParkOutcome> {
        self.store.park(parking).await
    }

    async fn parked_backlog(&self, id: SubscriptionId) -> Result<ParkedBacklog> {
        self.store.parked_backlog(id).await
    }

    async fn count_parked(&self, id: SubscriptionId) -> Result<u64> {
        self.store.count_parked(id).await
    }

    async fn list_parked(&self, id: SubscriptionId, after: EventNumber, limit: u32) -> Result<Vec<ParkedEvent>> {
        self.store.list_parked(id, after, limit).await
    }

    async fn unpark(&self, id: SubscriptionId, number: EventNumber) -> Result<bool> {
        self.store.unpark(id, number).await
    }
}

#[async_trait]
impl StatisticsSource for InTransactions {
    async fn statistics(&self) -> Result<StoreStatistics> {
        self.store.statistics().await
    }
}

#[async_trait]
impl ProjectionStore for InTransactions {
    type Transaction = PostgresTransaction;

    async fn begin_step(&self, step: ProjectionStep) -> Result<BegunProjection<PostgresTransaction>> {
        self.store.begin_step(step).await
    }

    async fn commit_step(&self, transaction: PostgresTransaction) -> Result<()> {
        self.store.commit_step(transaction).await
    }
}

#[async_trait]
impl SubscriptionLocks for InTransactions {
    async fn try_acquire(&self, key: &SubscriptionKey, start_after: EventNumber) -> Result<Option<AcquiredLease>> {
        self.store.try_acquire(key, start_after).await
    }
}

impl Notifier for InTransactions {
    fn listen(&self, selector: &StreamSelector) -> Box<dyn Listener> {
        self.store.listen(selector)
    }
}

async fn open() -> Setup<(InTransactions, Fixture)> {
    let fixture = Fixture::new().await;
    let store = InTransactions::connect(&fixture, PostgresConfig::enable_hard_deletes).await;
    Setup::new((store, fixture), |(store, _)| store.clone())
        .another_node(async |(_, fixture)| InTransactions::connect(fixture, PostgresConfig::enable_hard_deletes).await)
        .store_without_hard_deletes(async |(_, fixture)| InTransactions::connect(fixture, |config| config).await)
        .indexes_for_tracing(async |(_, fixture)| create_indexes(fixture).await)
        .put_empty_stream(async |(_, fixture), stream| fixture.put_empty_stream(stream).await)
        .cut_notifications(async |(_, fixture)| fixture.terminate("listener").await)
        .cut_leases(async |(_, fixture)| fixture.terminate("locks").await)
        .close_store(async |(store, _)| store.store.close().await)
        .reopen(async |(_, fixture), stop| {
            fixture.end(stop).await;
            InTransactions::connect(fixture, PostgresConfig::enable_hard_deletes).await
        })
        .effects(
            async |(_, fixture), transaction: &mut PostgresTransaction, effect| {
                make_effect(fixture, transaction, effect).await;
            },
            async |(_, fixture)| effects(fixture).await,
        )
        .forge_hint(async |(_, fixture), selector, number| fixture.forge_hint(selector, number).await)
}

// An append begins with a transaction of the caller's, before the store hears of it: which ones were called before the store is
// closed is not for the store to say.
eventstore_testkit::conformance!(open; except close_store);

/// What else is said about a closed store.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn is_closed_as_any_other_store() {
    conformance::append::refuses_calls_once_it_is_closed(&open().await).await;
    conformance::trace::refuses_calls_once_it_is_closed(&open().await).await;
    conformance::link::refuses_links_once_it_is_closed(&open().await).await;
    conformance::delete::refuses_deletions_once_it_is_closed(&open().await).await;
    conformance::snapshot::refuses_calls_once_it_is_closed(&open().await).await;
    conformance::subscription_store::stores_checkpoints_of_its_leases_while_it_closes(&open().await).await;
    conformance::subscription_admin::refuses_calls_once_it_is_closed(&open().await).await;
    conformance::subscription::ends_when_its_store_is_closed(&open().await).await;
    conformance::subscription::refuses_calls_once_its_store_is_closed(&open().await).await;
}
