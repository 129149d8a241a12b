use eventstore_core::{
    EventImporter, EventLinker, EventLookup, EventWriter, ParkedEventStore, SnapshotStore, StreamDeleter,
    SubscriptionAdmin, SubscriptionBackend,
};

use super::AnyProjectionStore;

/// All traits that a backend of an event store implements; whoever implements them implements this one.
pub trait Backend:
    EventWriter
    + EventLookup
    + EventLinker
    + EventImporter
    + StreamDeleter
    + SnapshotStore
    + SubscriptionBackend
    + SubscriptionAdmin
    + ParkedEventStore
    + AnyProjectionStore
{
}

impl<B> Backend for B where
    B: EventWriter
        + EventLookup
        + EventLinker
        + EventImporter
        + StreamDeleter
        + SnapshotStore
        + SubscriptionBackend
        + SubscriptionAdmin
        + ParkedEventStore
        + AnyProjectionStore
        + ?Sized
{
}
