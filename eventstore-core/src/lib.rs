#![doc = include_str!("../README.md")]

mod error;
mod event;
mod group_commit;
mod number;
mod projection;
mod storage;
mod stream;
mod subscription;
#[cfg(feature = "serde")]
mod text;
mod timestamp;

pub mod backend;
pub mod machine;
pub mod prelude;

pub use error::{BoxError, Error, Result};
pub use event::{
    Append, AppendReceipt, AppendSet, EventId, EventType, Idempotence, InvalidEventType, Link, LinkPlace, LinkReceipt,
    NewEvent, RecordedEvent,
};
pub use number::{EventNumber, NumberOutOfRange, Position, StreamVersion};
pub use projection::{
    BuildChange, BuildNumber, BuildStage, BuildState, InvalidProjectionName, ProjectionBuild, ProjectionFailure,
    ProjectionName,
};
pub use storage::{
    BuildProgress, Closable, Direction, EventFilter, EventLinker, EventLookup, EventPlace, EventReader, EventReaderExt,
    EventStore, EventStream, EventTracing, EventWriter, EventWriterExt, FoundEvent, GroupInfo, GroupStore,
    HolderPolicy, HolderState, PageStart, ParkCause, ParkedEvent, ParkedEventStore, PartitionInfo, ProjectionCatalog,
    Read, RecordedSnapshot, ReportedStatus, Snapshot, SnapshotOutcome, SnapshotPolicy, SnapshotStore, StatisticsSource,
    StatusReport, StatusText, StoreStatistics, StreamDeleter, StreamDirectory, StreamInfo, StreamPage, StreamQuery,
    StreamSort, SubscriptionAdmin, SubscriptionFailure, SubscriptionInfo, SubscriptionStatusStore, TracedEvents,
    projection_progress,
};
pub use stream::{
    Delete, Deletion, ExpectedVersion, InvalidExpectedVersion, InvalidStreamName, StreamName, StreamSelector,
};
pub use subscription::{
    GroupSettings, InvalidPartitionCount, InvalidSubscriptionName, MemberId, PartitionCount, PartitionKey,
    PartitionNumber, Progress, Refusal, SubscriptionId, SubscriptionKey, SubscriptionName, SubscriptionSettings,
    SubscriptionStatus,
};
pub use timestamp::{InvalidTimestamp, Timestamp};

/// The crates whose types the signatures of this crate use, in the versions that it takes.
pub use {bytes, futures_core, uuid};
