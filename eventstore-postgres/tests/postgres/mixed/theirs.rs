//! What the other library sends: its statements' shapes, locks and transactions.

use std::time::Instant;

use sqlx::error::DatabaseError;
use sqlx::{PgConnection, PgPool, Row};
use uuid::Uuid;

use super::STREAMS;

const CREATE: &str = "INSERT INTO streams (stream_uuid) VALUES ($1) ON CONFLICT DO NOTHING";

const LOOK_UP: &str = "SELECT stream_id FROM streams WHERE stream_uuid = $1 AND deleted_at IS NULL";

const APPEND: &str = "
    WITH event (event_id, ordinal) AS (VALUES ($2::uuid, 1::bigint), ($3::uuid, 2::bigint)),
    inserted AS (
        INSERT INTO events (event_id, event_type, data, metadata) SELECT event_id, 'Theirs', 'null', 'null' FROM event
    ),
    moved AS (
        UPDATE streams SET stream_version = stream_version + 2 WHERE stream_id = $1
        RETURNING stream_version - 2 AS version_before
    ),
    placed AS (
        INSERT INTO stream_events (event_id, stream_id, stream_version, original_stream_id, original_stream_version)
        SELECT event_id, $1, version_before + ordinal, $1, version_before + ordinal FROM event CROSS JOIN moved
    ),
    head AS (
        UPDATE streams SET stream_version = stream_version + 2 WHERE stream_id = 0
        RETURNING stream_version - 2 AS position_before
    )
    INSERT INTO stream_events (event_id, stream_id, stream_version, original_stream_id, original_stream_version)
    SELECT event_id, 0, position_before + ordinal, $1, version_before + ordinal FROM event CROSS JOIN moved CROSS JOIN head";

const LINK: &str = "
    WITH moved AS (
        UPDATE streams SET stream_version = stream_version + 2 WHERE stream_id = $1
        RETURNING stream_version - 2 AS version_before
    )
    INSERT INTO stream_events (event_id, stream_id, stream_version, original_stream_id, original_stream_version)
    SELECT event.event_id, $1, version_before + event.ordinal, origin.original_stream_id, origin.original_stream_version
    FROM unnest($2::uuid[]) WITH ORDINALITY AS event (event_id, ordinal)
    JOIN stream_events AS origin ON origin.event_id = event.event_id AND origin.stream_id = origin.original_stream_id
    CROSS JOIN moved";

const SOFT_DELETE: &str = "UPDATE streams SET deleted_at = now() WHERE stream_id = $1";

const ENABLE_HARD_DELETES: &str = "SET LOCAL eventstore.enable_hard_deletes = 'on'";

const HARD_DELETE: &str = "
    WITH placed AS (DELETE FROM stream_events WHERE stream_id = $1 RETURNING event_id),
    linked AS (DELETE FROM stream_events WHERE event_id IN (SELECT event_id FROM placed)),
    deleted AS (DELETE FROM events WHERE event_id IN (SELECT event_id FROM placed))
    DELETE FROM streams WHERE stream_id = $1";

/// What the other library has to live with, where it writes alone as well: a deadlock of its own, a stream that was deleted or
/// created meanwhile.
const ITS_OWN_FAULTS: [&str; 3] = ["40P01", "23503", "23505"];

/// Writes one thing after another; returns how many were done.
pub(super) async fn write(pool: &PgPool, caller: u64, end: Instant) -> u64 {
    let mut done = 0;
    for round in caller.. {
        if Instant::now() >= end {
            break;
        }
        match call(pool, round).await {
            Ok(()) => done += 1,
            Err(error) => assert!(is_its_own_fault(&error), "{error:?}"),
        }
    }
    done
}

fn is_its_own_fault(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code);
    code.is_some_and(|code| ITS_OWN_FAULTS.contains(&&*code))
}

async fn call(pool: &PgPool, round: u64) -> Result<(), sqlx::Error> {
    let mut transaction = pool.begin().await?;
    let doomed = format!("doomed-{}", round / 40);
    match round % 9 {
        0 => link(&mut transaction, round % STREAMS).await?,
        1 => on_stream(&mut transaction, &doomed, SOFT_DELETE).await?,
        2 => {
            sqlx::raw_sql(ENABLE_HARD_DELETES).execute(&mut *transaction).await?;
            on_stream(&mut transaction, &doomed, HARD_DELETE).await?;
        }
        3 => drop(append(&mut transaction, &doomed).await?),
        _ => drop(append(&mut transaction, &format!("shared-{}", round % STREAMS)).await?),
    }
    transaction.commit().await
}

async fn append(connection: &mut PgConnection, stream: &str) -> Result<Vec<Uuid>, sqlx::Error> {
    let Some(stream_id) = create_and_look_up(connection, stream).await? else {
        return Ok(Vec::new());
    };
    let ids = vec![Uuid::now_v7(), Uuid::now_v7()];
    let append = sqlx::query(APPEND).bind(stream_id).bind(ids[0]).bind(ids[1]);
    append.persistent(false).execute(connection).await?;
    Ok(ids)
}

async fn link(connection: &mut PgConnection, number: u64) -> Result<(), sqlx::Error> {
    let of_that_stream = "SELECT event_id FROM stream_events JOIN streams USING (stream_id)
        WHERE stream_uuid = $1 ORDER BY stream_events.stream_version DESC LIMIT 2";
    let rows = sqlx::query(of_that_stream)
        .bind(format!("shared-{number}"))
        .fetch_all(&mut *connection)
        .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.get(0)).collect();
    let target = create_and_look_up(connection, &format!("links-{number}")).await?;
    if let (Some(target), 2) = (target, ids.len()) {
        sqlx::query(LINK)
            .bind(target)
            .bind(ids)
            .persistent(false)
            .execute(connection)
            .await?;
    }
    Ok(())
}

async fn on_stream(connection: &mut PgConnection, stream: &str, statement: &'static str) -> Result<(), sqlx::Error> {
    if let Some(stream_id) = look_up(connection, stream).await? {
        sqlx::query(statement)
            .bind(stream_id)
            .persistent(false)
            .execute(connection)
            .await?;
    }
    Ok(())
}

async fn create_and_look_up(connection: &mut PgConnection, stream: &str) -> Result<Option<i64>, sqlx::Error> {
    if let Some(stream_id) = look_up(connection, stream).await? {
        return Ok(Some(stream_id));
    }
    sqlx::query(CREATE).bind(stream).execute(&mut *connection).await?;
    look_up(connection, stream).await
}

async fn look_up(connection: &mut PgConnection, stream: &str) -> Result<Option<i64>, sqlx::Error> {
    let row = sqlx::query(LOOK_UP)
        .bind(stream)
        .persistent(false)
        .fetch_optional(connection)
        .await?;
    Ok(row.map(|row| row.get(0)))
}
