use super::{
    EventImporter, EventLinker, EventLookup, EventReader, EventWriter, Notifier, ParkedEventStore, PayloadStorage,
    SnapshotStore, StreamDeleter, StreamDirectory, SubscriptionAdmin, SubscriptionLocks, SubscriptionStore,
};

/// A backend that plays every role that does not depend on its kind: what the `eventstore` program works on.
///
/// Every type that implements the traits of the roles implements this one, `Arc<dyn Backend>` included. A
/// [`ProjectionStore`](super::ProjectionStore) is a role of its own, since its transactions have a type of their own.
pub trait Backend:
    EventWriter
    + EventReader
    + EventLookup
    + EventLinker
    + EventImporter
    + StreamDeleter
    + StreamDirectory
    + SnapshotStore
    + PayloadStorage
    + Notifier
    + SubscriptionStore
    + SubscriptionLocks
    + SubscriptionAdmin
    + ParkedEventStore
{
}

impl<B> Backend for B where
    B: EventWriter
        + EventReader
        + EventLookup
        + EventLinker
        + EventImporter
        + StreamDeleter
        + StreamDirectory
        + SnapshotStore
        + PayloadStorage
        + Notifier
        + SubscriptionStore
        + SubscriptionLocks
        + SubscriptionAdmin
        + ParkedEventStore
        + ?Sized
{
}
