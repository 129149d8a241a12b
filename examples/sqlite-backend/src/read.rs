use eventstore_core::{
    Direction, EventNumber, EventType, Page, PageRequest, RecordedEvent, StreamName, StreamSelector, Timestamp,
};
use rusqlite::{Row, Transaction};
use uuid::Uuid;

use crate::failure::{Failure, storage, stored};
use crate::streams;

macro_rules! select {
    ($number:literal, $rest:literal) => {
        concat!(
            "SELECT ",
            $number,
            " AS number, e.*, s.name FROM events e JOIN streams s ON s.id = e.stream ",
            $rest
        )
    };
}

pub(crate) fn page(transaction: &Transaction<'_>, request: &PageRequest) -> Result<Page, Failure> {
    let info = streams::get(transaction, &request.selector)?;
    let head = EventNumber::from(info.version);
    let is_forward = request.direction == Direction::Forward;
    let from = if is_forward {
        request.from.max(EventNumber::FIRST)
    } else {
        request.from.min(head)
    };
    let sql = match (&request.selector, request.direction) {
        (StreamSelector::All, Direction::Forward) => {
            select!("position", "WHERE ?1 = 0 AND position >= ?2 ORDER BY position")
        }
        (StreamSelector::All, Direction::Backward) => {
            select!("position", "WHERE ?1 = 0 AND position <= ?2 ORDER BY position DESC")
        }
        (_, Direction::Forward) => select!("e.version", "WHERE stream = ?1 AND e.version >= ?2 ORDER BY e.version"),
        (_, Direction::Backward) => {
            select!(
                "e.version",
                "WHERE stream = ?1 AND e.version <= ?2 ORDER BY e.version DESC"
            )
        }
    };
    let mut statement = transaction.prepare_cached(sql)?;
    let mut rows = statement.query((stored::<i64, _>(info.id)?, stored::<i64, _>(from.get())?))?;
    let limit = stored(request.limit)?;
    let mut page = Page {
        events: Vec::new(),
        scanned_to: if is_forward { from.previous() } else { from.next() },
        is_last: false,
    };
    while let Some(row) = rows.next()? {
        let event = event(row)?;
        if !request.filter.matches(&event) {
            continue;
        }
        if page.events.len() == limit {
            return Ok(page);
        }
        page.scanned_to = event.event_number;
        page.events.push(event);
    }
    page.is_last = true;
    page.scanned_to = if is_forward {
        head.max(from.previous())
    } else {
        EventNumber::FIRST
    };
    Ok(page)
}

pub(crate) fn number_at(
    transaction: &Transaction<'_>,
    selector: &StreamSelector,
    at: Timestamp,
) -> Result<EventNumber, Failure> {
    let info = streams::get(transaction, selector)?;
    let sql = match selector {
        StreamSelector::All => "SELECT min(position) FROM events WHERE ?1 = 0 AND created_at >= ?2",
        StreamSelector::Stream(_) => "SELECT min(version) FROM events WHERE stream = ?1 AND created_at >= ?2",
    };
    let mut statement = transaction.prepare_cached(sql)?;
    let found: Option<i64> = statement.query_row((stored::<i64, _>(info.id)?, at.unix_micros()), |row| row.get(0))?;
    found.map_or_else(|| Ok(info.version.next().into()), stored)
}

fn event(row: &Row<'_>) -> Result<RecordedEvent, Failure> {
    let event_type = EventType::new(row.get::<_, String>("type")?);
    Ok(RecordedEvent {
        event_number: stored(row.get::<_, i64>("number")?)?,
        event_id: row.get::<_, Uuid>("id")?.into(),
        stream: StreamName::from_storage(row.get::<_, String>("name")?),
        stream_version: stored(row.get::<_, i64>("version")?)?,
        event_type: event_type.map_err(|error| storage("a stored type is invalid", error))?,
        causation_id: row.get("causation_id")?,
        correlation_id: row.get("correlation_id")?,
        data: row.get::<_, Vec<u8>>("data")?.into(),
        metadata: row.get::<_, Option<Vec<u8>>>("metadata")?.map(Into::into),
        created_at: streams::time(row.get("created_at")?)?,
    })
}
