use eventstore_core::backend::{FilterConditions, Page, PageRequest};
use eventstore_core::{Direction, Error, EventFilter, EventNumber, EventType, Result, StreamSelector};
use futures_util::TryStreamExt;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{Postgres, Row};
use tokio::task::coop::consume_budget;

use crate::connection::Session;
use crate::error::{damaged, reading};
use crate::read::events::PageEvents;
use crate::read::rows::PageRows;
use crate::read::scan::Scan;
use crate::read::size::PageSize;

impl Session<'_> {
    pub(crate) async fn read_page(&mut self, request: &PageRequest) -> Result<Page> {
        let scan = Scan::of(request, self.scan_window(), self.has_correlation_index());
        self.read_by(request, scan).await
    }

    /// Reads the page by this scan, which finds what the request asks for.
    pub(super) async fn read_by(&mut self, request: &PageRequest, scan: Scan) -> Result<Page> {
        let size = PageSize::of(request, self.page_bytes());
        let request = &PageRequest {
            limit: size.limit,
            ..request.clone()
        };
        loop {
            let (head, events) = self.fetch_page(request, scan, size).await?.into_parts()?;
            if let Some(events) = self.complete(events, size.bytes).await? {
                return Ok(into_page(request, scan, events, head));
            }
        }
    }

    /// Decodes rows while the server sends them.
    async fn fetch_page<'r>(&mut self, request: &'r PageRequest, scan: Scan, size: PageSize) -> Result<PageRows<'r>> {
        let query = scan
            .sql(self.statements(), request)
            .query()
            .bind(request.from.as_i64())
            .bind(i64::from(request.limit));
        let query = match scan {
            Scan::Unfiltered => query,
            Scan::CausationIndex(cause) => query.bind(cause),
            Scan::Window(_) | Scan::CorrelationIndex => bind_conditions(query, &request.filter),
        };
        let query = match scan.window_argument(request) {
            None => query,
            Some(window) => query.bind(window),
        };
        let query = match &request.selector {
            StreamSelector::All => query.bind(size.share),
            StreamSelector::Stream(name) => query.bind(name.as_str()).bind(size.share).bind(request.needs_positions),
        };
        self.read(async |connection| {
            let mut page = PageRows::of(request, size.bytes);
            let mut rows = query.fetch(connection);
            while let Some(row) = rows.try_next().await? {
                if let Err(error) = page.take(&row) {
                    return Ok(Err(error));
                }
                // What has arrived already would be decoded without a pause, and other tasks would wait.
                consume_budget().await;
            }
            Ok(Ok(page))
        })
        .await
        .map_err(reading)?
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

pub(crate) fn number(row: &PgRow, column: &str) -> Result<EventNumber> {
    let number: i64 = row.try_get(column).map_err(reading)?;
    EventNumber::try_from(number).map_err(damaged)
}

/// A page that is not full has been scanned as far as its statement goes, by the head in the same snapshot.
fn into_page(request: &PageRequest, scan: Scan, events: PageEvents, head: EventNumber) -> Page {
    let PageEvents { events, is_cut, .. } = events;
    let is_full = is_cut || u32::try_from(events.len()).is_ok_and(|count| count >= request.limit);
    let last = events.last().map(|event| event.number);
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
