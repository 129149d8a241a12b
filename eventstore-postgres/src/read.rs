use bytes::Bytes;
use eventstore_core::{
    Direction, Error, EventFilter, EventNumber, EventType, FilterConditions, Page, PageRequest, RecordedEvent, Result,
    StreamName, StreamSelector, StreamVersion, Timestamp,
};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{Postgres, Row};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::connection::Session;
use crate::error::{damaged, reading};
use crate::payload::StoredPayload;
use crate::scan::Scan;

impl Session<'_> {
    pub(crate) async fn read_page(&mut self, request: &PageRequest) -> Result<Page> {
        let scan = Scan::of(request, self.scan_window(), self.has_correlation_index());
        let rows = self.fetch_page(request, scan).await?;
        let first = rows.first().ok_or_else(|| request.selector.not_found())?;
        refuse_deleted(&request.selector, first)?;
        let head = number(first, "head")?;
        let events = decode_events(&request.selector, &rows)?;
        Ok(into_page(request, scan, events, head))
    }

    async fn fetch_page(&mut self, request: &PageRequest, scan: Scan) -> Result<Vec<PgRow>> {
        let query = sqlx::query(scan.sql(self.statements(), request).text())
            .bind(request.from.as_i64())
            .bind(i64::from(request.limit));
        let query = match scan {
            Scan::Unfiltered => query,
            Scan::Window(_) | Scan::CorrelationIndex => bind_conditions(query, &request.filter),
        };
        let query = match scan.window_argument(request) {
            None => query,
            Some(window) => query.bind(window),
        };
        let query = match &request.selector {
            StreamSelector::All => query,
            StreamSelector::Stream(name) => query.bind(name.as_str()),
        };
        self.read(async |connection| query.fetch_all(connection).await)
            .await
            .map_err(reading)
    }
}

fn bind_conditions<'q>(
    query: Query<'q, Postgres, PgArguments>,
    filter: &'q EventFilter,
) -> Query<'q, Postgres, PgArguments> {
    let FilterConditions {
        event_types,
        stream_prefix,
        category,
        correlation_id,
    } = filter.conditions();
    query
        .bind(event_types.map(|types| types.iter().map(EventType::as_str).collect::<Vec<_>>()))
        .bind(correlation_id)
        .bind(stream_prefix)
        .bind(category)
}

pub(crate) fn refuse_deleted(selector: &StreamSelector, row: &PgRow) -> Result<()> {
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

pub(crate) fn number(row: &PgRow, column: &str) -> Result<EventNumber> {
    let number: i64 = row.try_get(column).map_err(reading)?;
    EventNumber::try_from(number).map_err(damaged)
}

/// A page that is not full has been scanned as far as its statement looks, by the head in the same snapshot.
fn into_page(request: &PageRequest, scan: Scan, events: Vec<RecordedEvent>, head: EventNumber) -> Page {
    let is_full = u32::try_from(events.len()).is_ok_and(|count| count >= request.limit);
    let last = events.last().map(|event| event.event_number);
    let reach = scan.reach(request, head);
    match request.direction {
        Direction::Forward => {
            let before = request.from.previous();
            let scanned_to = if is_full {
                last.unwrap_or(before)
            } else {
                reach.max(before)
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
                reach
            };
            Page {
                events,
                scanned_to,
                is_last: scanned_to <= EventNumber::FIRST,
            }
        }
    }
}
