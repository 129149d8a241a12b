use bytes::Bytes;
use eventstore_core::backend::StoredPlace;
use eventstore_core::{Append, EventId, EventType, NewEvent, Position, Result, StreamName, StreamVersion};
use rusqlite::{Row, Statement, params};
use uuid::Uuid;

use crate::connection::{Change, column, integer};
use crate::error::failed;
use crate::sql;

/// An event that has the id of one that is to be stored.
pub(crate) struct StoredEvent {
    pub(crate) id: EventId,
    pub(crate) stream: StreamName,
    pub(crate) version: StreamVersion,
    pub(crate) position: Position,
    event_type: EventType,
    /// `None` where contents are not compared.
    data: Option<Bytes>,
}

impl StoredEvent {
    pub(crate) fn new(stream: &StreamName, version: StreamVersion, position: Position, event: &NewEvent) -> Self {
        Self {
            id: event.id,
            stream: stream.clone(),
            version,
            position,
            event_type: event.event_type.clone(),
            data: Some(event.data.clone()),
        }
    }

    fn find(find: &mut Statement<'_>, id: EventId, with_data: bool) -> Result<Option<Self>> {
        let mut rows = find.query(params![Uuid::from(id), with_data]).map_err(failed)?;
        let row = rows.next().map_err(failed)?;
        row.map(|row| Self::from_row(id, row)).transpose()
    }

    fn from_row(id: EventId, row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id,
            position: Position::from_storage(integer(row, 0)?)?,
            version: StreamVersion::from_storage(integer(row, 1)?)?,
            stream: StreamName::from_storage(column::<String>(row, 2)?),
            event_type: EventType::from_storage(column::<String>(row, 3)?),
            data: column::<Option<Vec<u8>>>(row, 4)?.map(Bytes::from),
        })
    }

    pub(crate) fn place_for(&self, event: &NewEvent) -> StoredPlace {
        let has_same_data = self.data.as_ref().is_none_or(|data| *data == event.data);
        StoredPlace {
            id: self.id,
            stream: self.stream.clone(),
            version: self.version,
            position: self.position,
            has_same_content: has_same_data && self.event_type == event.event_type,
        }
    }
}

/// Finds the events of these appends that are stored already, in any stream.
pub(crate) fn find_stored<'a>(
    change: &Change<'_>,
    appends: impl Iterator<Item = &'a Append> + Clone,
) -> Result<Vec<StoredEvent>> {
    let with_data = appends.clone().any(Append::compares_content);
    let mut find = change.prepare_cached(sql::FIND_STORED).map_err(failed)?;
    let ids = appends.flat_map(Append::event_ids);
    ids.filter_map(|id| StoredEvent::find(&mut find, id, with_data).transpose())
        .collect()
}
