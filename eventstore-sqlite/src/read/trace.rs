use std::num::NonZeroU32;

use eventstore_core::backend::{PageRequest, PageRoom};
use eventstore_core::{
    Direction, EventFilter, EventId, EventNumber, Position, RecordedEvent, Result, StreamSelector, TracedEvents,
};
use rusqlite::{Connection, params};
use uuid::Uuid;

use super::page::{take_events, within_limits};
use crate::connection::Database;
use crate::error::failed;
use crate::sql;

/// How the index on causation ids is created; every file has the one on correlation ids (ADR 61).
const REMEDY: &str = "create the index on causation ids: run `eventstore index create causation`, \
                      or call `SqliteAdmin::create_causation_index`";

impl Database {
    pub(crate) async fn caused_by(
        &self,
        cause: EventId,
        after: Option<Position>,
        limit: NonZeroU32,
    ) -> Result<TracedEvents> {
        let request = page_after(after, limit);
        self.read_in_place(move |connection| read_caused(connection, cause, &request))
            .await
    }

    pub(crate) async fn correlated(
        &self,
        correlation: Uuid,
        after: Option<Position>,
        limit: NonZeroU32,
    ) -> Result<TracedEvents> {
        let filter = EventFilter::default().with_correlation_id(correlation);
        let page = self.read_page(page_after(after, limit).with_filter(filter)).await?;
        Ok(TracedEvents::Found(
            page.events.into_iter().map(RecordedEvent::from).collect(),
        ))
    }
}

/// The first page of all streams after this position.
fn page_after(after: Option<Position>, limit: NonZeroU32) -> PageRequest {
    let from = after.map_or(EventNumber::FIRST, |after| EventNumber::from(after).next());
    within_limits(PageRequest::new(
        StreamSelector::All,
        Direction::Forward,
        from,
        limit.get(),
    ))
}

fn read_caused(connection: &Connection, cause: EventId, request: &PageRequest) -> Result<TracedEvents> {
    if !has_index(connection)? {
        return Ok(TracedEvents::NeedsIndex {
            remedy: REMEDY.to_owned(),
        });
    }
    let mut read = connection.prepare_cached(sql::READ_CAUSED).map_err(failed)?;
    let rows = read
        .query(params![request.from.as_i64(), request.limit, cause.as_uuid()])
        .map_err(failed)?;
    let found = take_events(rows, &request.selector, PageRoom::of(request))?;
    Ok(TracedEvents::Found(
        found.events.into_iter().map(RecordedEvent::from).collect(),
    ))
}

fn has_index(connection: &Connection) -> Result<bool> {
    let mut find = connection.prepare_cached(sql::HAS_CAUSATION_INDEX).map_err(failed)?;
    find.query_row([], |row| row.get(0)).map_err(failed)
}
