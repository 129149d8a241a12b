use eventstore_core::backend::{FilterConditions, Page, PageRequest};
use eventstore_core::{Direction, EventFilter, EventNumber, EventType, Result};
use sqlx::Sqlite;
use sqlx::query::QueryAs;
use sqlx::sqlite::SqliteArguments;
use tokio::task::coop::consume_budget;

use super::events::PageEvents;
use super::head::head;
use super::packed::Unpacker;
use super::scan::Scan;
use super::size::PageSize;
use crate::connection::Database;
use crate::error::failed;
use crate::values::json_of;

/// The head, whether the stream is deleted, and the events.
type Row = (Option<i64>, bool, Option<Vec<u8>>);

impl Database {
    pub(crate) async fn read_page(&self, request: &PageRequest) -> Result<Page> {
        let size = PageSize::of(request);
        let scan = Scan::of(request, self.config().scan_window());
        loop {
            let (head, events) = self.fetch_page(request, scan, size).await?;
            if let Some(events) = self.complete(events).await? {
                return Ok(into_page(request, size, scan, events, head));
            }
        }
    }

    async fn fetch_page(&self, request: &PageRequest, scan: Scan, size: PageSize) -> Result<(EventNumber, PageEvents)> {
        let query = sqlx::query_as(scan.sql(request))
            .bind(request.from.as_i64())
            .bind(i64::from(size.limit))
            .bind(i64::try_from(size.share).unwrap_or(i64::MAX));
        let row: Option<Row> = bind_conditions(query, &request.filter)
            .bind(scan.window_argument(request))
            .bind(request.selector.as_str())
            .fetch_optional(&mut *self.reader().await?)
            .await
            .map_err(failed)?;
        let (version, is_deleted, packed) = row.ok_or_else(|| request.selector.not_found())?;
        let head = head(&request.selector, (version, is_deleted))?;
        Ok((head, unpack(request, size, &packed.unwrap_or_default()).await?))
    }
}

type Reading<'q> = QueryAs<'q, Sqlite, Row, SqliteArguments>;

fn bind_conditions<'q>(query: Reading<'q>, filter: &'q EventFilter) -> Reading<'q> {
    let FilterConditions {
        event_types,
        stream_prefix,
        category,
        correlation_id,
    } = filter.conditions();
    query
        .bind(event_types.map(|types| json_of(&types.iter().map(EventType::as_str).collect::<Vec<_>>())))
        .bind(correlation_id)
        .bind(stream_prefix)
        .bind(category)
}

async fn unpack(request: &PageRequest, size: PageSize, packed: &[u8]) -> Result<PageEvents> {
    let mut unpacker = Unpacker::new(&request.selector, size.share, packed);
    let mut events = PageEvents::new(size.bytes);
    while let Some(event) = unpacker.next()? {
        events.push(event);
        // Lets other tasks run: they would otherwise wait for a whole page.
        consume_budget().await;
    }
    Ok(events)
}

/// A page that is not full was scanned as far as its statement goes; the head is from the same snapshot.
fn into_page(request: &PageRequest, size: PageSize, scan: Scan, events: PageEvents, head: EventNumber) -> Page {
    let (events, is_cut) = events.into_parts();
    let is_full = is_cut || u32::try_from(events.len()).is_ok_and(|count| count >= size.limit);
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

#[cfg(test)]
mod tests {
    use eventstore_core::{
        Append, Delete, Deletion, EventWriter, ExpectedVersion, NewEvent, StreamDeleter, StreamName, StreamSelector,
    };
    use uuid::Uuid;

    use super::*;
    use crate::{SqliteConfig, SqliteStore};

    /// More than comes with its event.
    const LARGE: usize = 2 << 20;

    async fn store() -> SqliteStore {
        let config = SqliteConfig::from_url(":memory:").unwrap();
        SqliteStore::open_with(config.enable_hard_deletes()).await.unwrap()
    }

    fn event(byte: u8) -> NewEvent {
        NewEvent::new(
            Uuid::from_u128(1),
            EventType::new("Happened").unwrap(),
            vec![byte; LARGE],
        )
    }

    async fn append(store: &SqliteStore, event: NewEvent) {
        let stream = StreamName::new("s").unwrap();
        let append = Append::new(stream, ExpectedVersion::NoStream, [event]).unwrap();
        store.append(append).await.unwrap();
    }

    #[tokio::test]
    async fn an_event_that_was_deleted_meanwhile_does_not_get_the_payload_of_another_with_its_id() {
        let (store, request) = (
            store().await,
            PageRequest::new(StreamSelector::All, Direction::Forward, EventNumber::FIRST, 10),
        );
        append(&store, event(b'a')).await;
        let (size, database) = (PageSize::of(&request), store.database());
        let (_, events) = database.fetch_page(&request, Scan::Unfiltered, size).await.unwrap();
        let delete = Delete::new(StreamName::new("s").unwrap(), Deletion::Hard);
        store.delete(delete).await.unwrap();
        append(&store, event(b'b')).await;
        assert!(database.complete(events).await.unwrap().is_none());
    }
}
