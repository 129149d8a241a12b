use async_trait::async_trait;

use crate::{EventNumber, RecordedEvent, Result, StreamSelector};

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
    /// At most this many events.
    pub limit: u32,
}

/// Events that were read at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The events in the order asked for.
    pub events: Vec<RecordedEvent>,
    /// Every event from the request's start up to this number (down to it, backward) is on the page, if it exists.
    pub scanned_to: EventNumber,
    /// Whether nothing stood beyond the page when it was read.
    pub is_last: bool,
}

/// Reads events back.
///
/// # Contract
///
/// - Events come in the order of their numbers, each exactly once, as they were appended.
/// - What is read by position has no hole that a later commit fills.
/// - A page is read in one snapshot, `scanned_to` and `is_last` included.
#[async_trait]
pub trait EventReader: Send + Sync {
    /// Reads one page.
    ///
    /// # Errors
    ///
    /// - [`StreamNotFound`](crate::Error::StreamNotFound) or [`StreamDeleted`](crate::Error::StreamDeleted)
    /// - [`Unavailable`](crate::Error::Unavailable) and failures of the storage
    async fn read_page(&self, request: PageRequest) -> Result<Page>;
}
