use async_trait::async_trait;

use crate::{EventId, EventNumber, RecordedEvent, Result, StreamName};

/// An event that was looked up by its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundEvent {
    /// The event, with its position in `$all` as its number.
    pub event: RecordedEvent,
    /// Every stream that holds it: first the one that it was appended to, then those that link to it, in the order of their
    /// names.
    pub places: Vec<EventPlace>,
}

/// A stream that holds an event, and where in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPlace {
    /// The stream.
    pub stream: StreamName,
    /// The number of the event in this stream.
    pub number: EventNumber,
    /// Whether the stream is soft-deleted.
    pub is_deleted: bool,
}

/// Finds events by their ids.
///
/// # Contract
///
/// - An event is found as long as `$all` holds it, also if its stream is soft-deleted.
/// - It is found as a read of `$all` gives it, with every stream that holds it in the same snapshot.
#[async_trait]
pub trait EventLookup: Send + Sync {
    /// Finds the event with this id; `None` if there is none.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::Error::Unavailable) and failures of the storage.
    async fn find_event(&self, id: EventId) -> Result<Option<FoundEvent>>;
}
