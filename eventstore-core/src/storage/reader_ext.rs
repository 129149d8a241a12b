use std::num::{NonZeroU32, NonZeroU64};

use futures_core::stream::BoxStream;
use futures_util::stream::{self, StreamExt, TryStreamExt};

use crate::backend::{NumberedEvent, PageCursor, PageRequest};
use crate::{
    Direction, Error, EventFilter, EventNumber, EventReader, EventStream, InvalidStreamName, RecordedEvent, Result,
    StreamName, StreamSelector, Timestamp,
};

/// Which events to read, and how; by default, forward from the first event.
///
/// ```
/// use eventstore_core::{Direction, EventNumber, Read};
///
/// let last_ten = Read::all().with_direction(Direction::Backward).with_limit(10);
/// let rest = Read::stream("account-1")?.with_start(EventNumber::from(101));
/// let this_year = Read::all().with_start_time("2024-01-01T00:00:00Z".parse()?);
/// # let _ = (last_ten, rest, this_year);
/// # Ok::<(), eventstore_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "it reads nothing until it is given to a store"]
pub struct Read {
    selector: StreamSelector,
    direction: Direction,
    from: Start,
    limit: Option<u64>,
    page_size: NonZeroU32,
    page_bytes: Option<NonZeroU64>,
    filter: EventFilter,
    needs_positions: bool,
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
            needs_positions: false,
        }
    }

    /// Reads the events of all streams.
    pub fn all() -> Self {
        Self::new(StreamSelector::All)
    }

    /// Reads the events of one stream.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] naming `stream` if the name is not valid.
    pub fn stream(name: impl TryInto<StreamName, Error: Into<Error>>) -> Result<Self> {
        name.try_into().map(Self::new).map_err(Into::into)
    }

    /// Reads in this order: forward from the first event, or backward from the last one.
    pub fn with_direction(self, direction: Direction) -> Self {
        Self { direction, ..self }
    }

    /// Starts at this event, inclusive.
    pub fn with_start(self, number: EventNumber) -> Self {
        Self {
            from: Start::Number(number),
            ..self
        }
    }

    /// Starts at the first event that happened at this time or later, as if its number had been given.
    pub fn with_start_time(self, at: Timestamp) -> Self {
        Self {
            from: Start::Time(at),
            ..self
        }
    }

    /// Reads only the events that match the filter.
    pub fn with_filter(self, filter: EventFilter) -> Self {
        Self { filter, ..self }
    }

    /// Reads at most this many matching events.
    pub fn with_limit(self, events: u64) -> Self {
        Self {
            limit: Some(events),
            ..self
        }
    }

    /// Fetches this many events per page; fewer where their payloads are large.
    pub fn with_page_size(self, events: NonZeroU32) -> Self {
        Self {
            page_size: events,
            ..self
        }
    }

    /// Asks for the [position](crate::RecordedEvent::position) of each event, also where a read of one stream would leave it out because it costs
    /// the storage something.
    pub fn with_positions(self) -> Self {
        Self {
            needs_positions: true,
            ..self
        }
    }

    /// Fetches at most this many payload bytes per page, but always at least one event.
    ///
    /// The default is the storage's setting, which is the maximum in any case.
    pub fn with_page_bytes(self, bytes: NonZeroU64) -> Self {
        Self {
            page_bytes: Some(bytes),
            ..self
        }
    }
}

impl From<StreamSelector> for Read {
    fn from(selector: StreamSelector) -> Self {
        Self::new(selector)
    }
}

impl From<StreamName> for Read {
    fn from(stream: StreamName) -> Self {
        Self::new(stream)
    }
}

impl From<&StreamName> for Read {
    fn from(stream: &StreamName) -> Self {
        Self::new(stream)
    }
}

impl TryFrom<&str> for Read {
    type Error = InvalidStreamName;

    fn try_from(selector: &str) -> Result<Self, Self::Error> {
        selector.parse::<StreamSelector>().map(Self::new)
    }
}

impl TryFrom<&String> for Read {
    type Error = InvalidStreamName;

    fn try_from(selector: &String) -> Result<Self, Self::Error> {
        Self::try_from(selector.as_str())
    }
}

impl TryFrom<String> for Read {
    type Error = InvalidStreamName;

    fn try_from(selector: String) -> Result<Self, Self::Error> {
        Self::try_from(selector.as_str())
    }
}

/// What every [`EventReader`] can do beyond its minimum.
pub trait EventReaderExt: EventReader {
    /// Reads events lazily, page by page, as they are consumed: those of a stream, of `$all`, or as a [`Read`] says.
    ///
    /// A forward read includes events that are appended in the meantime. If the name is not valid, or the stream is missing or deleted, the
    /// first item is that error. The read also scans the events that the filter leaves out, page by page, before it yields the next event.
    ///
    /// ```
    /// # use eventstore_core::{Direction, EventReader, EventReaderExt, Read, Result};
    /// async fn print(store: &dyn EventReader) -> Result<()> {
    ///     let mut events = store.read("account-1");
    ///     while let Some(event) = events.next().await {
    ///         println!("{}", event?.event_type);
    ///     }
    ///     let newest = store.read(Read::all().with_direction(Direction::Backward).with_limit(1)).collect().await?;
    ///     println!("{newest:?}");
    ///     Ok(())
    /// }
    /// # let _ = print;
    /// ```
    fn read(&self, read: impl TryInto<Read, Error: Into<Error>>) -> EventStream<'_> {
        EventStream::new(self.numbered(read).map_ok(RecordedEvent::from))
    }

    /// Does the same as [`read`](Self::read), and tells the number of each event in what is read.
    fn numbered(&self, read: impl TryInto<Read, Error: Into<Error>>) -> BoxStream<'_, Result<NumberedEvent>> {
        let read = read.try_into().map_err(Into::into);
        let pages = async move { Ok::<_, Error>(self.read_pages(read?.cursor(self).await?)) };
        stream::once(pages)
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
            needs_positions: self.needs_positions,
            ..PageRequest::new(self.selector, self.direction, from, self.page_size.get())
        };
        let cursor = PageCursor::new(request.with_filter(self.filter));
        Ok(match self.limit {
            Some(events) => cursor.with_limit(events),
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
