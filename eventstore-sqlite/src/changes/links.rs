use std::collections::HashMap;

use eventstore_core::{EventId, Link, StreamVersion};
use rusqlite::{OptionalExtension, params};
use uuid::Uuid;

use crate::connection::Change;
use crate::sql;

/// An event to be linked.
pub(crate) struct Source {
    pub(crate) position: i64,
    pub(crate) is_in_target: bool,
}

/// Finds the events of a link that exist.
pub(crate) fn find_sources(
    change: &Change<'_>,
    link: &Link,
    target_id: Option<i64>,
) -> rusqlite::Result<HashMap<EventId, Source>> {
    let mut find = change.prepare_cached(sql::FIND_SOURCE)?;
    let mut sources = HashMap::new();
    for id in link.event_ids() {
        let source = find.query_row(params![Uuid::from(*id), target_id], |row| {
            Ok(Source {
                position: row.get(0)?,
                is_in_target: row.get(1)?,
            })
        });
        if let Some(source) = source.optional()? {
            sources.insert(*id, source);
        }
    }
    Ok(sources)
}

/// Links the events at these positions, beginning at this version of the target.
pub(crate) fn insert_links(
    change: &Change<'_>,
    target_id: i64,
    first: StreamVersion,
    positions: &[i64],
) -> rusqlite::Result<()> {
    let mut insert = change.prepare_cached(sql::INSERT_LINK)?;
    for (version, position) in (first.as_i64()..).zip(positions) {
        insert.execute([target_id, version, *position])?;
    }
    Ok(())
}
