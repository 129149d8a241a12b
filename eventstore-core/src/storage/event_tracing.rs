use std::num::NonZeroU32;

use async_trait::async_trait;
use uuid::Uuid;

use crate::{EventId, Position, RecordedEvent, Result};

/// What a trace found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TracedEvents {
    /// The events, in the order of their positions.
    Found(Vec<RecordedEvent>),
    /// The storage would have to examine every event, because it lacks an index.
    NeedsIndex {
        /// How an operator creates the index.
        remedy: String,
    },
}

/// Finds events by what caused them, and by the conversation that they belong to.
///
/// # Contract
///
/// - The events are returned as a read of `$all` returns them, with their positions and in this order. They are found as long as `$all` holds
///   them, even if their streams are soft-deleted.
/// - An answer holds no more bytes of payloads than a [page](crate::backend::PageRequest::max_bytes), or a single event. So it may hold fewer
///   events than asked for; only an answer without events says that there are no more.
/// - Without an index, a call examines no events, and returns [`NeedsIndex`](TracedEvents::NeedsIndex). An index is noticed by the next call.
#[async_trait]
pub trait EventTracing: Send + Sync {
    /// Finds the events whose causation id is the id of this event, of those after this position.
    ///
    /// # Errors
    ///
    /// The errors that every call may have: [`Unavailable`](crate::Error::Unavailable), [`TimedOut`](crate::Error::TimedOut),
    /// [`AccessDenied`](crate::Error::AccessDenied), [`StoreClosed`](crate::Error::StoreClosed) and [`Storage`](crate::Error::Storage).
    async fn caused_by(&self, cause: EventId, after: Option<Position>, limit: NonZeroU32) -> Result<TracedEvents>;

    /// Finds the events with this correlation id, of those after this position.
    ///
    /// # Errors
    ///
    /// The errors that every call may have: [`Unavailable`](crate::Error::Unavailable), [`TimedOut`](crate::Error::TimedOut),
    /// [`AccessDenied`](crate::Error::AccessDenied), [`StoreClosed`](crate::Error::StoreClosed) and [`Storage`](crate::Error::Storage).
    async fn correlated(&self, correlation: Uuid, after: Option<Position>, limit: NonZeroU32) -> Result<TracedEvents>;
}
