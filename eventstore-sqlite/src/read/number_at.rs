use eventstore_core::{EventNumber, Result, StreamSelector, Timestamp};
use rusqlite::{Connection, OptionalExtension, Params, params};

use super::head::{Head, with_head};
use super::scan::last_of_window;
use crate::connection::Database;
use crate::error::failed;
use crate::sql;

impl Database {
    /// Examines one window of numbers after the other: times need not ascend, so a later event says nothing about an earlier one.
    ///
    /// Each window is read in a snapshot of its own, so that none lasts long.
    pub(crate) async fn number_at(&self, selector: &StreamSelector, at: Timestamp) -> Result<EventNumber> {
        let mut from = EventNumber::FIRST;
        loop {
            let (selector, to) = (selector.clone(), last_of_window(from, self.config().scan_window()));
            let find = move |connection: &Connection| {
                with_head(connection, &selector, |head| {
                    Ok((head.number, find_time(connection, &selector, (from, to), at, head)?))
                })
            };
            match self.read_in_place(find).await? {
                (_, Some(found)) => return Ok(found),
                (head, None) if head <= to => return Ok(head.next()),
                _ => from = to.next(),
            }
        }
    }
}

/// The number of the first of these events that happened at this time or later.
fn find_time(
    connection: &Connection,
    selector: &StreamSelector,
    (from, to): (EventNumber, EventNumber),
    at: Timestamp,
    head: Head,
) -> Result<Option<EventNumber>> {
    let (from, to, at) = (from.as_i64(), to.as_i64(), at.unix_micros());
    let found = match selector {
        StreamSelector::All => first(connection, sql::TIME_ALL, params![from, to, at]),
        StreamSelector::Stream(_) => first(connection, sql::TIME_STREAM, params![from, to, at, head.stream_id]),
    };
    found.map_err(failed)?.map(EventNumber::from_storage).transpose()
}

fn first(connection: &Connection, statement: &str, parameters: impl Params) -> rusqlite::Result<Option<i64>> {
    let mut statement = connection.prepare_cached(statement)?;
    statement.query_row(parameters, |row| row.get(0)).optional()
}
