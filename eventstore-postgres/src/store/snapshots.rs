use async_trait::async_trait;
use eventstore_core::{RecordedSnapshot, Result, Snapshot, SnapshotOutcome, SnapshotPolicy, SnapshotStore, StreamName};

use crate::store::sessions::Sessions;
use crate::{OnConnection, PostgresStore};

#[async_trait]
impl SnapshotStore for PostgresStore {
    async fn read_snapshot(&self, source: &StreamName) -> Result<Option<RecordedSnapshot>> {
        read_snapshot(self, source).await
    }

    async fn list_snapshots(&self, after: Option<&StreamName>, limit: u32) -> Result<Vec<RecordedSnapshot>> {
        list_snapshots(self, after, limit).await
    }

    async fn record_snapshot(&self, snapshot: Snapshot, policy: SnapshotPolicy) -> Result<SnapshotOutcome> {
        record_snapshot(self, &snapshot, policy).await
    }

    async fn delete_snapshot(&self, source: &StreamName) -> Result<()> {
        delete_snapshot(self, source).await
    }
}

#[async_trait]
impl SnapshotStore for OnConnection<'_> {
    async fn read_snapshot(&self, source: &StreamName) -> Result<Option<RecordedSnapshot>> {
        read_snapshot(self, source).await
    }

    async fn list_snapshots(&self, after: Option<&StreamName>, limit: u32) -> Result<Vec<RecordedSnapshot>> {
        list_snapshots(self, after, limit).await
    }

    async fn record_snapshot(&self, snapshot: Snapshot, policy: SnapshotPolicy) -> Result<SnapshotOutcome> {
        record_snapshot(self, &snapshot, policy).await
    }

    async fn delete_snapshot(&self, source: &StreamName) -> Result<()> {
        delete_snapshot(self, source).await
    }
}

async fn read_snapshot(store: &impl Sessions, source: &StreamName) -> Result<Option<RecordedSnapshot>> {
    let call = async { store.session().await?.read_snapshot(source).await };
    store.label().observed("read_snapshot", call).await
}

async fn list_snapshots(
    store: &impl Sessions,
    after: Option<&StreamName>,
    limit: u32,
) -> Result<Vec<RecordedSnapshot>> {
    let call = async { store.session().await?.list_snapshots(after, limit).await };
    store.label().observed("list_snapshots", call).await
}

async fn record_snapshot(
    store: &impl Sessions,
    snapshot: &Snapshot,
    policy: SnapshotPolicy,
) -> Result<SnapshotOutcome> {
    let call = async {
        store
            .session_for_change()
            .await?
            .record_snapshot(snapshot, policy)
            .await
    };
    store.label().observed("record_snapshot", call).await
}

async fn delete_snapshot(store: &impl Sessions, source: &StreamName) -> Result<()> {
    let call = async { store.session_for_change().await?.delete_snapshot(source).await };
    store.label().observed("delete_snapshot", call).await
}
