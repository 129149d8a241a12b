//! The storage traits: each call of a store but an append runs on a session of its own.

use std::sync::Weak;
use std::time::Instant;

use async_trait::async_trait;
use eventstore_core::backend::{
    AcquiredLease, BegunProjection, CheckpointOutcome, EventImporter, ImportConflicts, ImportRun, Imported,
    InProcessReceiver, LeaseToken, Listener, Notifier, Page, PageCursor, PageRequest, PageStream, ParkOutcome,
    ParkedBacklog, Parking, ProjectionStep, ProjectionStore, StreamWatch, SubscriptionLocks, SubscriptionRecord,
    SubscriptionStore,
};
use eventstore_core::{
    Append, AppendReceipt, AppendSet, Delete, EventId, EventLinker, EventLookup, EventNumber, EventReader, EventWriter,
    FoundEvent, HolderPolicy, Link, LinkReceipt, ParkedEvent, ParkedEventStore, RecordedSnapshot, Result, Snapshot,
    SnapshotOutcome, SnapshotPolicy, SnapshotStore, StreamDeleter, StreamDirectory, StreamInfo, StreamName, StreamPage,
    StreamQuery, StreamSelector, SubscriptionAdmin, SubscriptionId, SubscriptionInfo, SubscriptionKey, Timestamp,
};

use crate::observe::{appended, observed};
use crate::read::ahead::ReadAhead;
use crate::{OnConnection, PostgresStore, PostgresTransaction};

macro_rules! run_on_sessions_of {
    ($store:ty $(, $($read_pages:tt)*)?) => {
        #[async_trait]
        impl EventReader for $store {
            async fn read_page(&self, request: PageRequest) -> Result<Page> {
                observed(self.label(), "read_page", async { self.session().await?.read_page(&request).await }).await
            }

            $($($read_pages)*)?

            async fn number_at(&self, selector: &StreamSelector, at: Timestamp) -> Result<EventNumber> {
                observed(self.label(), "number_at", async { self.session().await?.number_at(selector, at).await }).await
            }

            fn metrics_label(&self) -> &str {
                self.label().as_str()
            }
        }

        #[async_trait]
        impl EventLookup for $store {
            async fn find_event(&self, id: EventId) -> Result<Option<FoundEvent>> {
                observed(self.label(), "find_event", async { self.session().await?.find_event(id).await }).await
            }
        }

        #[async_trait]
        impl EventImporter for $store {
            async fn import(&self, runs: &[ImportRun], conflicts: ImportConflicts) -> Result<Imported> {
                observed(self.label(), "import", async { self.session_for_change().await?.import(runs, conflicts).await }).await
            }
        }

        #[async_trait]
        impl EventLinker for $store {
            async fn link(&self, link: Link) -> Result<LinkReceipt> {
                observed(self.label(), "link", async { self.session_for_change().await?.link(&link).await }).await
            }
        }

        #[async_trait]
        impl StreamDeleter for $store {
            async fn delete(&self, delete: Delete) -> Result<()> {
                observed(self.label(), "delete", async { self.session_for_change().await?.delete(&delete).await }).await
            }

            async fn undelete(&self, stream: &StreamName) -> Result<()> {
                observed(self.label(), "undelete", async { self.session_for_change().await?.undelete(stream).await }).await
            }
        }

        #[async_trait]
        impl StreamDirectory for $store {
            async fn stream_info(&self, selector: &StreamSelector) -> Result<StreamInfo> {
                observed(self.label(), "stream_info", async { self.session().await?.stream_info(selector).await }).await
            }

            async fn list_streams(&self, query: StreamQuery) -> Result<StreamPage> {
                observed(self.label(), "list_streams", async { self.session().await?.list_streams(&query).await }).await
            }
        }

        #[async_trait]
        impl SnapshotStore for $store {
            async fn read_snapshot(&self, source: &StreamName) -> Result<Option<RecordedSnapshot>> {
                observed(self.label(), "read_snapshot", async { self.session().await?.read_snapshot(source).await }).await
            }

            async fn list_snapshots(&self, after: Option<&StreamName>, limit: u32) -> Result<Vec<RecordedSnapshot>> {
                observed(self.label(), "list_snapshots", async { self.session().await?.list_snapshots(after, limit).await }).await
            }

            async fn record_snapshot(&self, snapshot: Snapshot, policy: SnapshotPolicy) -> Result<SnapshotOutcome> {
                observed(self.label(), "record_snapshot", async { self.session_for_change().await?.record_snapshot(&snapshot, policy).await }).await
            }

            async fn delete_snapshot(&self, source: &StreamName) -> Result<()> {
                observed(self.label(), "delete_snapshot", async { self.session_for_change().await?.delete_snapshot(source).await }).await
            }
        }

        #[async_trait]
        impl SubscriptionStore for $store {
            async fn find_or_create_subscription(
                &self,
                key: &SubscriptionKey,
                start_after: EventNumber,
            ) -> Result<SubscriptionRecord> {
                observed(self.label(), "find_or_create_subscription", async { self.session_for_change().await?.find_or_create_subscription(key, start_after).await }).await
            }

            async fn save_checkpoint(&self, lease: LeaseToken, checkpoint: EventNumber) -> Result<CheckpointOutcome> {
                observed(self.label(), "save_checkpoint", self.save_checkpoint_of(lease, checkpoint)).await
            }
        }

        #[async_trait]
        impl SubscriptionAdmin for $store {
            async fn list_subscriptions(&self) -> Result<Vec<SubscriptionInfo>> {
                observed(self.label(), "list_subscriptions", async { self.session().await?.list_subscriptions().await }).await
            }

            async fn subscription_info(&self, key: &SubscriptionKey) -> Result<SubscriptionInfo> {
                observed(self.label(), "subscription_info", async { self.session().await?.subscription_info(key).await }).await
            }

            async fn delete_subscription(&self, key: &SubscriptionKey, policy: HolderPolicy) -> Result<()> {
                observed(self.label(), "delete_subscription", async { self.session_for_change().await?.delete_subscription(key, policy).await }).await
            }

            async fn set_checkpoint(
                &self,
                key: &SubscriptionKey,
                checkpoint: EventNumber,
                policy: HolderPolicy,
            ) -> Result<()> {
                observed(self.label(), "set_checkpoint", async { self.session_for_change().await?.set_checkpoint(key, checkpoint, policy).await }).await
            }
        }
    };
}

#[async_trait]
impl EventWriter for PostgresStore {
    async fn append(&self, append: Append) -> Result<AppendReceipt> {
        let receipt = observed(self.label(), "append", self.in_time(self.append_in_group(append))).await?;
        appended(self.label(), &receipt);
        Ok(receipt)
    }

    async fn append_set(&self, set: AppendSet) -> Result<Vec<AppendReceipt>> {
        let began_at = Instant::now();
        let receipts = observed(self.label(), "append_set", async {
            self.session_for_change().await?.append_set(&set).await
        })
        .await?;
        for (append, receipt) in set.appends().iter().zip(&receipts) {
            self.inner.hub.committed(append, receipt, began_at);
        }
        Ok(receipts)
    }
}

#[async_trait]
impl EventWriter for OnConnection<'_> {
    async fn append(&self, append: Append) -> Result<AppendReceipt> {
        observed(self.label(), "append", async {
            self.session().await?.append(&append).await
        })
        .await
    }

    async fn append_set(&self, set: AppendSet) -> Result<Vec<AppendReceipt>> {
        observed(self.label(), "append_set", async {
            self.session_for_change().await?.append_set(&set).await
        })
        .await
    }
}

run_on_sessions_of!(
    PostgresStore,
    fn read_pages(&self, cursor: PageCursor) -> PageStream<'_> {
        ReadAhead::pages(self, cursor)
    }
);
run_on_sessions_of!(OnConnection<'_>);

#[async_trait]
impl ParkedEventStore for PostgresStore {
    async fn park(&self, parking: &Parking) -> Result<ParkOutcome> {
        self.park_in_transaction(parking).await
    }

    async fn parked_backlog(&self, id: SubscriptionId) -> Result<ParkedBacklog> {
        observed(self.label(), "parked_backlog", async {
            self.session().await?.parked_backlog(id).await
        })
        .await
    }

    async fn count_parked(&self, id: SubscriptionId) -> Result<u64> {
        observed(self.label(), "count_parked", async {
            self.session().await?.count_parked(id).await
        })
        .await
    }

    async fn list_parked(&self, id: SubscriptionId, after: EventNumber, limit: u32) -> Result<Vec<ParkedEvent>> {
        observed(self.label(), "list_parked", async {
            self.session().await?.list_parked(id, after, limit).await
        })
        .await
    }

    async fn unpark(&self, id: SubscriptionId, number: EventNumber) -> Result<bool> {
        observed(self.label(), "unpark", async {
            self.session_for_change().await?.unpark(id, number).await
        })
        .await
    }
}

#[async_trait]
impl ProjectionStore for PostgresStore {
    type Transaction = PostgresTransaction;

    async fn begin_step(&self, step: ProjectionStep) -> Result<BegunProjection<PostgresTransaction>> {
        self.begin_projection(step).await
    }

    async fn commit_step(&self, transaction: PostgresTransaction) -> Result<()> {
        transaction.commit().await
    }
}

#[async_trait]
impl SubscriptionLocks for PostgresStore {
    async fn try_acquire(&self, key: &SubscriptionKey, start_after: EventNumber) -> Result<Option<AcquiredLease>> {
        self.refuse_if_closed()?;
        self.in_time_or_not_at_all(self.inner.locks.try_acquire(key, start_after))
            .await
    }

    async fn watch_stream(&self, lease: LeaseToken) -> Result<StreamWatch> {
        self.in_time_or_not_at_all(self.inner.locks.watch_stream(lease)).await
    }
}

impl Notifier for PostgresStore {
    fn listen(&self, selector: &StreamSelector) -> Box<dyn Listener> {
        self.inner.hub.listen(selector)
    }

    fn deliver_in_process_to(&self, recipient: Weak<dyn InProcessReceiver>) {
        self.inner.hub.deliver_in_process_to(recipient);
    }

    fn storage_epoch(&self) -> u64 {
        self.inner.hub.storage_epoch()
    }
}
