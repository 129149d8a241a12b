use eventstore_core::{EventLinker, EventWriter, SnapshotStore, StreamDeleter, SubscriptionBackend};

/// All traits that a backend of an event store implements; whoever implements them implements this one.
pub trait Backend: EventWriter + EventLinker + StreamDeleter + SnapshotStore + SubscriptionBackend {}

impl<B> Backend for B where B: EventWriter + EventLinker + StreamDeleter + SnapshotStore + SubscriptionBackend + ?Sized {}
