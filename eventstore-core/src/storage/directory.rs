use std::num::NonZeroU32;

use async_trait::async_trait;

use crate::{Result, StreamName, StreamSelector, StreamVersion, Timestamp};

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
/// - [`streams_by_name`](Self::streams_by_name) and [`newest_streams`](Self::newest_streams) count nothing, so that a call costs as much
///   as the streams it returns, however many there are. They list soft-deleted streams, but not `$all`. One exception: a storage whose
///   index on names is not in the order of their bytes may examine every name in `streams_by_name`, as the layout `original` does.
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

    /// Lists the streams whose names begin with `prefix` and come after this name, ordered by name, byte by byte.
    ///
    /// There need not be a stream of the name `after`. Fewer streams than `limit` mean that there are no more.
    ///
    /// # Errors
    ///
    /// The errors that every call may have: [`Unavailable`](crate::Error::Unavailable), [`TimedOut`](crate::Error::TimedOut),
    /// [`AccessDenied`](crate::Error::AccessDenied), [`StoreClosed`](crate::Error::StoreClosed) and [`Storage`](crate::Error::Storage).
    async fn streams_by_name(
        &self,
        prefix: &str,
        after: Option<&StreamName>,
        limit: NonZeroU32,
    ) -> Result<Vec<StreamInfo>>;

    /// Lists the streams that were created last, the newest first: those with ids below `before`, or all of them.
    ///
    /// There need not be a stream with the id `before`. Fewer streams than `limit` mean that there are no more.
    ///
    /// # Errors
    ///
    /// The errors that every call may have: [`Unavailable`](crate::Error::Unavailable), [`TimedOut`](crate::Error::TimedOut),
    /// [`AccessDenied`](crate::Error::AccessDenied), [`StoreClosed`](crate::Error::StoreClosed) and [`Storage`](crate::Error::Storage).
    async fn newest_streams(&self, before: Option<u64>, limit: NonZeroU32) -> Result<Vec<StreamInfo>>;
}

/// The order in which streams are listed; streams with equal values are ordered by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum StreamSort {
    /// By id: the order in which the streams were created.
    #[default]
    Id,
    /// By name, byte by byte.
    Name,
    /// By version.
    Version,
    /// By creation time.
    CreatedAt,
    /// By the time of the soft delete; streams that are not deleted come last, or first in descending order.
    DeletedAt,
}

/// Where a page of streams begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageStart {
    /// At the page with this number, counted from 1.
    Number(NonZeroU32),
    /// After this stream, which is the last one of the previous page.
    ///
    /// No stream is listed twice or left out if others are created or deleted in the meantime.
    After(Box<StreamInfo>),
}

/// Which streams to list; by default all of them, 50 per page, ordered by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamQuery {
    /// Lists only streams whose names contain this text; the search is case-sensitive and has no wildcards.
    pub search: Option<String>,
    /// The order of the list.
    pub sort: StreamSort,
    /// Whether the order is reversed.
    pub is_descending: bool,
    /// Where the page begins.
    pub start: PageStart,
    /// The maximum number of streams on the page.
    pub page_size: NonZeroU32,
}

impl Default for StreamQuery {
    fn default() -> Self {
        Self {
            search: None,
            sort: StreamSort::default(),
            is_descending: false,
            start: PageStart::Number(NonZeroU32::MIN),
            page_size: const { NonZeroU32::new(50).unwrap() },
        }
    }
}

/// One page of the streams that a query matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamPage {
    /// The streams of the page; none if the page is beyond the end.
    pub streams: Vec<StreamInfo>,
    /// How many streams there are on all pages.
    pub total_streams: u64,
    /// How many pages there are; at least 1.
    pub total_pages: u64,
}

impl StreamPage {
    /// Creates a page for a query that matches this many streams in total.
    pub fn new(query: &StreamQuery, streams: Vec<StreamInfo>, total_streams: u64) -> Self {
        let total_pages = total_streams.div_ceil(query.page_size.get().into()).max(1);
        Self {
            streams,
            total_streams,
            total_pages,
        }
    }
}
