use eventstore_core::{
    EventLinker, EventWriter, ParkedEventStore, SnapshotStore, StreamDeleter, SubscriptionAdmin, SubscriptionBackend,
};

use super::AnyProjectionStore;

/// All traits that a backend of an event store implements; whoever implements them implements this one.
pub trait Backend:
    EventWriter
    + EventLinker
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
        + EventLinker
        + StreamDeleter
        + SnapshotStore
        + SubscriptionBackend
        + SubscriptionAdmin
        + ParkedEventStore
        + AnyProjectionStore
        + ?Sized
{
}
