use eventstore_core::backend::StreamState;
use eventstore_core::{Delete, Deletion, Error, Result, StreamName, StreamVersion};
use sqlx::SqliteConnection;

use crate::connection::Database;
use crate::error::failed;
use crate::sql;
use crate::values::now;

/// The statements of a hard delete. Each finds what it removes by rows that only later ones remove.
const HARD_DELETE: [&str; 6] = [
    sql::DELETE_PARKED_EVENTS_OF_STREAM,
    sql::DELETE_LINKS_TO_STREAM,
    sql::DELETE_LINKS_IN_STREAM,
    sql::DELETE_SNAPSHOT_OF_STREAM,
    sql::DELETE_EVENTS,
    sql::DELETE_STREAM,
];

/// A stream as it is stored, whether soft-deleted or not.
struct StoredStream {
    id: i64,
    version: StreamVersion,
    is_deleted: bool,
}

impl Database {
    pub(crate) async fn delete(&self, delete: &Delete) -> Result<()> {
        let mut transaction = self.begin().await?;
        let found = find(&mut transaction, delete.stream()).await?;
        check(delete, found.as_ref())?;
        if delete.deletion() == Deletion::Hard && !self.config().has_hard_deletes() {
            return Err(Error::HardDeletesDisabled);
        }
        let stream = found.ok_or_else(|| not_found(delete.stream()))?;
        match delete.deletion() {
            Deletion::Soft => mark(&mut transaction, stream.id, Some(now()?.unix_micros())).await?,
            Deletion::Hard => remove(&mut transaction, stream.id).await?,
        }
        transaction.commit().await
    }

    pub(crate) async fn undelete(&self, stream: &StreamName) -> Result<()> {
        let mut transaction = self.begin().await?;
        let found = find(&mut transaction, stream).await?;
        let found = found.ok_or_else(|| not_found(stream))?;
        if !found.is_deleted {
            return Ok(());
        }
        mark(&mut transaction, found.id, None).await?;
        transaction.commit().await
    }
}

async fn find(connection: &mut SqliteConnection, stream: &StreamName) -> Result<Option<StoredStream>> {
    let row: Option<(i64, i64, bool)> = sqlx::query_as(sql::FIND_STREAM)
        .bind(stream.as_str())
        .fetch_optional(connection)
        .await
        .map_err(failed)?;
    let stored = row.map(|(id, version, is_deleted)| {
        Ok(StoredStream {
            id,
            version: StreamVersion::from_storage(version)?,
            is_deleted,
        })
    });
    stored.transpose()
}

/// A hard delete treats a soft-deleted stream like any other.
fn check(delete: &Delete, found: Option<&StoredStream>) -> Result<()> {
    let state = match found {
        None => StreamState::Absent,
        Some(stream) if stream.is_deleted && delete.deletion() == Deletion::Soft => StreamState::Deleted,
        Some(stream) => StreamState::Present {
            version: stream.version,
        },
    };
    let checked = delete.expected().check(state);
    checked
        .map(drop)
        .map_err(|refusal| delete.expected().refused(delete.stream(), state, refusal))
}

async fn mark(connection: &mut SqliteConnection, stream_id: i64, deleted_at: Option<i64>) -> Result<()> {
    let mark = sqlx::query(sql::MARK_DELETED).bind(stream_id).bind(deleted_at);
    mark.execute(connection).await.map_err(failed)?;
    Ok(())
}

async fn remove(connection: &mut SqliteConnection, stream_id: i64) -> Result<()> {
    for delete in HARD_DELETE {
        let delete = sqlx::query(delete).bind(stream_id);
        delete.execute(&mut *connection).await.map_err(failed)?;
    }
    Ok(())
}

fn not_found(stream: &StreamName) -> Error {
    Error::StreamNotFound { stream: stream.clone() }
}
