use async_trait::async_trait;

use crate::{Result, StreamSelector, StreamVersion, Timestamp};

/// What is known about a stream without reading its events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamInfo {
    /// The stream.
    pub selector: StreamSelector,
    /// How many events were ever put into it; for `$all`, the position of the newest event.
    pub version: StreamVersion,
    /// When it was created.
    pub created_at: Timestamp,
}

/// Knows which streams there are.
#[async_trait]
pub trait StreamDirectory: Send + Sync {
    /// Looks one stream up.
    ///
    /// # Errors
    ///
    /// - [`StreamNotFound`](crate::Error::StreamNotFound) or [`StreamDeleted`](crate::Error::StreamDeleted)
    /// - [`Unavailable`](crate::Error::Unavailable) and failures of the storage
    async fn stream_info(&self, selector: &StreamSelector) -> Result<StreamInfo>;
}
