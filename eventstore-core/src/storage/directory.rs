use async_trait::async_trait;

use crate::{Result, StreamPage, StreamQuery, StreamSelector, StreamVersion, Timestamp};

/// What is known about a stream without reading its events.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct StreamInfo {
    /// The stream.
    pub selector: StreamSelector,
    /// The stream's id in storage; a name that is used again after a hard delete has another id, and the id of `$all` is 0.
    pub id: u64,
    /// How many events were ever added to the stream; for `$all`, the position of the newest event.
    pub version: StreamVersion,
    /// When the stream was created.
    pub created_at: Timestamp,
    /// When the stream was soft-deleted, if it was.
    pub deleted_at: Option<Timestamp>,
}

/// Lists the streams of the store and describes them.
///
/// # Contract
///
/// - `$all` is listed like any other stream, and so are soft-deleted streams.
/// - A list is in a total order, and streams with equal sort values are ordered by id: its pages are disjoint and complete.
/// - Ids ascend in the order of creation.
/// - A search is for plain text. A text that no name can contain finds nothing, without an error.
/// - A page after a stream is correct even if that stream no longer exists.
#[async_trait]
pub trait StreamDirectory: Send + Sync {
    /// Returns information about one stream.
    ///
    /// # Errors
    ///
    /// - [`StreamNotFound`](crate::Error::StreamNotFound) or [`StreamDeleted`](crate::Error::StreamDeleted)
    /// - the errors that every call may have: [`Unavailable`](crate::Error::Unavailable), [`TimedOut`](crate::Error::TimedOut),
    ///   [`AccessDenied`](crate::Error::AccessDenied), [`StoreClosed`](crate::Error::StoreClosed) and [`Storage`](crate::Error::Storage)
    async fn stream_info(&self, selector: &StreamSelector) -> Result<StreamInfo>;

    /// Lists one page of the streams.
    ///
    /// # Errors
    ///
    /// The errors that every call may have: [`Unavailable`](crate::Error::Unavailable), [`TimedOut`](crate::Error::TimedOut),
    /// [`AccessDenied`](crate::Error::AccessDenied), [`StoreClosed`](crate::Error::StoreClosed) and [`Storage`](crate::Error::Storage).
    async fn list_streams(&self, query: StreamQuery) -> Result<StreamPage>;
}
