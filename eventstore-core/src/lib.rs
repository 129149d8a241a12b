#![doc = include_str!("../README.md")]

mod error;
mod event;
mod number;
mod storage;
mod stream;
mod subscription;
mod timestamp;

pub use error::{BoxError, Error, Result};
pub use event::{Append, AppendReceipt, EventId, EventType, InvalidEventType, NewEvent, RecordedEvent};
pub use number::{EventNumber, NumberOutOfRange, StreamVersion};
pub use storage::{
    CheckpointOutcome, Direction, EventReader, EventReaderExt, EventStream, EventWriter, Hint, Lease, Listener,
    Notifier, Page, PageRequest, Read, StreamDirectory, StreamInfo, SubscriptionBackend, SubscriptionLocks,
    SubscriptionRecord, SubscriptionStore,
};
pub use stream::{
    ExpectedVersion, InvalidExpectedVersion, InvalidStreamName, StreamName, StreamSelector, StreamState, VersionRefusal,
};
pub use subscription::{
    Effect, EndReason, Input, InvalidSubscriptionName, Progress, SubscriptionId, SubscriptionKey, SubscriptionMachine,
    SubscriptionName, SubscriptionSettings, SubscriptionStatus, Timer,
};
pub use timestamp::{InvalidTimestamp, Timestamp};
