use eventstore_core::StreamSelector;
use serde_json::{Value, json};
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Sqlite, SqliteConnection};
use uuid::Uuid;

use super::{EventRow, Plan};
use crate::sql;

/// The statements that store events, each with how many it stores: a statement for many events costs fewer changes between threads.
const TOGETHER: [(usize, &str); 3] = [
    (32, sql::INSERT_32_EVENTS),
    (8, sql::INSERT_8_EVENTS),
    (1, sql::INSERT_EVENT),
];

/// Stores what was planned. A unique violation means that an id is stored already that the plan did not look up.
pub(crate) async fn write(connection: &mut SqliteConnection, plan: &Plan<'_>) -> Result<(), sqlx::Error> {
    let mut streams: Vec<_> = plan
        .changed_streams()
        .map(|(name, row)| json!([row.id, name, row.version.as_i64(), row.created_at.unix_micros()]))
        .collect();
    if !plan.events.is_empty() {
        streams.push(json!([0, StreamSelector::ALL, plan.head.as_i64(), 0]));
    }
    if streams.is_empty() {
        return Ok(());
    }
    sqlx::query(sql::WRITE_STREAMS)
        .bind(Value::from(streams).to_string())
        .execute(&mut *connection)
        .await?;
    insert(connection, &plan.events).await
}

async fn insert(connection: &mut SqliteConnection, mut events: &[EventRow<'_>]) -> Result<(), sqlx::Error> {
    for (count, statement) in TOGETHER {
        while let Some((some, rest)) = events.split_at_checked(count) {
            let query = some.iter().fold(sqlx::query(statement), bind);
            query.execute(&mut *connection).await?;
            events = rest;
        }
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
