use async_trait::async_trait;
use bytes::Bytes;

use crate::{EventType, Result, StreamName, StreamVersion, Timestamp};

/// A state that was folded from a stream's events, to save folding them again.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Snapshot {
    /// What it is a snapshot of; there is one for each.
    pub source: StreamName,
    /// The version up to which the events have been folded.
    pub version: StreamVersion,
    /// What kind of state it is.
    pub snapshot_type: EventType,
    /// The state, serialized.
    pub data: Bytes,
    /// What is known about the snapshot beside its state, serialized.
    pub metadata: Option<Bytes>,
}

/// A snapshot as it stands in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RecordedSnapshot {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// When it was recorded.
    pub created_at: Timestamp,
}

/// What to do with a snapshot that is older than the recorded one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SnapshotPolicy {
    /// Keep the recorded one.
    #[default]
    KeepNewest,
    /// Replace the recorded one.
    Replace,
}

/// What became of a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SnapshotOutcome {
    /// It is recorded.
    Recorded,
    /// One of this later version stays recorded.
    Superseded(StreamVersion),
}

/// Keeps one snapshot of each source.
///
/// # Contract
///
/// - A recorded snapshot is never replaced by an older one, unless the caller says so.
/// - Recording refreshes the time; a snapshot of the same version replaces the recorded one.
/// - The source need not be a stream. A snapshot stays when the stream of its name is soft-deleted, and goes with it when it is
///   hard-deleted.
/// - Payloads are kept, or refused, as those of events.
/// - Page after page, a list holds each snapshot once that is there all the time.
#[async_trait]
pub trait SnapshotStore: Send + Sync {
    /// The recorded snapshot, if there is one.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::Error::Unavailable) and failures of the storage.
    async fn read_snapshot(&self, source: &StreamName) -> Result<Option<RecordedSnapshot>>;

    /// At most so many snapshots that come after this source, or the first ones, in the backend's own order of sources; none, if
    /// the limit is 0. There need not be a snapshot of that source any more.
    ///
    /// Where payloads are large, there may be fewer, but one in any case: only an empty list is the end.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::Error::Unavailable) and failures of the storage.
    async fn list_snapshots(&self, after: Option<&StreamName>, limit: u32) -> Result<Vec<RecordedSnapshot>>;

    /// Records a snapshot in place of the one before.
    ///
    /// # Errors
    ///
    /// - [`InvalidInput`](crate::Error::InvalidInput): `data` or `metadata` that the backend cannot store
    /// - [`Unavailable`](crate::Error::Unavailable) and failures of the storage
    async fn record_snapshot(&self, snapshot: Snapshot, policy: SnapshotPolicy) -> Result<SnapshotOutcome>;

    /// Deletes the recorded snapshot, if there is one.
    ///
    /// # Errors
    ///
    /// [`Unavailable`](crate::Error::Unavailable) and failures of the storage.
    async fn delete_snapshot(&self, source: &StreamName) -> Result<()>;
}
