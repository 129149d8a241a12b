use bytes::Bytes;
use eventstore_core::backend::PageRequest;
use eventstore_core::{
    EventType, RecordedSnapshot, Result, Snapshot, SnapshotOutcome, SnapshotPolicy, StreamName, StreamVersion,
    Timestamp,
};

use crate::connection::Database;
use crate::error::failed;
use crate::sql;
use crate::values::now;

type Row = (String, i64, String, i64, Vec<u8>, Option<Vec<u8>>);

impl Database {
    pub(crate) async fn read_snapshot(&self, source: &StreamName) -> Result<Option<RecordedSnapshot>> {
        let row: Option<Row> = sqlx::query_as(sql::READ_SNAPSHOT)
            .bind(source.as_str())
            .fetch_optional(&mut *self.reader().await?)
            .await
            .map_err(failed)?;
        row.map(recorded).transpose()
    }

    /// The list ends before its payloads would have more bytes than those of a page of events.
    pub(crate) async fn list_snapshots(&self, after: Option<&StreamName>, limit: u32) -> Result<Vec<RecordedSnapshot>> {
        let bytes = i64::try_from(PageRequest::DEFAULT_MAX_BYTES.get()).unwrap_or(i64::MAX);
        let rows: Vec<Row> = sqlx::query_as(sql::LIST_SNAPSHOTS)
            .bind(after.map(StreamName::as_str))
            .bind(i64::from(limit))
            .bind(bytes)
            .fetch_all(&mut *self.reader().await?)
            .await
            .map_err(failed)?;
        rows.into_iter().map(recorded).collect()
    }

    pub(crate) async fn record_snapshot(&self, snapshot: &Snapshot, policy: SnapshotPolicy) -> Result<SnapshotOutcome> {
        let mut transaction = self.begin().await?;
        let done = sqlx::query(sql::RECORD_SNAPSHOT)
            .bind(snapshot.source.as_str())
            .bind(snapshot.version.as_i64())
            .bind(snapshot.snapshot_type.as_str())
            .bind(now()?.unix_micros())
            .bind(snapshot.data.as_ref())
            .bind(snapshot.metadata.as_deref())
            .bind(policy == SnapshotPolicy::Replace)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        if done.rows_affected() > 0 {
            transaction.commit().await?;
            return Ok(SnapshotOutcome::Recorded);
        }
        let later: i64 = sqlx::query_scalar(sql::FIND_SNAPSHOT_VERSION)
            .bind(snapshot.source.as_str())
            .fetch_one(&mut *transaction)
            .await
            .map_err(failed)?;
        Ok(SnapshotOutcome::Superseded(StreamVersion::from_storage(later)?))
    }

    pub(crate) async fn delete_snapshot(&self, source: &StreamName) -> Result<()> {
        let mut transaction = self.begin().await?;
        sqlx::query(sql::DELETE_SNAPSHOT)
            .bind(source.as_str())
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        transaction.commit().await
    }
}

fn recorded((source, version, snapshot_type, created_at, data, metadata): Row) -> Result<RecordedSnapshot> {
    Ok(RecordedSnapshot {
        snapshot: Snapshot {
            source: StreamName::from_storage(source),
            version: StreamVersion::from_storage(version)?,
            snapshot_type: EventType::from_storage(snapshot_type),
            data: data.into(),
            metadata: metadata.map(Bytes::from),
        },
        created_at: Timestamp::from_storage(created_at)?,
    })
}
