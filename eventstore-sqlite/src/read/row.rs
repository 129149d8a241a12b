use bytes::Bytes;
use eventstore_backend::Recent;
use eventstore_core::backend::NumberedEvent;
use eventstore_core::{
    Error, EventNumber, EventType, NewEvent, Position, RecordedEvent, Result, StreamName, StreamSelector,
    StreamVersion, Timestamp,
};
use rusqlite::Row;
use rusqlite::types::ValueRef;
use uuid::Uuid;

use crate::connection::{column, integer};
use crate::error::failed;

/// Makes events of the rows of a page, whose columns are: number, stream, position, stream version, id, type, causation id, correlation id,
/// time, data, metadata.
///
/// The stream is NULL where it is the one that is read, and a number where the stream of an event is missing.
pub(super) struct EventRows<'s> {
    selector: &'s StreamSelector,
    streams: Recent<StreamName>,
    event_types: Recent<EventType>,
}

impl<'s> EventRows<'s> {
    pub(super) fn new(selector: &'s StreamSelector) -> Self {
        Self {
            selector,
            streams: Recent::default(),
            event_types: Recent::default(),
        }
    }

    pub(super) fn event(&mut self, row: &Row<'_>) -> Result<NumberedEvent> {
        let stream = self.stream(row)?;
        let event_type = text(row, 5)?.ok_or_else(damaged)?;
        let event_type = self.event_types.find_or_insert(event_type, EventType::from_storage);
        let id: Uuid = column(row, 4)?;
        let mut event = NewEvent::new(id, event_type, payload(row, 9)?.ok_or_else(damaged)?);
        event.causation_id = column(row, 6)?;
        event.correlation_id = column(row, 7)?;
        event.metadata = payload(row, 10)?;
        let version = StreamVersion::from_storage(integer(row, 3)?)?;
        let event = RecordedEvent::new(event, stream, version, Timestamp::from_storage(integer(row, 8)?)?)
            .with_position(Position::from_storage(integer(row, 2)?)?);
        Ok(NumberedEvent::new(
            self.selector,
            EventNumber::from_storage(integer(row, 0)?)?,
            event,
        ))
    }

    fn stream(&mut self, row: &Row<'_>) -> Result<StreamName> {
        match (text(row, 1)?, self.selector) {
            (None, StreamSelector::All) => Err(damaged()),
            (Some(name), _) => Ok(self.streams.find_or_insert(name, StreamName::from_storage)),
            (None, StreamSelector::Stream(name)) => Ok(name.clone()),
        }
    }
}

fn text<'r>(row: &'r Row<'_>, column: usize) -> Result<Option<&'r str>> {
    let value = row.get_ref(column).map_err(failed)?;
    value.as_str_or_null().map_err(Error::corrupt)
}

/// A copy, because SQLite's own ends with the row.
fn payload(row: &Row<'_>, column: usize) -> Result<Option<Bytes>> {
    match row.get_ref(column).map_err(failed)? {
        ValueRef::Null => Ok(None),
        value => value
            .as_blob()
            .map(Bytes::copy_from_slice)
            .map(Some)
            .map_err(Error::corrupt),
    }
}

fn damaged() -> Error {
    Error::corrupt("an event has a value that no event can have, or a stream that does not exist")
}
