use super::{
    Closable, EventImporter, EventLinker, EventLookup, EventReader, EventTracing, EventWriter, GroupStore, Notifier,
    ParkedEventStore, PayloadStorage, ProjectionCatalog, SnapshotStore, StatisticsSource, StreamDeleter,
    StreamDirectory, SubscriptionAdmin, SubscriptionLocks, SubscriptionStatusStore, SubscriptionStore,
};

/// A store that plays every role: an application can hold any backend as `Arc<dyn EventStore>`, and the `eventstore` program works on it.
///
/// Every type that implements all these role traits implements this trait, including `Arc<dyn EventStore>`. [`ProjectionStore`](super::ProjectionStore) is a
/// separate role because it has a transaction type of its own.
pub trait EventStore:
    EventWriter
    + EventReader
    + EventLookup
    + EventTracing
    + EventLinker
    + EventImporter
    + StreamDeleter
    + StreamDirectory
    + SnapshotStore
    + PayloadStorage
    + Notifier
    + SubscriptionStore
    + SubscriptionLocks
    + SubscriptionStatusStore
    + SubscriptionAdmin
    + GroupStore
    + ProjectionCatalog
    + ParkedEventStore
    + Closable
    + StatisticsSource
{
}

impl<B> EventStore for B where
    B: EventWriter
        + EventReader
        + EventLookup
        + EventTracing
        + EventLinker
        + EventImporter
        + StreamDeleter
        + StreamDirectory
        + SnapshotStore
        + PayloadStorage
        + Notifier
        + SubscriptionStore
        + SubscriptionLocks
        + SubscriptionStatusStore
        + SubscriptionAdmin
        + GroupStore
        + ProjectionCatalog
        + ParkedEventStore
        + Closable
        + StatisticsSource
        + ?Sized
{
}
