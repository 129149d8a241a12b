use std::num::{NonZeroU32, NonZeroU64};

use eventstore_core::backend::{FilterConditions, NumberedEvent, Page, PageRequest, PageRoom};
use eventstore_core::{Direction, EventFilter, EventNumber, EventType, Result, StreamSelector};
use rusqlite::{Connection, Rows, ToSql};

use super::head::{Head, with_head};
use super::row::EventRows;
use super::scan::Scan;
use crate::connection::Database;
use crate::error::failed;
use crate::values::json_of;

/// A page has no more events than this, even if they are small.
const MOST_EVENTS: u32 = 4_096;

/// A page that examines no more numbers than this is read at once: changing threads would take longer (ADR 60).
const FEW: u64 = 128;

/// A page that is read at once has no more bytes of payloads than this, or a single event.
const FEW_BYTES: NonZeroU64 = NonZeroU64::new(64 * 1024).unwrap();

impl Database {
    pub(crate) async fn read_page(&self, request: PageRequest) -> Result<Page> {
        let (request, window) = (within_limits(request), self.config().scan_window());
        if let Some(page) = self.read_now(|connection| read_few(connection, &request, window))? {
            return Ok(page);
        }
        self.read_in_place(move |connection| read_page(connection, &request, window))
            .await
    }
}

/// `None` if that would take long.
fn read_few(connection: &Connection, request: &PageRequest, window: NonZeroU32) -> Result<Option<Page>> {
    let scan = Scan::of(request, window);
    with_head(connection, &request.selector, |head| {
        if scan.most_examined(request, head.number) > FEW {
            return Ok(None);
        }
        let bytes = request.max_bytes.map_or(FEW_BYTES, |most| most.min(FEW_BYTES));
        let events = read_events(connection, request, scan, head, PageRoom::new(bytes))?;
        let is_more = events.is_cut && request.max_bytes != Some(bytes);
        Ok((!is_more).then(|| into_page(request, scan, events, head.number)))
    })
}

/// What is asked for, within the limits of the store (ADR 43).
pub(super) fn within_limits(request: PageRequest) -> PageRequest {
    let most = PageRequest::DEFAULT_MAX_BYTES;
    PageRequest {
        limit: request.limit.min(MOST_EVENTS),
        max_bytes: Some(request.max_bytes.unwrap_or(most).min(most)),
        ..request
    }
}

fn read_page(connection: &Connection, request: &PageRequest, window: NonZeroU32) -> Result<Page> {
    let scan = Scan::of(request, window);
    with_head(connection, &request.selector, |head| {
        let events = read_events(connection, request, scan, head, PageRoom::of(request))?;
        Ok(into_page(request, scan, events, head.number))
    })
}

/// The events of a page.
pub(super) struct Events {
    pub(super) events: Vec<NumberedEvent>,
    /// Whether more would come, for which there is no room.
    is_cut: bool,
}

fn read_events(
    connection: &Connection,
    request: &PageRequest,
    scan: Scan,
    head: Head,
    room: PageRoom,
) -> Result<Events> {
    let mut statement = connection.prepare_cached(scan.sql(request)).map_err(failed)?;
    let (first, last) = scan.bounds(request, head.number);
    let conditions = Conditions::of(&request.filter);
    let [types, correlation_id, prefix, category] = conditions.parameters();
    let parameters: [&dyn ToSql; 8] = [
        &first.as_i64(),
        &last.as_i64(),
        &request.limit,
        types,
        correlation_id,
        prefix,
        category,
        &head.stream_id,
    ];
    // The last one is for statements about a stream.
    let parameters = &parameters[..statement.parameter_count()];
    let rows = statement.query(parameters).map_err(failed)?;
    take_events(rows, &request.selector, room)
}

/// Takes the events that there is room for.
pub(super) fn take_events(mut rows: Rows<'_>, selector: &StreamSelector, mut room: PageRoom) -> Result<Events> {
    let (mut decoder, mut events) = (EventRows::new(selector), Vec::new());
    while let Some(row) = rows.next().map_err(failed)? {
        let event = decoder.event(row)?;
        if !room.admits(event.payload_bytes()) {
            return Ok(Events { events, is_cut: true });
        }
        events.push(event);
    }
    Ok(Events { events, is_cut: false })
}

/// The conditions of a filter, as statements take them.
struct Conditions<'f> {
    types: Option<String>,
    conditions: FilterConditions<'f>,
}

impl<'f> Conditions<'f> {
    fn of(filter: &'f EventFilter) -> Self {
        let conditions = filter.conditions();
        let types = conditions.event_types;
        Self {
            types: types.map(|types| json_of(&types.iter().map(EventType::as_str).collect::<Vec<_>>())),
            conditions,
        }
    }

    fn parameters(&self) -> [&dyn ToSql; 4] {
        let FilterConditions {
            correlation_id,
            stream_prefix,
            category,
            ..
        } = &self.conditions;
        [&self.types, correlation_id, stream_prefix, category]
    }
}

/// A page that is not full was scanned as far as its statement goes; the head is from the same snapshot.
fn into_page(request: &PageRequest, scan: Scan, Events { events, is_cut }: Events, head: EventNumber) -> Page {
    let is_full = is_cut || u32::try_from(events.len()).is_ok_and(|count| count >= request.limit);
    let last = events.last().map(|event| event.number);
    let reach = scan.reach(request, head);
    let (scanned_to, is_last) = match request.direction {
        Direction::Forward => {
            let before = request.from.previous();
            let scanned_to = if is_full {
                last.unwrap_or(before)
            } else {
                reach.max(before)
            };
            (scanned_to, scanned_to >= head)
        }
        Direction::Backward => {
            let scanned_to = if is_full {
                last.unwrap_or(request.from.next())
            } else {
                reach
            };
            (scanned_to, scanned_to <= EventNumber::FIRST)
        }
    };
    Page {
        events,
        scanned_to,
        is_last,
    }
}
