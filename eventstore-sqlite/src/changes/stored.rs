use bytes::Bytes;
use eventstore_core::backend::StoredPlace;
use eventstore_core::{Append, EventId, EventType, NewEvent, Position, Result, StreamName, StreamVersion};
use sqlx::SqliteConnection;
use uuid::Uuid;

use crate::error::failed;
use crate::sql;
use crate::values::json_of_ids;

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

type Row = (Uuid, i64, i64, String, String, Option<Vec<u8>>);

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

    fn from_row((id, position, version, stream, event_type, data): Row) -> Result<Self> {
        Ok(Self {
            id: id.into(),
            stream: StreamName::from_storage(stream),
            version: StreamVersion::from_storage(version)?,
            position: Position::from_storage(position)?,
            event_type: EventType::from_storage(event_type),
            data: data.map(Bytes::from),
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
pub(crate) async fn find_stored<'a>(
    connection: &mut SqliteConnection,
    appends: impl Iterator<Item = &'a Append> + Clone,
) -> Result<Vec<StoredEvent>> {
    let rows: Vec<Row> = sqlx::query_as(sql::FIND_EVENTS)
        .bind(json_of_ids(appends.clone().flat_map(Append::event_ids)))
        .bind(appends.clone().any(Append::compares_content))
        .fetch_all(connection)
        .await
        .map_err(failed)?;
    rows.into_iter().map(StoredEvent::from_row).collect()
}
