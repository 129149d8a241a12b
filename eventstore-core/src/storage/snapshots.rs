use async_trait::async_trait;
use bytes::Bytes;

use crate::{EventType, Result, StreamName, StreamVersion, Timestamp};

/// A state that was folded from the events of a stream, which saves folding them again.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Snapshot {
    /// What the snapshot is taken of; each source has one snapshot.
    pub source: StreamName,
    /// The version up to which the events have been folded.
    pub version: StreamVersion,
    /// The kind of state.
    pub snapshot_type: EventType,
    /// The state, serialized.
    pub data: Bytes,
    /// What is known about the snapshot besides its state, serialized.
    pub metadata: Option<Bytes>,
}

/// A snapshot as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RecordedSnapshot {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// When the snapshot was recorded.
    pub created_at: Timestamp,
}

/// What to do with a snapshot that is older than the recorded one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SnapshotPolicy {
    /// Keep the recorded snapshot.
    #[default]
    KeepNewest,
    /// Replace the recorded snapshot.
    Replace,
}

/// What happened to a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SnapshotOutcome {
    /// The snapshot is recorded.
    Recorded,
    /// A snapshot of this later version stays recorded.
    Superseded(StreamVersion),
}

/// Keeps one snapshot per source.
///
/// # Contract
///
/// - A recorded snapshot is never replaced by an older one, unless the caller says so.
/// - Recording refreshes the time. A snapshot of the same version replaces the recorded one.
/// - The source need not be a stream. If a stream has the source's name, its snapshot survives a soft delete of the stream, and a hard
///   delete removes it.
/// - Payloads are kept, or refused, like those of events.
/// - Across pages, a list holds each snapshot that exists all the time exactly once.
#[async_trait]
pub trait SnapshotStore: Send + Sync {
    /// Returns the recorded snapshot, if there is one.
    ///
    /// # Errors
    ///
    /// The errors that every call may have: [`Unavailable`](crate::Error::Unavailable), [`TimedOut`](crate::Error::TimedOut),
    /// [`AccessDenied`](crate::Error::AccessDenied), [`StoreClosed`](crate::Error::StoreClosed) and [`Storage`](crate::Error::Storage).
    async fn read_snapshot(&self, source: &StreamName) -> Result<Option<RecordedSnapshot>>;

    /// Lists at most `limit` snapshots after this source, or the first ones, in the backend's own order of sources; none if the limit is 0.
    ///
    /// The source `after` need not have a snapshot any more. Where payloads are large, the list may hold fewer snapshots than `limit`, but
    /// at least one: only an empty list is the end.
    ///
    /// # Errors
    ///
    /// The errors that every call may have: [`Unavailable`](crate::Error::Unavailable), [`TimedOut`](crate::Error::TimedOut),
    /// [`AccessDenied`](crate::Error::AccessDenied), [`StoreClosed`](crate::Error::StoreClosed) and [`Storage`](crate::Error::Storage).
    async fn list_snapshots(&self, after: Option<&StreamName>, limit: u32) -> Result<Vec<RecordedSnapshot>>;

    /// Records a snapshot in place of the previous one.
    ///
    /// If the future is dropped, the snapshot may be recorded.
    ///
    /// # Errors
    ///
    /// - [`InvalidInput`](crate::Error::InvalidInput): `data` or `metadata` that the backend cannot store
    /// - [`OutcomeUnknown`](crate::Error::OutcomeUnknown) and [`Aborted`](crate::Error::Aborted)
    /// - the errors that every call may have: [`Unavailable`](crate::Error::Unavailable), [`TimedOut`](crate::Error::TimedOut),
    ///   [`AccessDenied`](crate::Error::AccessDenied), [`StoreClosed`](crate::Error::StoreClosed) and [`Storage`](crate::Error::Storage)
    async fn record_snapshot(&self, snapshot: Snapshot, policy: SnapshotPolicy) -> Result<SnapshotOutcome>;

    /// Deletes the recorded snapshot, if there is one.
    ///
    /// If the future is dropped, the snapshot may be deleted.
    ///
    /// # Errors
    ///
    /// - [`OutcomeUnknown`](crate::Error::OutcomeUnknown) and [`Aborted`](crate::Error::Aborted)
    /// - the errors that every call may have: [`Unavailable`](crate::Error::Unavailable), [`TimedOut`](crate::Error::TimedOut),
    ///   [`AccessDenied`](crate::Error::AccessDenied), [`StoreClosed`](crate::Error::StoreClosed) and [`Storage`](crate::Error::Storage)
    async fn delete_snapshot(&self, source: &StreamName) -> Result<()>;
}
