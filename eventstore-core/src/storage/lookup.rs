use async_trait::async_trait;

use crate::{EventId, RecordedEvent, Result, StreamName, StreamVersion};

/// An event that was found by its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundEvent {
    /// The event, with its position.
    pub event: RecordedEvent,
    /// Every stream that holds the event: first the stream that it was appended to, then the streams that link to it, ordered by name.
    pub places: Vec<EventPlace>,
}

/// A stream that holds an event, and the event's version in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPlace {
    /// The stream.
    pub stream: StreamName,
    /// The version of the event, or of the link to it, in this stream.
    pub version: StreamVersion,
    /// Whether the stream is soft-deleted.
    pub is_deleted: bool,
}

/// Finds events by their ids.
///
/// # Contract
///
/// - An event is found as long as `$all` holds it, even if its stream is soft-deleted.
/// - The event is returned as a read of `$all` returns it, with every stream that holds it in the same snapshot.
#[async_trait]
pub trait EventLookup: Send + Sync {
    /// Finds the event with this id; `None` if there is none.
    ///
    /// # Errors
    ///
    /// The errors that every call may have: [`Unavailable`](crate::Error::Unavailable), [`TimedOut`](crate::Error::TimedOut),
    /// [`AccessDenied`](crate::Error::AccessDenied), [`StoreClosed`](crate::Error::StoreClosed) and [`Storage`](crate::Error::Storage).
    async fn find_event(&self, id: EventId) -> Result<Option<FoundEvent>>;
}
