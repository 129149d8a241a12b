use bytes::Bytes;
use eventstore_core::{
    EventType, RecordedSnapshot, Result, Snapshot, SnapshotOutcome, SnapshotPolicy, StreamName, StreamVersion,
    Timestamp,
};
use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::connection::{Session, Suspect};
use crate::error::{damaged, reading, writing};
use crate::values::{Payload, StoredPayload, StoredTimestamp};

impl Session<'_> {
    pub(crate) async fn read_snapshot(&mut self, source: &StreamName) -> Result<Option<RecordedSnapshot>> {
        let query = self.statements().read_snapshot.query().bind(source.as_str());
        let row = self
            .read(async |connection| query.fetch_optional(connection).await)
            .await
            .map_err(reading)?;
        row.map(|row| decode(source, &row)).transpose()
    }

    pub(crate) async fn list_snapshots(
        &mut self,
        after: Option<&StreamName>,
        limit: u32,
    ) -> Result<Vec<RecordedSnapshot>> {
        let query = self
            .statements()
            .list_snapshots
            .query()
            .bind(after.map(StreamName::as_str))
            .bind(i64::from(limit))
            .bind(i64::try_from(self.page_bytes().get()).unwrap_or(i64::MAX));
        let rows = self
            .read(async |connection| query.fetch_all(connection).await)
            .await
            .map_err(reading)?;
        rows.iter().map(decode_listed).collect()
    }

    pub(crate) async fn record_snapshot(
        &mut self,
        snapshot: &Snapshot,
        policy: SnapshotPolicy,
    ) -> Result<SnapshotOutcome> {
        let mut attempts = self.attempts();
        loop {
            let attempt = match self.try_record(snapshot, policy).await {
                Ok(true) => Ok(Some(SnapshotOutcome::Recorded)),
                Ok(false) => self.find_newer_snapshot(snapshot).await,
                Err(error) => Err(error),
            };
            if let Some(outcome) = attempts.judge(attempt).await? {
                return Ok(outcome);
            }
        }
    }

    async fn find_newer_snapshot(&mut self, snapshot: &Snapshot) -> Result<Option<SnapshotOutcome>> {
        let recorded = self.read_snapshot(&snapshot.source).await?;
        let version = recorded.map(|recorded| recorded.snapshot.version);
        Ok(version
            .filter(|version| *version > snapshot.version)
            .map(SnapshotOutcome::Superseded))
    }

    pub(crate) async fn delete_snapshot(&mut self, source: &StreamName) -> Result<()> {
        let query = self.statements().delete_snapshot.query().bind(source.as_str());
        self.write(async |connection| query.execute(connection).await)
            .await
            .map_err(writing)?;
        Ok(())
    }

    async fn try_record(&mut self, snapshot: &Snapshot, policy: SnapshotPolicy) -> Result<bool> {
        let query = self
            .statements()
            .record_snapshot
            .query()
            .bind(snapshot.source.as_str())
            .bind(snapshot.version.as_i64())
            .bind(snapshot.snapshot_type.as_str())
            .bind(Payload::new(self.data_type(), Some(&snapshot.data)))
            .bind(Payload::new(self.data_type(), snapshot.metadata.as_deref()))
            .bind(policy == SnapshotPolicy::Replace);
        match self.write(async |connection| query.execute(connection).await).await {
            Ok(done) => Ok(done.rows_affected() > 0),
            Err(error) => Err(self.explain_failure(error, Suspect::of_snapshot(snapshot)).await),
        }
    }
}

fn decode_listed(row: &PgRow) -> Result<RecordedSnapshot> {
    let source: String = row.try_get("source_uuid").map_err(reading)?;
    decode(&StreamName::from_storage(source), row)
}

fn decode(source: &StreamName, row: &PgRow) -> Result<RecordedSnapshot> {
    let version: i64 = row.try_get("source_version").map_err(reading)?;
    let snapshot_type: &str = row.try_get("source_type").map_err(reading)?;
    let data: StoredPayload = row.try_get("data").map_err(reading)?;
    let metadata: Option<StoredPayload> = row.try_get("metadata").map_err(reading)?;
    let created_at: StoredTimestamp = row.try_get("created_at").map_err(reading)?;
    Ok(RecordedSnapshot {
        snapshot: Snapshot {
            source: source.clone(),
            version: StreamVersion::try_from(version).map_err(damaged)?,
            snapshot_type: EventType::from_storage(snapshot_type),
            data: data.into(),
            metadata: metadata.map(Bytes::from),
        },
        created_at: Timestamp::try_from(created_at).map_err(damaged)?,
    })
}
