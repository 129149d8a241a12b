use async_trait::async_trait;
use bytes::Bytes;
use eventstore_core::{
    EventType, RecordedSnapshot, Result, Snapshot, SnapshotOutcome, SnapshotPolicy, SnapshotStore, StreamName,
    StreamVersion, Timestamp,
};
use sqlx::Row;
use sqlx::postgres::PgRow;
use time::OffsetDateTime;

use crate::PostgresStore;
use crate::append::{ATTEMPTS, too_much_contention};
use crate::error::{damaged, reading, writing};

#[async_trait]
impl SnapshotStore for PostgresStore {
    async fn read_snapshot(&self, source: &StreamName) -> Result<Option<RecordedSnapshot>> {
        let query = sqlx::query(self.statements().read_snapshot.text()).bind(source.as_str());
        let mut client = self.client().await?;
        let row = client
            .run(async |connection| query.fetch_optional(connection).await)
            .await
            .map_err(reading)?;
        row.map(|row| decode(source, &row)).transpose()
    }

    async fn record_snapshot(&self, snapshot: Snapshot, policy: SnapshotPolicy) -> Result<SnapshotOutcome> {
        for _ in 0..ATTEMPTS {
            if self.try_record(&snapshot, policy).await? {
                return Ok(SnapshotOutcome::Recorded);
            }
            match self.read_snapshot(&snapshot.source).await? {
                Some(recorded) if recorded.snapshot.version > snapshot.version => {
                    return Ok(SnapshotOutcome::Superseded(recorded.snapshot.version));
                }
                _ => {}
            }
        }
        Err(too_much_contention())
    }

    async fn delete_snapshot(&self, source: &StreamName) -> Result<()> {
        let query = sqlx::query(self.statements().delete_snapshot.text()).bind(source.as_str());
        let mut client = self.client().await?;
        client
            .run(async |connection| query.execute(connection).await)
            .await
            .map_err(writing)?;
        Ok(())
    }
}

impl PostgresStore {
    async fn try_record(&self, snapshot: &Snapshot, policy: SnapshotPolicy) -> Result<bool> {
        let query = sqlx::query(self.statements().record_snapshot.text())
            .bind(snapshot.source.as_str())
            .bind(snapshot.version.as_i64())
            .bind(snapshot.snapshot_type.as_str())
            .bind(&snapshot.data[..])
            .bind(snapshot.metadata.as_deref())
            .bind(policy == SnapshotPolicy::Replace);
        let mut client = self.client().await?;
        let done = client
            .run(async |connection| query.execute(connection).await)
            .await
            .map_err(writing)?;
        Ok(done.rows_affected() > 0)
    }
}

fn decode(source: &StreamName, row: &PgRow) -> Result<RecordedSnapshot> {
    let version: i64 = row.try_get("source_version").map_err(reading)?;
    let snapshot_type: &str = row.try_get("source_type").map_err(reading)?;
    let data: &[u8] = row.try_get("data").map_err(reading)?;
    let metadata: Option<&[u8]> = row.try_get("metadata").map_err(reading)?;
    let created_at: OffsetDateTime = row.try_get("created_at").map_err(reading)?;
    Ok(RecordedSnapshot {
        snapshot: Snapshot {
            source: source.clone(),
            version: StreamVersion::try_from(version).map_err(damaged)?,
            snapshot_type: EventType::new(snapshot_type).map_err(damaged)?,
            data: Bytes::copy_from_slice(data),
            metadata: metadata.map(Bytes::copy_from_slice),
        },
        created_at: Timestamp::try_from(created_at).map_err(damaged)?,
    })
}
