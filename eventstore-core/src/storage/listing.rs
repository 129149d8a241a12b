use std::num::NonZeroU32;

use crate::StreamInfo;

/// By what streams are listed; alike ones by their id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum StreamSort {
    /// Their ids: the order in which they were created.
    #[default]
    Id,
    /// Their names, byte by byte.
    Name,
    /// Their versions.
    Version,
    /// When they were created.
    CreatedAt,
    /// When they were soft-deleted; ones that were not come last, descending first.
    DeletedAt,
}

/// Where a page of streams begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageStart {
    /// At the page of this number, counted from 1.
    Number(NonZeroU32),
    /// After this stream, the last one of the page before: no stream is listed twice or left out when others are
    /// created or deleted meanwhile.
    After(Box<StreamInfo>),
}

/// Which streams to list: all of them, 50 a page, by id, unless told otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamQuery {
    /// Only streams whose names contain this text, case-sensitive; nothing in it is a wildcard.
    pub search: Option<String>,
    /// By what they are listed.
    pub sort: StreamSort,
    /// The last ones first.
    pub is_descending: bool,
    /// Where the page begins.
    pub start: PageStart,
    /// At most this many streams.
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

/// Some of the streams that a query asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamPage {
    /// The streams of the page; none if it lies beyond the end.
    pub streams: Vec<StreamInfo>,
    /// How many streams there are on all pages.
    pub total_streams: u64,
    /// How many pages there are: at least 1.
    pub total_pages: u64,
}

impl StreamPage {
    /// A page of a query that found so many streams in all.
    pub fn new(query: &StreamQuery, streams: Vec<StreamInfo>, total_streams: u64) -> Self {
        let total_pages = total_streams.div_ceil(query.page_size.get().into()).max(1);
        Self {
            streams,
            total_streams,
            total_pages,
        }
    }
}
