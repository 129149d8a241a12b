use eventstore_core::{
    EventImporter, EventLinker, EventLookup, EventWriter, ParkedEventStore, SnapshotStore, StreamDeleter,
    SubscriptionAdmin, SubscriptionBackend,
};

use super::AnyProjectionStore;

/// All traits that an event store's backend implements; a type that implements them implements this one.
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
