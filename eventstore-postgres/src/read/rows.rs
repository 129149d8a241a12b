use std::num::NonZeroU64;

use bytes::Bytes;
use eventstore_backend::Recent;
use eventstore_core::backend::{NumberedEvent, PageRequest};
use eventstore_core::{
    Direction, Error, EventNumber, EventType, NewEvent, Position, RecordedEvent, Result, StreamName, StreamSelector,
    StreamVersion, Timestamp,
};
use sqlx::postgres::{PgRow, Postgres};
use sqlx::{Decode, Row};
use uuid::Uuid;

use crate::error::{damaged, of_event, reading};
use crate::read::events::PageEvents;
use crate::values::{StoredPayload, StoredTimestamp};

/// What every statement that reads a page answers, by its place: a name would have to be resolved in each row.
mod column {
    pub(super) const HEAD: usize = 0;
    pub(super) const EVENT_NUMBER: usize = 1;
    pub(super) const STREAM_VERSION: usize = 2;
    pub(super) const STREAM: usize = 3;
    pub(super) const EVENT_ID: usize = 4;
    pub(super) const EVENT_TYPE: usize = 5;
    pub(super) const CAUSATION_ID: usize = 6;
    pub(super) const CORRELATION_ID: usize = 7;
    pub(super) const DATA: usize = 8;
    pub(super) const METADATA: usize = 9;
    pub(super) const CREATED_AT: usize = 10;
    /// Only of statements that read a single stream.
    pub(super) const IS_DELETED: usize = 11;
    /// Only of statements that read a single stream.
    pub(super) const POSITION: usize = 12;
}

/// The events of a page, taken out of rows in their order, and the head, which is in one of them at least.
pub(crate) struct PageRows<'r> {
    request: &'r PageRequest,
    head: Option<EventNumber>,
    events: PageEvents,
    streams: Recent<StreamName>,
    event_types: Recent<EventType>,
}

impl<'r> PageRows<'r> {
    /// For events with payloads of so many bytes.
    pub(crate) fn of(request: &'r PageRequest, bytes: NonZeroU64) -> Self {
        Self {
            request,
            head: None,
            events: PageEvents::new(bytes),
            streams: Recent::default(),
            event_types: Recent::default(),
        }
    }

    pub(crate) fn take(&mut self, row: &PgRow) -> Result<()> {
        if let Some(head) = get::<Option<i64>>(row, column::HEAD)? {
            self.head = Some(EventNumber::try_from(head).map_err(damaged)?);
            self.refuse_deleted(row)?;
        }
        match get::<Option<i64>>(row, column::EVENT_NUMBER)? {
            None => {}
            // A row that is only about the stream has a number that no event has, by which it comes first.
            Some(0 | i64::MAX) => self.events.reserve(self.most()),
            // What is beyond the end of the page is left where it came from.
            Some(_) if self.events.is_cut => {}
            Some(number) => {
                let event = self.event(row, number).map_err(|error| of_event(number, error))?;
                let data: Option<StoredPayload> = get(row, column::DATA)?;
                self.events.push(event, data.map(Bytes::from));
            }
        }
        Ok(())
    }

    /// How many events there can be on the page.
    fn most(&self) -> usize {
        let PageRequest { from, limit, .. } = *self.request;
        let head = self.head.unwrap_or(EventNumber::ZERO);
        let numbers = match self.request.direction {
            Direction::Forward => head.distance_from(from.previous()),
            Direction::Backward => head.min(from).get(),
        };
        usize::try_from(numbers.min(limit.into())).unwrap_or(0)
    }

    /// The head and the events.
    pub(crate) fn into_parts(self) -> Result<(EventNumber, PageEvents)> {
        let head = self.head.ok_or_else(|| self.request.selector.not_found())?;
        Ok((head, self.events))
    }

    fn refuse_deleted(&self, row: &PgRow) -> Result<()> {
        match &self.request.selector {
            StreamSelector::Stream(stream) if get(row, column::IS_DELETED)? => {
                Err(Error::StreamDeleted { stream: stream.clone() })
            }
            _ => Ok(()),
        }
    }

    /// The event without its data.
    fn event(&mut self, row: &PgRow, number: i64) -> Result<NumberedEvent> {
        let created_at: StoredTimestamp = get(row, column::CREATED_AT)?;
        let id = get::<Uuid>(row, column::EVENT_ID)?;
        let event_type = self.event_type(get(row, column::EVENT_TYPE)?);
        let mut event = NewEvent::new(id, event_type, Bytes::new());
        event.causation_id = get(row, column::CAUSATION_ID)?;
        event.correlation_id = get(row, column::CORRELATION_ID)?;
        event.metadata = get::<Option<StoredPayload>>(row, column::METADATA)?.map(Bytes::from);
        let stream = self.stream(get(row, column::STREAM)?)?;
        let version = StreamVersion::try_from(get::<i64>(row, column::STREAM_VERSION)?).map_err(damaged)?;
        let created_at = Timestamp::try_from(created_at).map_err(damaged)?;
        let mut event = RecordedEvent::new(event, stream, version, created_at);
        event.position = self.position(row)?;
        let number = EventNumber::try_from(number).map_err(damaged)?;
        Ok(NumberedEvent::new(&self.request.selector, number, event))
    }

    /// The position, if the row tells it: of an event of all streams, it is the number.
    fn position(&self, row: &PgRow) -> Result<Option<Position>> {
        if self.request.selector == StreamSelector::All {
            return Ok(None);
        }
        let position: Option<i64> = get(row, column::POSITION)?;
        position.map(Position::try_from).transpose().map_err(damaged)
    }

    /// The stream that an event was appended to. Without a name it is the stream that is read, or of all events the
    /// stream of the event before; where there is no such stream, statements name `$all`, which no one appends to.
    fn stream(&mut self, name: Option<&str>) -> Result<StreamName> {
        match (name, &self.request.selector) {
            (Some(StreamSelector::ALL), _) => None,
            (Some(name), _) => Some(self.streams.find_or_insert(name, StreamName::from_storage)),
            (None, StreamSelector::Stream(name)) => Some(name.clone()),
            (None, StreamSelector::All) => self.events.last_stream().cloned(),
        }
        .ok_or_else(|| damaged("an event of a stream that does not exist"))
    }

    fn event_type(&mut self, name: &str) -> EventType {
        self.event_types.find_or_insert(name, EventType::from_storage)
    }
}

/// Of a column whose type the statement determines: to compare types would take as long as to decode.
fn get<'r, T: Decode<'r, Postgres>>(row: &'r PgRow, column: usize) -> Result<T> {
    row.try_get_unchecked(column).map_err(reading)
}
