use async_trait::async_trait;
use eventstore_core::{Error, Result, StreamDirectory, StreamInfo, StreamSelector, StreamVersion, Timestamp};
use sqlx::Row;
use sqlx::postgres::PgRow;
use time::OffsetDateTime;

use crate::PostgresStore;
use crate::error::{damaged, reading};

/// What stands in the row of a stream.
pub(crate) struct StreamRow {
    pub(crate) version: StreamVersion,
    pub(crate) created_at: Timestamp,
    pub(crate) is_deleted: bool,
}

#[async_trait]
impl StreamDirectory for PostgresStore {
    async fn stream_info(&self, selector: &StreamSelector) -> Result<StreamInfo> {
        let row = self
            .find_stream(selector.as_str())
            .await?
            .ok_or_else(|| selector.not_found())?;
        match selector {
            StreamSelector::Stream(stream) if row.is_deleted => Err(Error::StreamDeleted { stream: stream.clone() }),
            _ => Ok(StreamInfo {
                selector: selector.clone(),
                version: row.version,
                created_at: row.created_at,
            }),
        }
    }
}

impl PostgresStore {
    pub(crate) async fn find_stream(&self, name: &str) -> Result<Option<StreamRow>> {
        let query = sqlx::query(self.statements().stream_info.text()).bind(name);
        let mut client = self.client().await?;
        let row = client
            .run(async |connection| query.fetch_optional(connection).await)
            .await
            .map_err(reading)?;
        row.map(|row| StreamRow::decode(&row)).transpose()
    }
}

impl StreamRow {
    fn decode(row: &PgRow) -> Result<Self> {
        let version: i64 = row.try_get("stream_version").map_err(reading)?;
        let created_at: OffsetDateTime = row.try_get("created_at").map_err(reading)?;
        Ok(Self {
            version: StreamVersion::try_from(version).map_err(damaged)?,
            created_at: Timestamp::try_from(created_at).map_err(damaged)?,
            is_deleted: row.try_get("is_deleted").map_err(reading)?,
        })
    }
}
