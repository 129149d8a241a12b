use eventstore_core::{
    Error, EventId, EventPlace, FoundEvent, Position, Result, StreamName, StreamSelector, StreamVersion,
};
use rusqlite::{Connection, Row};
use uuid::Uuid;

use super::row::EventRows;
use crate::connection::{Database, column, integer};
use crate::error::failed;
use crate::sql;

impl Database {
    pub(crate) async fn find_event(&self, id: EventId) -> Result<Option<FoundEvent>> {
        self.read_in_place(move |connection| find_event(connection, id)).await
    }
}

fn find_event(connection: &Connection, id: EventId) -> Result<Option<FoundEvent>> {
    let mut find = connection.prepare_cached(sql::FIND_EVENT).map_err(failed)?;
    // They keep the snapshot until the places have been read.
    let mut rows = find.query([Uuid::from(id)]).map_err(failed)?;
    let Some(row) = rows.next().map_err(failed)? else {
        return Ok(None);
    };
    let event = EventRows::new(&StreamSelector::All).event(row)?;
    let places = places(connection, event.number.into())?;
    Ok(Some(FoundEvent {
        event: event.into(),
        places,
    }))
}

fn places(connection: &Connection, position: Position) -> Result<Vec<EventPlace>> {
    let mut find = connection.prepare_cached(sql::FIND_PLACES).map_err(failed)?;
    let mut rows = find.query([position.as_i64()]).map_err(failed)?;
    let mut places = Vec::new();
    while let Some(row) = rows.next().map_err(failed)? {
        places.push(place(row)?);
    }
    Ok(places)
}

fn place(row: &Row<'_>) -> Result<EventPlace> {
    let stream: Option<String> = column(row, 0)?;
    Ok(EventPlace {
        stream: StreamName::from_storage(stream.ok_or_else(|| Error::corrupt("a stream is missing"))?),
        version: StreamVersion::from_storage(integer(row, 1)?)?,
        is_deleted: column(row, 2)?,
    })
}
