//! The storage traits: each call of a store but an append runs on a session of its own.

use async_trait::async_trait;
use eventstore_core::{
    Append, AppendReceipt, AppendSet, BegunProjection, CheckpointOutcome, Delete, EventLinker, EventNumber,
    EventReader, EventWriter, HolderPolicy, Lease, Link, LinkReceipt, Listener, Notifier, Page, PageCursor,
    PageRequest, PageStream, ParkOutcome, ParkedBacklog, ParkedEvent, ParkedEventStore, Parking, ProjectionStep,
    ProjectionStore, RecordedSnapshot, Result, Snapshot, SnapshotOutcome, SnapshotPolicy, SnapshotStore, StreamDeleter,
    StreamDirectory, StreamInfo, StreamName, StreamPage, StreamQuery, StreamSelector, SubscriptionAdmin,
    SubscriptionId, SubscriptionInfo, SubscriptionKey, SubscriptionLocks, SubscriptionRecord, SubscriptionStore,
    Timestamp,
};

use crate::read_ahead::ReadAhead;
use crate::{OnConnection, PostgresStore, PostgresTransaction};

macro_rules! run_on_sessions_of {
    ($store:ty $(, $($read_pages:tt)*)?) => {
        #[async_trait]
        impl EventReader for $store {
            async fn read_page(&self, request: PageRequest) -> Result<Page> {
                self.session().await?.read_page(&request).await
            }

            $($($read_pages)*)?

            async fn number_at(&self, selector: &StreamSelector, at: Timestamp) -> Result<EventNumber> {
                self.session().await?.number_at(selector, at).await
            }
        }

        #[async_trait]
        impl EventLinker for $store {
            async fn link(&self, link: Link) -> Result<LinkReceipt> {
                self.session().await?.link(&link).await
            }
        }

        #[async_trait]
        impl StreamDeleter for $store {
            async fn delete(&self, delete: Delete) -> Result<()> {
                self.session().await?.delete(&delete).await
            }

            async fn undelete(&self, stream: &StreamName) -> Result<()> {
                self.session().await?.undelete(stream).await
            }
        }

        #[async_trait]
        impl StreamDirectory for $store {
            async fn stream_info(&self, selector: &StreamSelector) -> Result<StreamInfo> {
                self.session().await?.stream_info(selector).await
            }

            async fn list_streams(&self, query: StreamQuery) -> Result<StreamPage> {
                self.session().await?.list_streams(&query).await
            }
        }

        #[async_trait]
        impl SnapshotStore for $store {
            async fn read_snapshot(&self, source: &StreamName) -> Result<Option<RecordedSnapshot>> {
                self.session().await?.read_snapshot(source).await
            }

            async fn record_snapshot(&self, snapshot: Snapshot, policy: SnapshotPolicy) -> Result<SnapshotOutcome> {
                self.session().await?.record_snapshot(&snapshot, policy).await
            }

            async fn delete_snapshot(&self, source: &StreamName) -> Result<()> {
                self.session().await?.delete_snapshot(source).await
            }
        }

        #[async_trait]
        impl SubscriptionStore for $store {
            async fn find_or_create_subscription(
                &self,
                key: &SubscriptionKey,
                start_after: EventNumber,
            ) -> Result<SubscriptionRecord> {
                self.session()
                    .await?
                    .find_or_create_subscription(key, start_after)
                    .await
            }

            async fn save_checkpoint(&self, id: SubscriptionId, checkpoint: EventNumber) -> Result<CheckpointOutcome> {
                self.session().await?.save_checkpoint(id, checkpoint).await
            }
        }

        #[async_trait]
        impl SubscriptionAdmin for $store {
            async fn list_subscriptions(&self) -> Result<Vec<SubscriptionInfo>> {
                self.session().await?.list_subscriptions().await
            }

            async fn subscription_info(&self, key: &SubscriptionKey) -> Result<SubscriptionInfo> {
                self.session().await?.subscription_info(key).await
            }

            async fn delete_subscription(&self, key: &SubscriptionKey, policy: HolderPolicy) -> Result<()> {
                self.session().await?.delete_subscription(key, policy).await
            }

            async fn set_checkpoint(
                &self,
                key: &SubscriptionKey,
                checkpoint: EventNumber,
                policy: HolderPolicy,
            ) -> Result<()> {
                self.session()
                    .await?
                    .set_checkpoint(key, checkpoint, policy)
                    .await
            }
        }
    };
}

#[async_trait]
impl EventWriter for PostgresStore {
    async fn append(&self, append: Append) -> Result<AppendReceipt> {
        self.in_time(self.append_in_group(append)).await
    }

    async fn append_set(&self, set: AppendSet) -> Result<Vec<AppendReceipt>> {
        self.session().await?.append_set(&set).await
    }
}

#[async_trait]
impl EventWriter for OnConnection<'_> {
    async fn append(&self, append: Append) -> Result<AppendReceipt> {
        self.session().await?.append(&append).await
    }

    async fn append_set(&self, set: AppendSet) -> Result<Vec<AppendReceipt>> {
        self.session().await?.append_set(&set).await
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
        self.session().await?.parked_backlog(id).await
    }

    async fn list_parked(&self, id: SubscriptionId, after: EventNumber, limit: u32) -> Result<Vec<ParkedEvent>> {
        self.session().await?.list_parked(id, after, limit).await
    }

    async fn unpark(&self, id: SubscriptionId, number: EventNumber) -> Result<bool> {
        self.session().await?.unpark(id, number).await
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
    async fn try_acquire(&self, id: SubscriptionId) -> Result<Option<Box<dyn Lease>>> {
        self.inner.locks.try_acquire(id).await
    }
}

impl Notifier for PostgresStore {
    fn listen(&self, selector: &StreamSelector) -> Box<dyn Listener> {
        self.inner.hub.listen(selector)
    }
}
