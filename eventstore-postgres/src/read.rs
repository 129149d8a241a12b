use bytes::Bytes;
use eventstore_core::{
    Direction, Error, EventNumber, EventType, Page, PageRequest, RecordedEvent, Result, StreamName, StreamSelector,
    StreamVersion, Timestamp,
};
use sqlx::Row;
use sqlx::postgres::PgRow;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::connection::Session;
use crate::error::{damaged, reading};
use crate::payload::StoredPayload;

impl Session<'_> {
    pub(crate) async fn read_page(&mut self, request: &PageRequest) -> Result<Page> {
        let rows = self.fetch_page(request).await?;
        let first = rows.first().ok_or_else(|| request.selector.not_found())?;
        refuse_deleted(&request.selector, first)?;
        let head = number(first, "head")?;
        let events = decode_events(&request.selector, &rows)?;
        Ok(into_page(request, events, head))
    }

    async fn fetch_page(&mut self, request: &PageRequest) -> Result<Vec<PgRow>> {
        let statements = self.statements();
        let sql = match (&request.selector, request.direction) {
            (StreamSelector::All, Direction::Forward) => &statements.read_all_forward,
            (StreamSelector::All, Direction::Backward) => &statements.read_all_backward,
            (StreamSelector::Stream(_), Direction::Forward) => &statements.read_stream_forward,
            (StreamSelector::Stream(_), Direction::Backward) => &statements.read_stream_backward,
        };
        let query = sqlx::query(sql.text())
            .bind(request.from.as_i64())
            .bind(i64::from(request.limit));
        let query = match &request.selector {
            StreamSelector::All => query,
            StreamSelector::Stream(name) => query.bind(name.as_str()),
        };
        self.read(async |connection| query.fetch_all(connection).await)
            .await
            .map_err(reading)
    }
}

fn refuse_deleted(selector: &StreamSelector, row: &PgRow) -> Result<()> {
    match selector {
        StreamSelector::Stream(stream) if row.try_get::<bool, _>("is_deleted").map_err(reading)? => {
            Err(Error::StreamDeleted { stream: stream.clone() })
        }
        _ => Ok(()),
    }
}

/// A stream without events on the page answers with one row that holds no event.
fn decode_events(selector: &StreamSelector, rows: &[PgRow]) -> Result<Vec<RecordedEvent>> {
    let is_event = |row: &&PgRow| {
        row.try_get::<Option<i64>, _>("event_number")
            .is_ok_and(|number| number.is_some())
    };
    rows.iter()
        .filter(is_event)
        .map(|row| decode_event(selector, row))
        .collect()
}

fn decode_event(selector: &StreamSelector, row: &PgRow) -> Result<RecordedEvent> {
    // Of a stream's own events the name goes without saying.
    let stream = match (
        row.try_get::<Option<&str>, _>("stream_uuid").map_err(reading)?,
        selector,
    ) {
        (Some(name), _) => StreamName::from_storage(name),
        (None, StreamSelector::Stream(name)) => name.clone(),
        (None, StreamSelector::All) => return Err(damaged("an event of a stream that does not exist")),
    };
    let version: i64 = row.try_get("stream_version").map_err(reading)?;
    let event_id: Uuid = row.try_get("event_id").map_err(reading)?;
    let event_type: &str = row.try_get("event_type").map_err(reading)?;
    let data: StoredPayload = row.try_get("data").map_err(reading)?;
    let metadata: Option<StoredPayload> = row.try_get("metadata").map_err(reading)?;
    let created_at: OffsetDateTime = row.try_get("created_at").map_err(reading)?;
    Ok(RecordedEvent {
        event_number: number(row, "event_number")?,
        event_id: event_id.into(),
        stream,
        stream_version: StreamVersion::try_from(version).map_err(damaged)?,
        event_type: EventType::new(event_type).map_err(damaged)?,
        causation_id: row.try_get("causation_id").map_err(reading)?,
        correlation_id: row.try_get("correlation_id").map_err(reading)?,
        data: data.into(),
        metadata: metadata.map(Bytes::from),
        created_at: Timestamp::try_from(created_at).map_err(damaged)?,
    })
}

fn number(row: &PgRow, column: &str) -> Result<EventNumber> {
    let number: i64 = row.try_get(column).map_err(reading)?;
    EventNumber::try_from(number).map_err(damaged)
}

/// A page that is not full has been scanned to the end, as the head in the same snapshot says.
fn into_page(request: &PageRequest, events: Vec<RecordedEvent>, head: EventNumber) -> Page {
    let is_full = u32::try_from(events.len()).is_ok_and(|count| count >= request.limit);
    let last = events.last().map(|event| event.event_number);
    match request.direction {
        Direction::Forward => {
            let before = request.from.previous();
            let scanned_to = if is_full {
                last.unwrap_or(before)
            } else {
                head.max(before)
            };
            Page {
                events,
                scanned_to,
                is_last: scanned_to >= head,
            }
        }
        Direction::Backward => {
            let scanned_to = if is_full {
                last.unwrap_or(request.from.next())
            } else {
                EventNumber::ZERO
            };
            Page {
                events,
                scanned_to,
                is_last: scanned_to <= EventNumber::FIRST,
            }
        }
    }
}
