use std::time::{Duration, Instant};

use sqlx::{Connection, PgConnection};
use time::OffsetDateTime;

use crate::import::Place;

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

/// A fresh plain table: what one would write without an event store.
pub(crate) struct Rows {
    connection: PgConnection,
    /// How long the inserts took.
    pub(crate) took: Duration,
}

impl Rows {
    pub(crate) async fn create(url: &str) -> anyhow::Result<Self> {
        let mut connection = PgConnection::connect(url).await?;
        sqlx::raw_sql(TABLE).execute(&mut connection).await?;
        Ok(Self {
            connection,
            took: Duration::ZERO,
        })
    }

    /// Inserts one row after the other, each with a commit of its own.
    pub(crate) async fn insert(&mut self, places: &[Place]) -> anyhow::Result<()> {
        let started = Instant::now();
        for place in places {
            insert(&mut self.connection, place).await?;
        }
        self.took += started.elapsed();
        Ok(())
    }
}

async fn insert(connection: &mut PgConnection, place: &Place) -> anyhow::Result<()> {
    let stream = place.change.stream()?;
    let event = place.change.event()?;
    sqlx::query(INSERT)
        .bind(event.id.as_uuid())
        .bind(stream.as_str())
        .bind(place.version.next().as_i64())
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
