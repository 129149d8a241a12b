use async_trait::async_trait;

use crate::{Link, LinkReceipt, Result};

/// Puts references to stored events into other streams; `$all` does not change.
///
/// # Contract
///
/// - A link is all or nothing; a refused one leaves nothing.
/// - An event stands at most once in a stream, its own included; in how many different streams is up to the caller.
/// - A linked event is read with the number of its place, and the stream and version that it was appended to.
/// - What the target is expected to be is checked as for an append, also against concurrent changes.
#[async_trait]
pub trait EventLinker: Send + Sync {
    /// Links the events.
    ///
    /// # Errors
    ///
    /// In this order:
    ///
    /// - as of an append, if the target does not meet the expectation
    /// - [`EventsNotFound`](crate::Error::EventsNotFound) naming all ids that no event has
    /// - [`DuplicateEvent`](crate::Error::DuplicateEvent) if an event stands in the target already
    async fn link(&self, link: Link) -> Result<LinkReceipt>;
}
