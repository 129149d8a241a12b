use std::num::NonZeroU64;

use async_trait::async_trait;

use super::page_cursor::on_demand;
use crate::{EventFilter, EventNumber, PageCursor, PageStream, RecordedEvent, Result, StreamSelector, Timestamp};

/// In which order events are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Direction {
    /// The oldest first.
    #[default]
    Forward,
    /// The newest first.
    Backward,
}

/// Which events to read at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// Whose events.
    pub selector: StreamSelector,
    /// In which order.
    pub direction: Direction,
    /// The number of the first event to read, itself included: forward, 0 and 1 both mean the first event; backward,
    /// a number beyond the end means the last event.
    pub from: EventNumber,
    /// At most this many events, of those that match; with 0, the page is empty, and need not get any further.
    pub limit: u32,
    /// At most this many bytes of payloads, beyond which a page holds a single event; `None` leaves it to the storage, which may
    /// have a lower bound in any case.
    pub max_bytes: Option<NonZeroU64>,
    /// Which of the events.
    pub filter: EventFilter,
}

impl PageRequest {
    /// How many bytes of payloads a page holds at most, unless the storage or the request says otherwise: 8 MiB.
    pub const DEFAULT_MAX_BYTES: NonZeroU64 = NonZeroU64::new(8 << 20).unwrap();

    /// Asks for events of every kind.
    pub fn new(selector: impl Into<StreamSelector>, direction: Direction, from: EventNumber, limit: u32) -> Self {
        Self {
            selector: selector.into(),
            direction,
            from,
            limit,
            max_bytes: None,
            filter: EventFilter::default(),
        }
    }

    /// Asks for no more bytes of payloads than this, but for one event in any case.
    #[must_use]
    pub fn max_bytes(self, bytes: NonZeroU64) -> Self {
        Self {
            max_bytes: Some(bytes),
            ..self
        }
    }

    /// Asks only for the events that match.
    #[must_use]
    pub fn filtered(self, filter: EventFilter) -> Self {
        Self { filter, ..self }
    }
}

/// Events that were read at once.
///
/// A storage need not look at all numbers for one page: a page without events may be followed by others. A page may hold fewer
/// events than were asked for because their payloads are large; the next page goes on behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The events in the order asked for.
    pub events: Vec<RecordedEvent>,
    /// Every matching event from the request's start up to this number (down to it, backward) is on the page, if it
    /// exists.
    pub scanned_to: EventNumber,
    /// Set only if no matching event stood beyond the page when it was read; where nothing but gaps stand there, a storage
    /// need not know. Unless it is set, a page that could hold an event goes further than the request's start.
    pub is_last: bool,
}

/// Reads events back.
///
/// # Contract
///
/// - Events come in the order of their numbers, each exactly once, as they were appended.
/// - What is read by position has no hole that a later commit fills.
/// - A page is read in one snapshot, `scanned_to` and `is_last` included.
/// - The payloads on a page have no more bytes than [`PageRequest::max_bytes`], unless it holds one event only. They count as
///   they are handed out, however they are stored, and the bound holds before they leave the storage.
/// - A filter leaves out just the events that do not match: those that do have the numbers that they have without it.
#[async_trait]
pub trait EventReader: Send + Sync {
    /// Reads one page.
    ///
    /// # Errors
    ///
    /// - [`StreamNotFound`](crate::Error::StreamNotFound) or [`StreamDeleted`](crate::Error::StreamDeleted)
    /// - [`Unavailable`](crate::Error::Unavailable) and failures of the storage
    async fn read_page(&self, request: PageRequest) -> Result<Page>;

    /// Reads one page after the other, as [`read_page`](Self::read_page) does, while they are consumed.
    ///
    /// A storage may read the next page while the consumer is busy with the one that it has, once it has asked for a second
    /// one; while nobody asks for a page, it neither keeps a snapshot nor anything else that others wait for.
    fn read_pages(&self, cursor: PageCursor) -> PageStream<'_> {
        on_demand(self, cursor)
    }

    /// The number of the first event that happened at this time or later; the one that the next event will get if there
    /// is none.
    ///
    /// Times need not ascend with the numbers: the first event is the one with the lowest number.
    ///
    /// # Errors
    ///
    /// As of [`read_page`](Self::read_page).
    async fn number_at(&self, selector: &StreamSelector, at: Timestamp) -> Result<EventNumber>;

    /// What tells this store from the others of its process: the label `schema` of all metrics about it. Empty by default, for
    /// a process with one store.
    #[expect(clippy::unnecessary_literal_bound, reason = "a backend that has a label owns it")]
    fn metrics_label(&self) -> &str {
        ""
    }
}
