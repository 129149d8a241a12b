use async_trait::async_trait;

use crate::{Delete, Result, StreamName};

/// Deletes streams.
///
/// # Contract
///
/// - A soft-deleted stream answers every call except a hard delete and an undelete with `StreamDeleted`. Its events stay in `$all` and in
///   the streams that link to them.
/// - A hard delete removes the stream, its own events and all links to them. Of the events of other streams, it removes only the links in
///   the deleted stream. The versions of other streams and of `$all` do not change.
/// - Positions of deleted events are not assigned again. The ids of hard-deleted events can be appended again; those of soft-deleted events
///   cannot.
/// - A hard-deleted name is free: a stream created again under it begins at version 1.
/// - The expected-version check and the deletion are one step: a delete never removes, unseen, what an append stored in the meantime.
#[async_trait]
pub trait StreamDeleter: Send + Sync {
    /// Deletes a stream.
    ///
    /// If the future is dropped, the stream is deleted as a whole or not at all.
    ///
    /// # Errors
    ///
    /// In this order:
    ///
    /// - as for an append, if the stream fails the expected-version check; a hard delete treats a soft-deleted stream like any other
    /// - [`HardDeletesDisabled`](crate::Error::HardDeletesDisabled), for a hard delete, if hard deletes are not enabled for this store
    /// - [`StreamNotFound`](crate::Error::StreamNotFound), also where an append would create the stream, and for `$all`
    ///
    /// Besides, in no particular order:
    ///
    /// - [`OutcomeUnknown`](crate::Error::OutcomeUnknown) and [`Aborted`](crate::Error::Aborted)
    /// - the errors that every call may have: [`Unavailable`](crate::Error::Unavailable), [`TimedOut`](crate::Error::TimedOut),
    ///   [`AccessDenied`](crate::Error::AccessDenied), [`StoreClosed`](crate::Error::StoreClosed) and [`Storage`](crate::Error::Storage)
    async fn delete(&self, delete: Delete) -> Result<()>;

    /// Restores a soft-deleted stream; a stream that is not deleted does not change.
    ///
    /// If the future is dropped, the stream may be restored.
    ///
    /// # Errors
    ///
    /// - [`StreamNotFound`](crate::Error::StreamNotFound) if there is no such stream
    /// - [`OutcomeUnknown`](crate::Error::OutcomeUnknown) and [`Aborted`](crate::Error::Aborted)
    /// - the errors that every call may have: [`Unavailable`](crate::Error::Unavailable), [`TimedOut`](crate::Error::TimedOut),
    ///   [`AccessDenied`](crate::Error::AccessDenied), [`StoreClosed`](crate::Error::StoreClosed) and [`Storage`](crate::Error::Storage)
    async fn undelete(&self, stream: &StreamName) -> Result<()>;
}
