use eventstore_core::StreamSelector;
use rusqlite::{Connection, params};
use uuid::Uuid;

use super::Plan;
use crate::sql;

/// Stores what was planned. A unique violation means that an id is stored already that the plan did not look up.
pub(crate) fn write(connection: &Connection, plan: &Plan<'_>) -> rusqlite::Result<()> {
    let mut write = connection.prepare_cached(sql::WRITE_STREAM)?;
    for (name, row) in plan.changed_streams() {
        write.execute(params![
            row.id,
            name,
            row.version.as_i64(),
            row.created_at.unix_micros()
        ])?;
    }
    if !plan.events.is_empty() {
        write.execute(params![0, StreamSelector::ALL, plan.head.as_i64(), 0])?;
    }
    let mut insert = connection.prepare_cached(sql::INSERT_EVENT)?;
    for row in &plan.events {
        insert.execute(params![
            row.position.as_i64(),
            row.stream_id,
            row.version.as_i64(),
            Uuid::from(row.event.id),
            row.event.event_type.as_str(),
            row.event.causation_id,
            row.event.correlation_id,
            row.created_at.unix_micros(),
            row.event.data.as_ref(),
            row.event.metadata.as_deref(),
        ])?;
    }
    Ok(())
}
