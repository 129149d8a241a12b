use eventstore_core::{Error, EventId, EventPlace, FoundEvent, Result, StreamName, StreamSelector, StreamVersion};
use uuid::Uuid;

use super::packed::Unpacker;
use crate::connection::Database;
use crate::error::failed;
use crate::sql;

/// The event, in the first row only, and one of the streams that hold it.
type Row = (Option<Vec<u8>>, Option<String>, i64, bool, bool);

impl Database {
    pub(crate) async fn find_event(&self, id: EventId) -> Result<Option<FoundEvent>> {
        let rows: Vec<Row> = sqlx::query_as(sql::FIND_EVENT)
            .bind(Uuid::from(id))
            .fetch_all(&mut *self.reader().await?)
            .await
            .map_err(failed)?;
        let Some((packed, ..)) = rows.first() else {
            return Ok(None);
        };
        let packed = packed.as_deref().unwrap_or_default();
        let unpacked = Unpacker::new(&StreamSelector::All, u64::MAX, packed).next()?;
        let unpacked = unpacked.ok_or_else(|| Error::corrupt("an event is missing"))?;
        let event = unpacked.event.into();
        let places = rows.into_iter().map(place).collect::<Result<_>>()?;
        Ok(Some(FoundEvent { event, places }))
    }
}

fn place((_, stream, version, is_deleted, _): Row) -> Result<EventPlace> {
    Ok(EventPlace {
        stream: StreamName::from_storage(stream.ok_or_else(|| Error::corrupt("a stream is missing"))?),
        version: StreamVersion::from_storage(version)?,
        is_deleted,
    })
}
