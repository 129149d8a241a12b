use std::collections::HashMap;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use sqlx::{Connection, PgConnection};
use time::OffsetDateTime;

use crate::change::Change;
use crate::repository::Repository;

const TABLE: &str = "
    CREATE SCHEMA IF NOT EXISTS git_history;
    DROP TABLE IF EXISTS git_history.git_history_rows;
    CREATE TABLE git_history.git_history_rows (
        position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        event_id uuid NOT NULL UNIQUE,
        stream text NOT NULL,
        stream_version bigint NOT NULL,
        event_type text NOT NULL,
        causation_id uuid,
        correlation_id uuid,
        data bytea NOT NULL,
        metadata bytea,
        created_at timestamptz NOT NULL
    )";

const INSERT: &str = "
    INSERT INTO git_history.git_history_rows
        (event_id, stream, stream_version, event_type, causation_id, correlation_id, data, metadata, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

/// Inserts the changes after the first `skip` into a plain table, one row and one commit of the database at a time, and
/// tells how long that took.
pub(crate) async fn insert_rows(
    url: &str,
    repository: &Repository,
    skip: u64,
    bar: &ProgressBar,
) -> anyhow::Result<Duration> {
    let mut connection = PgConnection::connect(url).await?;
    sqlx::raw_sql(TABLE).execute(&mut connection).await?;

    let mut changes = repository.changes();
    let mut versions: HashMap<Vec<u8>, i64> = HashMap::new();
    let mut skipped = 0;
    let mut started = Instant::now();
    while let Some(change) = changes.recv().await.transpose()? {
        let version = versions.entry(change.path.clone()).or_default();
        *version += 1;
        if skipped < skip {
            skipped += 1;
            started = Instant::now();
        } else {
            insert(&mut connection, &change, *version).await?;
        }
        bar.set_position(change.commit.number);
    }
    bar.finish();
    Ok(started.elapsed())
}

async fn insert(connection: &mut PgConnection, change: &Change, version: i64) -> anyhow::Result<()> {
    let stream = change.stream()?;
    let event = change.event()?;
    sqlx::query(INSERT)
        .bind(event.id.as_uuid())
        .bind(stream.as_str())
        .bind(version)
        .bind(event.event_type.as_str())
        .bind(event.causation_id)
        .bind(event.correlation_id)
        .bind(&event.data[..])
        .bind(event.metadata.as_deref())
        .bind(event.created_at.map(OffsetDateTime::from))
        .execute(connection)
        .await?;
    Ok(())
}
