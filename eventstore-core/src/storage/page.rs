use std::num::NonZeroU64;

use crate::backend::NumberedEvent;
use crate::{EventFilter, EventNumber, StreamSelector};

/// The order in which events are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Direction {
    /// Oldest first.
    #[default]
    Forward,
    /// Newest first.
    Backward,
}

/// Which events to read in one page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// The stream to read, or all streams.
    pub selector: StreamSelector,
    /// The order of the events.
    pub direction: Direction,
    /// The number of the first event to read, inclusive.
    ///
    /// Forward, 0 and 1 both mean the first event. Backward, a number beyond the end means the last event.
    pub from: EventNumber,
    /// The maximum number of matching events on the page; with 0, the page is empty and need not make any progress.
    pub limit: u32,
    /// The maximum number of payload bytes on the page; a page that exceeds it holds a single event.
    ///
    /// With `None`, the storage decides. The storage may apply a lower limit in any case.
    pub max_bytes: Option<NonZeroU64>,
    /// Which events match.
    pub filter: EventFilter,
    /// Whether each event must have its [position](crate::RecordedEvent::position).
    ///
    /// Without it, a read of one stream leaves out the positions that would cost the storage something.
    pub needs_positions: bool,
}

impl PageRequest {
    /// The default maximum for the payload bytes of one page, unless the storage or the request sets another: 8 MiB.
    pub const DEFAULT_MAX_BYTES: NonZeroU64 = NonZeroU64::new(8 << 20).unwrap();

    /// Creates a request for events of every kind.
    pub fn new(selector: impl Into<StreamSelector>, direction: Direction, from: EventNumber, limit: u32) -> Self {
        Self {
            selector: selector.into(),
            direction,
            from,
            limit,
            max_bytes: None,
            filter: EventFilter::default(),
            needs_positions: false,
        }
    }

    /// Asks for the position of each event.
    #[must_use]
    pub fn with_positions(self) -> Self {
        Self {
            needs_positions: true,
            ..self
        }
    }

    /// Sets the maximum number of payload bytes on the page; the page may still hold one larger event.
    #[must_use]
    pub fn with_max_bytes(self, bytes: NonZeroU64) -> Self {
        Self {
            max_bytes: Some(bytes),
            ..self
        }
    }

    /// Restricts the request to the events that match this filter.
    #[must_use]
    pub fn with_filter(self, filter: EventFilter) -> Self {
        Self { filter, ..self }
    }
}

/// One page of events.
///
/// A storage need not scan all numbers for one page: a page without events may be followed by pages with events. A page may hold fewer
/// events than the request asked for because their payloads are large. The next page continues after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The events, in the requested order.
    pub events: Vec<NumberedEvent>,
    /// The scan window's end: every existing matching event from the request's start up to this number (backward: down to it) is on the
    /// page.
    pub scanned_to: EventNumber,
    /// Whether this is known to be the last page: `true` only if no matching event existed beyond the page when it was read.
    ///
    /// If only gaps lie beyond the page, the storage need not know, and may report `false`. If this is `false` and the request allows at
    /// least one event, `scanned_to` is at or past the request's start, so that the next page begins further on.
    pub is_last: bool,
}
