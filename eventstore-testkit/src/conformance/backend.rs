use eventstore_core::backend::{EventImporter, SubscriptionBackend};
use eventstore_core::{
    EventLinker, EventLookup, EventTracing, EventWriter, GroupStore, ParkedEventStore, ProjectionCatalog,
    SnapshotStore, StatisticsSource, StreamDeleter, SubscriptionAdmin,
};

use super::AnyProjectionStore;

/// All traits that an event store's backend implements; a type that implements them implements this one.
pub trait Backend:
    EventWriter
    + EventLookup
    + EventTracing
    + EventLinker
    + EventImporter
    + StreamDeleter
    + SnapshotStore
    + SubscriptionBackend
    + SubscriptionAdmin
    + GroupStore
    + ProjectionCatalog
    + ParkedEventStore
    + AnyProjectionStore
    + StatisticsSource
{
}

impl<B> Backend for B where
    B: EventWriter
        + EventLookup
        + EventTracing
        + EventLinker
        + EventImporter
        + StreamDeleter
        + SnapshotStore
        + SubscriptionBackend
        + SubscriptionAdmin
        + GroupStore
        + ProjectionCatalog
        + ParkedEventStore
        + AnyProjectionStore
        + StatisticsSource
        + ?Sized
{
}
