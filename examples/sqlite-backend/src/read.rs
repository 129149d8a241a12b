use anyhow::Result;
use eventstore_core::backend::{NumberedEvent, Page, PageRequest, PageRoom};
use eventstore_core::{
    Direction, EventNumber, EventType, NewEvent, Position, RecordedEvent, StreamName, StreamSelector, StreamVersion,
    Timestamp,
};
use rusqlite::{Row, Transaction};
use uuid::Uuid;

use crate::streams;

const FORWARD: &str = "SELECT * FROM numbered WHERE reader = ?1 AND number >= ?2 ORDER BY number";
const BACKWARD: &str = "SELECT * FROM numbered WHERE reader = ?1 AND number <= ?2 ORDER BY number DESC";

pub(crate) fn page(db: &Transaction<'_>, request: &PageRequest) -> Result<Page> {
    let info = streams::get(db, &request.selector)?;
    let end = EventNumber::from(info.version);
    let (first, last) = (request.from.max(EventNumber::FIRST), request.from.min(end));
    let (sql, from, before, beyond) = match request.direction {
        Direction::Forward => (FORWARD, first, first.previous(), end.max(first.previous())),
        Direction::Backward => (BACKWARD, last, last.next(), EventNumber::FIRST),
    };
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query((info.id, from.get()))?;
    let mut room = PageRoom::of(request);
    let mut page = Page {
        events: Vec::new(),
        scanned_to: beyond,
        is_last: true,
    };
    while let Some(event) = rows.next()?.map(|row| event(row, &request.selector)).transpose()? {
        if !request.filter.matches(&event) {
            continue;
        }
        if page.events.len() == usize::try_from(request.limit)? || !room.admits_event(&event) {
            page.scanned_to = page.events.last().map_or(before, EventNumber::from);
            page.is_last = false;
            break;
        }
        page.events.push(event);
    }
    Ok(page)
}

pub(crate) fn number_at(db: &Transaction<'_>, selector: &StreamSelector, at: Timestamp) -> Result<EventNumber> {
    let info = streams::get(db, selector)?;
    let sql = "SELECT min(number) FROM numbered WHERE reader = ?1 AND created_at >= ?2";
    let found: Option<u64> = db.query_row(sql, (info.id, at.unix_micros()), |row| row.get(0))?;
    Ok(found.map_or(Ok(info.version.next().into()), EventNumber::from_storage)?)
}

fn event(row: &Row<'_>, selector: &StreamSelector) -> Result<NumberedEvent> {
    let event_type = EventType::from_storage(row.get::<_, String>("type")?);
    let mut event = NewEvent::new(row.get::<_, Uuid>("id")?, event_type, row.get::<_, Vec<u8>>("data")?);
    event.causation_id = row.get("causation_id")?;
    event.correlation_id = row.get("correlation_id")?;
    event.metadata = row.get::<_, Option<Vec<u8>>>("metadata")?.map(Into::into);
    let stream = StreamName::from_storage(row.get::<_, String>("name")?);
    let version = StreamVersion::from_storage(row.get::<_, u64>("version")?)?;
    let created_at = Timestamp::from_storage(row.get("created_at")?)?;
    let position = Position::from_storage(row.get::<_, u64>("position")?)?;
    let event = RecordedEvent::new(event, stream, version, created_at).with_position(position);
    let number = EventNumber::from_storage(row.get::<_, u64>("number")?)?;
    Ok(NumberedEvent::new(selector, number, event))
}
