//! What a program holds may be shared by its threads.

use std::sync::Arc;

use eventstore_core::{Append, Error, EventFilter, EventStore, NewEvent, Read, RecordedEvent, Snapshot, StreamQuery};
use eventstore_postgres::{Health, PostgresAdmin, PostgresConfig, PostgresStore, PostgresTransaction};
use eventstore_serde::{DurableKeys, EventCodec, Json, KeyRing, SerdeError, TypedStore};
use eventstore_subscriptions::{
    Acknowledger, Delivery, Projection, ProjectionError, RetryPolicy, RunError, Subscribe, Subscription,
    SubscriptionEnded, Subscriptions,
};

fn shared<T: Send + Sync>() -> usize {
    size_of::<T>()
}

fn sent<T: Send>() -> usize {
    size_of::<T>()
}

#[test]
fn public_types_can_be_sent_to_and_shared_between_threads() {
    let shared = [
        shared::<Arc<dyn EventStore>>(),
        shared::<Append>(),
        shared::<Error>(),
        shared::<EventFilter>(),
        shared::<NewEvent>(),
        shared::<Read>(),
        shared::<RecordedEvent>(),
        shared::<Snapshot>(),
        shared::<StreamQuery>(),
        shared::<Health>(),
        shared::<PostgresAdmin>(),
        shared::<PostgresConfig>(),
        shared::<PostgresStore>(),
        shared::<DurableKeys>(),
        shared::<KeyRing>(),
        shared::<SerdeError>(),
        shared::<TypedStore<PostgresStore, u8, Json>>(),
        shared::<EventCodec<u8, Json>>(),
        shared::<Acknowledger>(),
        shared::<Delivery>(),
        shared::<ProjectionError>(),
        shared::<RetryPolicy>(),
        shared::<RunError>(),
        shared::<Subscribe>(),
        shared::<Subscription>(),
        shared::<SubscriptionEnded>(),
        shared::<Subscriptions>(),
    ];
    let sent = [sent::<Projection<PostgresStore>>(), sent::<PostgresTransaction>()];
    assert!(shared.into_iter().chain(sent).all(|size| size > 0));
}
