use eventstore_core::StreamSelector;
use serde_json::{Value, json};
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Sqlite, SqliteConnection};
use uuid::Uuid;

use super::{EventRow, Plan};
use crate::sql;

/// How many events `insert_events.sql` stores: one statement for many events costs fewer changes between threads.
const EVENTS_TOGETHER: usize = 32;

/// Stores what was planned. A unique violation means that an id is stored already that the plan did not look up.
pub(crate) async fn write(connection: &mut SqliteConnection, plan: &Plan<'_>) -> Result<(), sqlx::Error> {
    let mut streams: Vec<_> = plan
        .changed_streams()
        .map(|(name, row)| json!([row.id, name, row.version.as_i64(), row.created_at.unix_micros()]))
        .collect();
    if !plan.events.is_empty() {
        streams.push(json!([0, StreamSelector::ALL, plan.head().as_i64(), 0]));
    }
    if streams.is_empty() {
        return Ok(());
    }
    sqlx::query(sql::WRITE_STREAMS)
        .bind(Value::from(streams).to_string())
        .execute(&mut *connection)
        .await?;
    for events in plan.events.chunks(EVENTS_TOGETHER) {
        insert(connection, events).await?;
    }
    Ok(())
}

async fn insert(connection: &mut SqliteConnection, events: &[EventRow<'_>]) -> Result<(), sqlx::Error> {
    if events.len() == EVENTS_TOGETHER {
        let query = events.iter().fold(sqlx::query(sql::INSERT_EVENTS), bind);
        query.execute(connection).await?;
        return Ok(());
    }
    for event in events {
        bind(sqlx::query(sql::INSERT_EVENT), event)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

fn bind<'q>(query: Query<'q, Sqlite, SqliteArguments>, row: &EventRow<'q>) -> Query<'q, Sqlite, SqliteArguments> {
    let event = row.event;
    query
        .bind(row.position.as_i64())
        .bind(row.stream_id)
        .bind(row.version.as_i64())
        .bind(Uuid::from(event.id))
        .bind(event.event_type.as_str())
        .bind(event.causation_id)
        .bind(event.correlation_id)
        .bind(row.created_at.unix_micros())
        .bind(event.data.as_ref())
        .bind(event.metadata.as_deref())
}
