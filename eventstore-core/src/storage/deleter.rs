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
/// - A hard-deleted name is free: a stream created anew begins at version 1.
/// - The expectation and the deletion are one step; what an append put there meanwhile is never deleted unseen.
#[async_trait]
pub trait StreamDeleter: Send + Sync {
    /// Deletes a stream.
    ///
    /// # Errors
    ///
    /// - [`StreamNotFound`](crate::Error::StreamNotFound), also where an append would create the stream
    /// - as of an append, if the stream does not meet the expectation; a soft-deleted one can be hard-deleted
    /// - [`HardDeletesDisabled`](crate::Error::HardDeletesDisabled) if they were not enabled for this store
    async fn delete(&self, delete: Delete) -> Result<()>;

    /// Brings a soft-deleted stream back; one that is not deleted stays as it is.
    ///
    /// # Errors
    ///
    /// [`StreamNotFound`](crate::Error::StreamNotFound) if there is no such stream.
    async fn undelete(&self, stream: &StreamName) -> Result<()>;
}
