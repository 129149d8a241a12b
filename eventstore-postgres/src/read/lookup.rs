use std::num::NonZeroU64;

use eventstore_core::backend::PageRequest;
use eventstore_core::{Direction, EventId, EventNumber, EventPlace, FoundEvent, Result, StreamName, StreamSelector};
use sqlx::Row;
use sqlx::postgres::PgRow;

use crate::connection::Session;
use crate::error::{damaged, reading};
use crate::read::page::number;
use crate::read::rows::PageRows;

impl Session<'_> {
    pub(crate) async fn find_event(&mut self, id: EventId) -> Result<Option<FoundEvent>> {
        let query = self.statements().find_event.query().bind(id.as_uuid());
        let rows = self
            .read(async |connection| query.fetch_all(connection).await)
            .await
            .map_err(reading)?;
        let Some((first, links)) = rows.split_first() else {
            return Ok(None);
        };
        // The event comes as the only row of a page of all streams.
        let request = PageRequest::new(StreamSelector::All, Direction::Forward, EventNumber::FIRST, 1);
        let mut page = PageRows::of(&request, NonZeroU64::MAX);
        page.take(first)?;
        let (_, events) = page.into_parts()?;
        let event = events
            .events
            .into_iter()
            .next()
            .ok_or_else(|| damaged("an event without a row"))?;
        let own = EventPlace {
            stream: event.stream.clone(),
            version: event.stream_version,
            is_deleted: is_deleted(first)?,
        };
        let mut places = vec![own];
        for row in links {
            places.push(place(row)?);
        }
        Ok(Some(FoundEvent {
            event: event.into(),
            places,
        }))
    }
}

fn place(row: &PgRow) -> Result<EventPlace> {
    Ok(EventPlace {
        stream: StreamName::from_storage(row.try_get::<String, _>("place").map_err(reading)?),
        version: number(row, "place_number")?.into(),
        is_deleted: is_deleted(row)?,
    })
}

fn is_deleted(row: &PgRow) -> Result<bool> {
    row.try_get("is_deleted").map_err(reading)
}
