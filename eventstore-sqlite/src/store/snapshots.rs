use async_trait::async_trait;
use eventstore_core::{RecordedSnapshot, Result, Snapshot, SnapshotOutcome, SnapshotPolicy, SnapshotStore, StreamName};

use crate::SqliteStore;

#[async_trait]
impl SnapshotStore for SqliteStore {
    async fn read_snapshot(&self, source: &StreamName) -> Result<Option<RecordedSnapshot>> {
        self.database()
            .label()
            .observed("read_snapshot", self.database().read_snapshot(source))
            .await
    }

    async fn list_snapshots(&self, after: Option<&StreamName>, limit: u32) -> Result<Vec<RecordedSnapshot>> {
        let call = self.database().list_snapshots(after, limit);
        self.database().label().observed("list_snapshots", call).await
    }

    async fn record_snapshot(&self, snapshot: Snapshot, policy: SnapshotPolicy) -> Result<SnapshotOutcome> {
        let call = self.database().record_snapshot(&snapshot, policy);
        self.database().label().observed("record_snapshot", call).await
    }

    async fn delete_snapshot(&self, source: &StreamName) -> Result<()> {
        let call = self.database().delete_snapshot(source);
        self.database().label().observed("delete_snapshot", call).await
    }
}
