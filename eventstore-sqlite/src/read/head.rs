use eventstore_core::{Error, EventNumber, Result, StreamSelector};
use rusqlite::{Connection, Row};

use crate::connection::{column, integer};
use crate::error::failed;
use crate::sql;

/// The stream that is read, as it is in the snapshot.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head {
    pub(super) stream_id: i64,
    /// The number of the last event.
    pub(super) number: EventNumber,
}

/// Finds the head of a stream, and reads on in the same snapshot.
///
/// SQLite keeps the snapshot for as long as one statement of the connection has not ended: so the one that finds the head ends last.
pub(super) fn with_head<T>(
    connection: &Connection,
    selector: &StreamSelector,
    read: impl FnOnce(Head) -> Result<T>,
) -> Result<T> {
    let mut find = connection.prepare_cached(sql::FIND_VERSION_OF).map_err(failed)?;
    let mut rows = find.query([selector.as_str()]).map_err(failed)?;
    match rows.next().map_err(failed)? {
        Some(row) => read(head(selector, row)?),
        None => Err(selector.not_found()),
    }
}

fn head(selector: &StreamSelector, row: &Row<'_>) -> Result<Head> {
    let is_deleted = column(row, 2)?;
    match selector {
        StreamSelector::Stream(stream) if is_deleted => Err(Error::StreamDeleted { stream: stream.clone() }),
        _ => Ok(Head {
            stream_id: column(row, 0)?,
            number: EventNumber::from_storage(integer(row, 1)?)?,
        }),
    }
}
