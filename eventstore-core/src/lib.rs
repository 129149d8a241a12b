#![doc = include_str!("../README.md")]

mod error;
mod event;
mod group_commit;
mod number;
mod storage;
mod stream;
mod subscription;
#[cfg(feature = "serde")]
mod text;
mod timestamp;

pub use error::{BoxError, Error, Result};
pub use event::{
    Append, AppendParts, AppendReceipt, AppendSet, EventId, EventType, InvalidEventType, Link, LinkReceipt, NewEvent,
    RecordedEvent, StoredEvent,
};
pub use group_commit::{AppendGroup, AppendQueue, GroupId, GroupLimits, Patience, QueuedAppend, Ticket};
pub use number::{EventNumber, NumberOutOfRange, StreamVersion};
pub use storage::{
    AcquiredLease, Backend, BegunProjection, CheckpointOutcome, Closable, Direction, EventFilter, EventImporter,
    EventLinker, EventLookup, EventPlace, EventReader, EventReaderExt, EventStream, EventToPark, EventWriter,
    FilterConditions, ForgottenSubject, FoundEvent, Hint, HolderPolicy, ImportConflicts, ImportRun, Imported,
    KeyAddition, KeyVault, Lease, LeaseEpoch, LeaseLoss, LeaseToken, Listener, Notifier, Page, PageCursor, PageRequest,
    PageRoom, PageStart, PageStream, ParkCause, ParkOutcome, ParkedBacklog, ParkedEvent, ParkedEventStore, Parking,
    PayloadFormat, PayloadStorage, ProjectionStep, ProjectionStore, Read, Recipient, RecordedSnapshot, Snapshot,
    SnapshotOutcome, SnapshotPolicy, SnapshotStore, StreamDeleter, StreamDirectory, StreamInfo, StreamPage,
    StreamQuery, StreamSort, StreamWatch, SubjectKeys, SubscriptionAdmin, SubscriptionBackend, SubscriptionInfo,
    SubscriptionLocks, SubscriptionRecord, SubscriptionStore, WrappedKey,
};
pub use stream::{
    Delete, Deletion, ExpectedVersion, InvalidExpectedVersion, InvalidStreamName, StreamName, StreamSelector,
    StreamState, VersionRefusal,
};
pub use subscription::{
    Effect, EndReason, Input, InvalidSubscriptionName, PartitionKey, PartitionedEvent, Progress, Refusal, SubscriberId,
    SubscriptionId, SubscriptionKey, SubscriptionMachine, SubscriptionName, SubscriptionSettings, SubscriptionStatus,
    Timer,
};
pub use timestamp::{InvalidTimestamp, Timestamp};
