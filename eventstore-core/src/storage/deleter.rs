use async_trait::async_trait;

use crate::{Delete, Result, StreamName};

/// Deletes streams.
///
/// # Contract
///
/// - A soft-deleted stream answers everything but a hard delete and an undelete with `StreamDeleted`; its events stay
///   in `$all` and in the streams that link to them.
/// - A hard delete removes the stream, its own events and all links to them; of the events of other streams it removes
///   the links in the deleted stream only. The versions of other streams and of `$all` stay as they are.
/// - Positions of deleted events are not given again. The ids of hard-deleted events can be appended anew; those of
///   soft-deleted ones cannot.
/// - A hard-deleted name is free: a stream created anew begins at version 1.
/// - The expectation and the deletion are one step; what an append put there meanwhile is never deleted unseen.
#[async_trait]
pub trait StreamDeleter: Send + Sync {
    /// Deletes a stream.
    ///
    /// # Errors
    ///
    /// In this order:
    ///
    /// - as of an append, if the stream does not meet the expectation; for a hard delete a soft-deleted stream is one like
    ///   any other
    /// - [`HardDeletesDisabled`](crate::Error::HardDeletesDisabled), of a hard delete, if they were not enabled for this store
    /// - [`StreamNotFound`](crate::Error::StreamNotFound), also where an append would create the stream, and for `$all`
    async fn delete(&self, delete: Delete) -> Result<()>;

    /// Brings a soft-deleted stream back; one that is not deleted stays as it is.
    ///
    /// # Errors
    ///
    /// [`StreamNotFound`](crate::Error::StreamNotFound) if there is no such stream.
    async fn undelete(&self, stream: &StreamName) -> Result<()>;
}
