use async_trait::async_trait;

use crate::{Result, StreamPage, StreamQuery, StreamSelector, StreamVersion, Timestamp};

/// What is known about a stream without reading its events.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct StreamInfo {
    /// The stream.
    pub selector: StreamSelector,
    /// Its id in storage: a name that is used again after a hard delete has another one; 0 is `$all`.
    pub id: u64,
    /// How many events were ever put into it; for `$all`, the position of the newest event.
    pub version: StreamVersion,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was soft-deleted, if it was.
    pub deleted_at: Option<Timestamp>,
}

/// Knows which streams there are.
///
/// # Contract
///
/// - `$all` is listed like any other stream, and so are soft-deleted ones.
/// - A list is in a total order, streams that sort alike by their id: its pages are disjoint and complete.
/// - Ids ascend in the order of creation.
/// - A search is for plain text; what no name can hold is found nowhere, without an error.
/// - A page after a stream is right also if that stream is gone by now.
#[async_trait]
pub trait StreamDirectory: Send + Sync {
    /// Looks one stream up.
    ///
    /// # Errors
    ///
    /// - [`StreamNotFound`](crate::Error::StreamNotFound) or [`StreamDeleted`](crate::Error::StreamDeleted)
    /// - [`Unavailable`](crate::Error::Unavailable) and failures of the storage
    async fn stream_info(&self, selector: &StreamSelector) -> Result<StreamInfo>;

    /// Lists one page of the streams.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::Error::Unavailable) and failures of the storage.
    async fn list_streams(&self, query: StreamQuery) -> Result<StreamPage>;
}
