use std::num::NonZeroU32;

use async_trait::async_trait;
use eventstore_core::backend::{
    EventImporter, ImportConflicts, ImportRun, Imported, Page, PageCursor, PageRequest, PageStream,
};
use eventstore_core::{
    Append, AppendReceipt, AppendSet, Delete, EventId, EventLinker, EventLookup, EventNumber, EventReader,
    EventTracing, EventWriter, FoundEvent, Link, LinkReceipt, Position, RecordedSnapshot, Result, Snapshot,
    SnapshotOutcome, SnapshotPolicy, SnapshotStore, StatisticsSource, StoreStatistics, StreamDeleter, StreamDirectory,
    StreamInfo, StreamName, StreamPage, StreamQuery, StreamSelector, Timestamp, TracedEvents,
};
use futures_util::future::ready;
use futures_util::stream::{self, StreamExt};
use uuid::Uuid;

use super::{Parts, player};
use crate::conformance::Role;

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
impl StatisticsSource for Parts {
    async fn statistics(&self) -> Result<StoreStatistics> {
        player(self.statistics.as_ref(), Role::Statistics)?.statistics().await
    }
}
