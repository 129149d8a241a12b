//! The traits that calls need in scope, and the types that every program names: `use eventstore_core::prelude::*;`

pub use crate::{
    Append, Closable, EventLinker, EventLookup, EventReader, EventReaderExt, EventStore, EventWriter, EventWriterExt,
    ExpectedVersion, NewEvent, ParkedEventStore, Read, RecordedEvent, SnapshotStore, StatisticsSource, StreamDeleter,
    StreamDirectory, StreamName, SubscriptionAdmin, SubscriptionStatusStore,
};
