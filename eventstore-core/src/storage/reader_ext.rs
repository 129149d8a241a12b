use std::num::{NonZeroU32, NonZeroU64};

use futures_core::stream::BoxStream;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::backend::{PageCursor, PageRequest};
use crate::{
    Direction, EventFilter, EventNumber, EventReader, RecordedEvent, Result, StreamName, StreamSelector, Timestamp,
};

/// A stream of events that are read as they are consumed; it ends after the first error.
pub type EventStream<'a> = BoxStream<'a, Result<RecordedEvent>>;

/// Which events to read, and how; by default, forward from the first event.
///
/// ```
/// use eventstore_core::{EventNumber, Read};
///
/// let last_ten = Read::all().backward().limit(10);
/// let rest = Read::all().from(EventNumber::from(101));
/// let this_year = Read::all().from_time("2024-01-01T00:00:00Z".parse()?);
/// # let _ = (last_ten, rest, this_year);
/// # Ok::<(), eventstore_core::InvalidTimestamp>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    selector: StreamSelector,
    direction: Direction,
    from: Start,
    limit: Option<u64>,
    page_size: NonZeroU32,
    page_bytes: Option<NonZeroU64>,
    filter: EventFilter,
}

/// Where a read begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    /// At the first event, or backward at the last one.
    End,
    Number(EventNumber),
    Time(Timestamp),
}

impl Read {
    /// The default number of events per page.
    pub const DEFAULT_PAGE_SIZE: NonZeroU32 = NonZeroU32::new(1_000).unwrap();

    /// Reads the events that the selector selects.
    pub fn new(selector: impl Into<StreamSelector>) -> Self {
        Self {
            selector: selector.into(),
            direction: Direction::Forward,
            from: Start::End,
            limit: None,
            page_size: Self::DEFAULT_PAGE_SIZE,
            page_bytes: None,
            filter: EventFilter::default(),
        }
    }

    /// Reads the events of all streams.
    pub fn all() -> Self {
        Self::new(StreamSelector::All)
    }

    /// Reads the events of one stream.
    pub fn stream(name: StreamName) -> Self {
        Self::new(name)
    }

    /// Reads the newest events first, starting at the end.
    #[must_use]
    pub fn backward(self) -> Self {
        Self {
            direction: Direction::Backward,
            ..self
        }
    }

    /// Starts at this event, inclusive.
    #[must_use]
    pub fn from(self, number: EventNumber) -> Self {
        Self {
            from: Start::Number(number),
            ..self
        }
    }

    /// Starts at the first event that happened at this time or later, as if its number had been given.
    #[must_use]
    pub fn from_time(self, at: Timestamp) -> Self {
        Self {
            from: Start::Time(at),
            ..self
        }
    }

    /// Reads only the events that match the filter.
    #[must_use]
    pub fn filter(self, filter: EventFilter) -> Self {
        Self { filter, ..self }
    }

    /// Reads at most this many matching events.
    #[must_use]
    pub fn limit(self, events: u64) -> Self {
        Self {
            limit: Some(events),
            ..self
        }
    }

    /// Fetches this many events per page; fewer where their payloads are large.
    #[must_use]
    pub fn page_size(self, events: NonZeroU32) -> Self {
        Self {
            page_size: events,
            ..self
        }
    }

    /// Fetches at most this many payload bytes per page, but always at least one event.
    ///
    /// The default is the storage's setting, which is the maximum in any case.
    #[must_use]
    pub fn page_bytes(self, bytes: NonZeroU64) -> Self {
        Self {
            page_bytes: Some(bytes),
            ..self
        }
    }
}

/// What every [`EventReader`] can do beyond its minimum.
pub trait EventReaderExt: EventReader {
    /// Reads events lazily, page by page, as they are consumed.
    ///
    /// A forward read includes events that are appended in the meantime. If the stream is missing or deleted, the first item is that error.
    /// The read also scans the events that the filter leaves out, page by page, before it yields the next event.
    fn events(&self, read: Read) -> EventStream<'_> {
        stream::once(read.cursor(self))
            .map_ok(|cursor| self.read_pages(cursor))
            .try_flatten()
            .map_ok(|page| stream::iter(page.events).map(Ok))
            .try_flatten()
            .boxed()
    }
}

impl<R: EventReader + ?Sized> EventReaderExt for R {}

impl Read {
    async fn cursor<R>(self, reader: &R) -> Result<PageCursor>
    where
        R: EventReader + ?Sized,
    {
        let from = self.start(reader).await?;
        let request = PageRequest {
            max_bytes: self.page_bytes,
            ..PageRequest::new(self.selector, self.direction, from, self.page_size.get())
        };
        let cursor = PageCursor::new(request.filtered(self.filter));
        Ok(match self.limit {
            Some(events) => cursor.limit(events),
            None => cursor,
        })
    }

    async fn start<R>(&self, reader: &R) -> Result<EventNumber>
    where
        R: EventReader + ?Sized,
    {
        match (self.from, self.direction) {
            (Start::End, Direction::Forward) => Ok(EventNumber::FIRST),
            (Start::End, Direction::Backward) => Ok(EventNumber::MAX),
            (Start::Number(number), _) => Ok(number),
            (Start::Time(at), _) => reader.number_at(&self.selector, at).await,
        }
    }
}
