use super::{
    EventImporter, EventLinker, EventLookup, EventReader, EventWriter, Notifier, ParkedEventStore, PayloadStorage,
    SnapshotStore, StreamDeleter, StreamDirectory, SubscriptionAdmin, SubscriptionLocks, SubscriptionStore,
};

/// A backend that plays every role that does not depend on the kind of backend; the `eventstore` program works on it.
///
/// Every type that implements all these role traits implements this trait, including `Arc<dyn Backend>`.
/// [`ProjectionStore`](super::ProjectionStore) is a separate role because it has a transaction type of its own.
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
