use async_trait::async_trait;

use crate::{Link, LinkReceipt, Result};

/// Links stored events into other streams; `$all` does not change.
///
/// # Contract
///
/// - A link is all or nothing; a refused link leaves nothing behind.
/// - A stream holds an event at most once, and this includes the stream that the event was appended to. How many different streams hold it
///   is up to the caller.
/// - A linked event is read with its number in the stream that is read, and with the stream and version that it was appended to.
/// - The expected version of the target is checked as for an append, also against concurrent changes.
#[async_trait]
pub trait EventLinker: Send + Sync {
    /// Links the events.
    ///
    /// If the future is dropped, all events are linked, or none.
    ///
    /// # Errors
    ///
    /// In this order:
    ///
    /// - as for an append, if the target fails the expected-version check
    /// - [`EventsNotFound`](crate::Error::EventsNotFound) naming all ids that no event has
    /// - [`DuplicateEvent`](crate::Error::DuplicateEvent) if the target already holds an event
    ///
    /// Besides, in no particular order:
    ///
    /// - [`OutcomeUnknown`](crate::Error::OutcomeUnknown) and [`Aborted`](crate::Error::Aborted)
    /// - the errors that every call may have: [`Unavailable`](crate::Error::Unavailable), [`TimedOut`](crate::Error::TimedOut),
    ///   [`AccessDenied`](crate::Error::AccessDenied), [`StoreClosed`](crate::Error::StoreClosed) and [`Storage`](crate::Error::Storage)
    async fn link(&self, link: Link) -> Result<LinkReceipt>;
}
