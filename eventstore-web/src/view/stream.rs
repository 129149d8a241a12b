use eventstore_core::{RecordedSnapshot, StreamInfo};
use serde::Serialize;
use utoipa::ToSchema;

use super::PayloadView;

/// A stream.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct StreamView {
    /// Its name.
    pub(crate) stream: String,
    /// Its id in storage.
    pub(crate) id: u64,
    /// How many events were ever added to it.
    pub(crate) version: u64,
    /// When it was created, as RFC 3339 writes it.
    pub(crate) created_at: String,
    /// When it was soft-deleted, if it was.
    pub(crate) deleted_at: Option<String>,
}

/// A part of the list of streams.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct StreamsView {
    /// The streams, in the order that was asked for.
    pub(crate) streams: Vec<StreamView>,
    /// What the next part begins after: a name, or an id if the newest streams are listed first.
    pub(crate) next: Option<String>,
}

/// The latest snapshot of a stream.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct SnapshotView {
    /// The version of the stream that it was made at.
    pub(crate) version: u64,
    /// Its type.
    pub(crate) snapshot_type: String,
    /// When it was recorded, as RFC 3339 writes it.
    pub(crate) created_at: String,
    /// Its content.
    pub(crate) data: PayloadView,
}

/// What a walk through the whole list of streams has found.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub(crate) struct SurveyView {
    /// How many streams were looked at.
    pub(crate) streams: u64,
    /// Whether the walk has ended.
    pub(crate) is_complete: bool,
    /// Why it has ended too early, if it has.
    pub(crate) problem: Option<String>,
    /// The categories with the most streams.
    pub(crate) categories: Vec<CategoryView>,
    /// The longest streams.
    pub(crate) longest: Vec<StreamView>,
    /// The streams that were soft-deleted last.
    pub(crate) deleted: Vec<StreamView>,
}

/// The streams whose names begin alike, up to the first `-`.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct CategoryView {
    /// What their names begin with.
    pub(crate) category: String,
    /// How many there are.
    pub(crate) streams: u64,
    /// How many events were ever added to them.
    pub(crate) events: u64,
}

impl StreamView {
    pub(crate) fn new(info: &StreamInfo) -> Self {
        Self {
            stream: info.selector.to_string(),
            id: info.id,
            version: info.version.get(),
            created_at: info.created_at.to_string(),
            deleted_at: info.deleted_at.map(|at| at.to_string()),
        }
    }
}

impl SnapshotView {
    pub(crate) fn new(recorded: &RecordedSnapshot) -> Self {
        Self {
            version: recorded.snapshot.version.get(),
            snapshot_type: recorded.snapshot.snapshot_type.to_string(),
            created_at: recorded.created_at.to_string(),
            data: PayloadView::new(&recorded.snapshot.data),
        }
    }
}
