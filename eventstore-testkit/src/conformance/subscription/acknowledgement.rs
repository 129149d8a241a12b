use eventstore_core::{EventNumber, StreamSelector, SubscriptionKey, SubscriptionName};
use eventstore_subscriptions::AckError;

use super::subscribe;
use crate::conformance::sample::{number, stream_of};
use crate::conformance::wait::soon;
use crate::conformance::{Backend, Harness};

/// The acknowledgement of an event acknowledges all that were delivered before it.
///
/// Behaviours: R8.24.
pub async fn acknowledges_all_events_before_the_acknowledged_one(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 7).await;
    let mut subscriber = subscribe(store, target);
    let events = subscriber.take(7).await;
    let answer = soon("the answer", subscriber.subscription().ack(&events[4])).await;
    assert_eq!(answer, Ok(()));
    let progress = subscriber.progress();
    assert_eq!((progress.acknowledged, progress.in_flight), (number(5), 2));
}

/// The acknowledgement of what was not delivered is refused, and changes nothing.
///
/// Behaviours: R8.26.
pub async fn refuses_to_acknowledge_what_was_not_delivered(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 3).await;
    let mut subscriber = subscribe(store, target);
    subscriber.take(3).await;
    for unexpected in [0, 4, 999].map(number) {
        let answer = soon("the answer", subscriber.subscription().ack(unexpected)).await;
        assert_eq!(answer, Err(AckError::Unexpected { number: unexpected }));
    }
    assert_eq!(subscriber.progress().in_flight, 3);
    subscriber.acknowledge(number(3)).await;
}

/// The second acknowledgement of an event is refused.
///
/// Behaviours: R8.26.
pub async fn refuses_to_acknowledge_twice(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 3).await;
    let mut subscriber = subscribe(store, target);
    subscriber.take(3).await;
    subscriber.acknowledge(number(2)).await;
    let answer = soon("the answer", subscriber.subscription().ack(number(1))).await;
    assert_eq!(answer, Err(AckError::Unexpected { number: number(1) }));
}

/// A batch is acknowledged by its last event; without events there is nothing to acknowledge.
///
/// Behaviours: R8.23, R8.29, T56.
pub async fn acknowledges_a_batch(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 3).await;
    let mut subscriber = subscribe(store, target);
    let events = subscriber.take(3).await;
    let subscription = subscriber.subscription();
    let nothing = soon("the answer", subscription.ack_batch(&events[..0])).await;
    assert_eq!(nothing, Err(AckError::Empty));
    soon("the answer", subscription.ack_batch(&events[..2])).await.unwrap();
    let acknowledger = subscription.acknowledger();
    soon("the answer", acknowledger.ack(&events[2])).await.unwrap();
    assert_eq!(subscriber.progress().acknowledged, number(3));
}

/// What was acknowledged is stored, where every node finds it.
///
/// Behaviours: R8.34.
pub async fn stores_what_was_acknowledged(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let target = stream_of(&*store, "s", 5).await;
    for selector in [StreamSelector::All, target.into()] {
        let mut subscriber = subscribe(store.clone(), selector.clone());
        subscriber.take(5).await;
        subscriber.acknowledge(number(3)).await;
        subscriber.until_stored(number(3)).await;
        assert_eq!(stored_checkpoint(&*other, selector).await, number(3));
    }
}

async fn stored_checkpoint(store: &dyn Backend, selector: StreamSelector) -> EventNumber {
    let name = SubscriptionName::new("subscriber").unwrap();
    let key = SubscriptionKey { selector, name };
    let record = store.find_or_create_subscription(&key, number(0)).await.unwrap();
    record.checkpoint
}
