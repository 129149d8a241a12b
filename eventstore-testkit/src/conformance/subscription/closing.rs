use std::num::NonZeroU64;

use eventstore_core::{Error, Refusal, SubscriptionSettings};
use eventstore_subscriptions::{Subscribe, SubscriptionEnded, Subscriptions};

use super::{Subscriber, request, settings, subscribe};
use crate::conformance::sample::{grow, number, numbers, numbers_of, stream_of, subscription, subscription_key};
use crate::conformance::wait::soon;
use crate::conformance::{Harness, expect_error};

/// A subscriber outlives the store: its stream ends, once what was acknowledged is stored, and so does one that comes later.
/// Another node goes on.
///
/// Behaviours: R7.9, T51.
pub async fn ends_when_its_store_is_closed(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let target = stream_of(&*store, "s", 3).await;
    let subscriptions = Subscriptions::new(store);
    let threshold = SubscriptionSettings {
        checkpoint_threshold: NonZeroU64::new(10).unwrap(),
        ..settings()
    };
    let lasting = request(target.clone()).with_settings(threshold);
    let transient = Subscribe::transient(target.clone()).with_settings(settings());
    let mut lasting = Subscriber::join(&subscriptions, &lasting);
    let mut live = Subscriber::join(&subscriptions, &transient);
    live.until_live().await;
    lasting.take(3).await;
    lasting.acknowledge(number(2)).await;

    soon("the end of the store", harness.close_store()).await;
    let mut late = Subscriber::join(&subscriptions, &transient);
    for subscriber in [&mut lasting, &mut live, &mut late] {
        let ended = subscriber.end().await;
        assert!(matches!(ended, SubscriptionEnded::StoreClosed), "{ended:?}");
    }
    let mut next = subscribe(other.clone(), target.clone());
    assert_eq!(numbers_of(&next.take_and_acknowledge(1).await), numbers([3]));
    grow(&*other, &target, 1).await;
    assert_eq!(numbers_of(&next.take(1).await), numbers([4]));
}

/// What a subscriber refused for good is parked while the store closes, and the last checkpoint is stored with it.
pub async fn parks_what_was_refused_while_its_store_is_closed(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let target = stream_of(&*store, "s", 3).await;
    let subscriptions = Subscriptions::new(store.clone()).with_parking(store);
    let threshold = SubscriptionSettings {
        checkpoint_threshold: NonZeroU64::new(10).unwrap(),
        ..settings()
    };
    let lasting = request(target.clone()).with_settings(threshold);
    let mut lasting = Subscriber::join(&subscriptions, &lasting);
    lasting.take(3).await;
    lasting.acknowledge(number(1)).await;
    let reason = "no".to_owned();
    let refused = lasting.subscription().nack(number(2), Refusal::Park { reason });
    soon("the answer", refused).await.unwrap();
    lasting.take(1).await;
    lasting.acknowledge(number(3)).await;
    soon("the end of the store", harness.close_store()).await;
    let ended = lasting.end().await;
    assert!(matches!(ended, SubscriptionEnded::StoreClosed), "{ended:?}");
    let info = other.list_subscriptions().await.unwrap().remove(0);
    assert_eq!(info.record.checkpoint, number(3));
    let parked = other.list_parked(info.record.id, number(0), 10).await.unwrap();
    assert_eq!(
        parked.iter().map(|event| event.number).collect::<Vec<_>>(),
        numbers([2])
    );
}

/// Once the store has been closed, no subscription is created and no lease is given: what is called is refused as such.
pub async fn refuses_calls_once_its_store_is_closed(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let key = subscription_key("s", "late");
    let early = subscription_key("s", "early");
    subscription(&*store, &early).await;
    // The second time is harmless.
    for _ in 0..2 {
        soon("the end of the store", harness.close_store()).await;
        let created = store.find_or_create_subscription(&key, number(0)).await;
        expect_error!(created, Error::StoreClosed);
        let lease = store.try_acquire(&early, number(0)).await.map(|lease| lease.is_some());
        expect_error!(lease, Error::StoreClosed);
    }
    let lease = other.try_acquire(&early, number(0)).await.unwrap();
    assert!(lease.is_some(), "another node is given the lease");
}
