use eventstore_core::{EventWriter, SubscriptionBackend};

/// All traits that a backend of an event store implements; whoever implements them implements this one.
pub trait Backend: EventWriter + SubscriptionBackend {}

impl<B> Backend for B where B: EventWriter + SubscriptionBackend + ?Sized {}
