#![doc = include_str!("../README.md")]

mod error;
mod event;
mod group_commit;
mod number;
mod storage;
mod stream;
mod subscription;
mod timestamp;

pub use error::{BoxError, Error, Result};
pub use event::{
    Append, AppendReceipt, AppendSet, EventId, EventType, InvalidEventType, Link, LinkReceipt, NewEvent, RecordedEvent,
    StoredEvent,
};
pub use group_commit::{AppendGroup, AppendQueue, GroupId, GroupLimits, Patience, QueuedAppend, Ticket};
pub use number::{EventNumber, NumberOutOfRange, StreamVersion};
pub use storage::{
    CheckpointOutcome, Direction, EventFilter, EventLinker, EventReader, EventReaderExt, EventStream, EventWriter,
    FilterConditions, Hint, Lease, Listener, Notifier, Page, PageCursor, PageRequest, PageStart, PageStream, Read,
    RecordedSnapshot, Snapshot, SnapshotOutcome, SnapshotPolicy, SnapshotStore, StreamDeleter, StreamDirectory,
    StreamInfo, StreamPage, StreamQuery, StreamSort, SubscriptionBackend, SubscriptionLocks, SubscriptionRecord,
    SubscriptionStore,
};
pub use stream::{
    Delete, Deletion, ExpectedVersion, InvalidExpectedVersion, InvalidStreamName, StreamName, StreamSelector,
    StreamState, VersionRefusal,
};
pub use subscription::{
    Effect, EndReason, Input, InvalidSubscriptionName, Progress, SubscriptionId, SubscriptionKey, SubscriptionMachine,
    SubscriptionName, SubscriptionSettings, SubscriptionStatus, Timer,
};
pub use timestamp::{InvalidTimestamp, Timestamp};
