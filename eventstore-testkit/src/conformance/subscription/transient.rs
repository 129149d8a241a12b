use eventstore_core::{Refusal, StreamSelector, SubscriptionStatus};
use eventstore_subscriptions::{AckError, StartFrom, Subscribe, Subscriptions};

use tokio::task::yield_now;

use super::{Subscriber, request, settings};
use crate::conformance::Harness;
use crate::conformance::sample::{grow, number, numbers, numbers_of, stream, stream_of};
use crate::conformance::wait::soon;

fn transient(selector: impl Into<StreamSelector>) -> Subscribe {
    Subscribe::transient(selector).with_settings(settings())
}

/// A transient subscriber gets what is appended from now on, in order, and acknowledges nothing.
///
/// Behaviours: R7.1, R7.2, R7.3.
pub async fn tells_transient_subscribers_of_what_is_appended_from_now_on(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let target = stream_of(&*store, "s", 2).await;
    let subscriptions = Subscriptions::new(store);
    let mut all = Subscriber::join(&subscriptions, &transient(StreamSelector::All));
    let mut single = Subscriber::join(&subscriptions, &transient(target.clone()));
    let mut missing = Subscriber::join(&subscriptions, &transient(stream("missing")));
    for subscriber in [&mut all, &mut single, &mut missing] {
        subscriber.until_live().await;
    }
    // More than the buffer holds: taking a batch makes room for the next one.
    for _ in 0..4 {
        grow(&*other, &target, 5).await;
    }
    grow(&*other, &stream("missing"), 1).await;
    assert_eq!(numbers_of(&all.take(21).await), numbers(3..=23));
    assert_eq!(numbers_of(&single.take(20).await), numbers(3..=22));
    assert_eq!(numbers_of(&missing.take(1).await), numbers([1]));
}

/// A batch that nothing is left in is not delivered.
///
/// Behaviours: R7.4, R7.5, T26.
pub async fn delivers_no_batch_without_events(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream("s");
    let request = transient(target.clone()).with_selection(|event| event.stream_version.get() == 4);
    let mut subscriber = Subscriber::join(&Subscriptions::new(store.clone()), &request);
    subscriber.until_live().await;
    for count in [1, 2, 1] {
        grow(&*store, &target, count).await;
    }
    assert_eq!(numbers_of(&subscriber.take(1).await), numbers([4]));
}

/// Each transient subscriber gets everything, and those that are left go on when one is dropped.
///
/// Behaviours: R7.6.
pub async fn delivers_to_every_transient_subscriber_that_is_left(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream("s");
    let subscriptions = Subscriptions::new(store.clone());
    let mut subscribers = [(); 2].map(|()| Subscriber::join(&subscriptions, &transient(target.clone())));
    for subscriber in &mut subscribers {
        subscriber.until_live().await;
    }
    grow(&*store, &target, 1).await;
    for subscriber in &mut subscribers {
        assert_eq!(numbers_of(&subscriber.take(1).await), numbers([1]));
    }
    let [mut left, dropped] = subscribers;
    drop(dropped);
    grow(&*store, &target, 1).await;
    assert_eq!(numbers_of(&left.take(1).await), numbers([2]));
}

/// What was acknowledged when it was taken may be acknowledged once more, at any moment; it cannot be refused, nor can what was not taken
/// be acknowledged.
///
/// Behaviours: R7.2, R7.3.
pub async fn accepts_acknowledgements_of_what_was_acknowledged_when_it_was_taken(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream("s");
    let mut subscriber = Subscriber::join(&Subscriptions::new(store.clone()), &transient(target.clone()));
    subscriber.until_live().await;
    for last in 1..=20 {
        grow(&*store, &target, 1).await;
        assert_eq!(numbers_of(&subscriber.take(1).await), numbers([last]));
        // Sometimes the subscription has learned by now that the batch was taken.
        for _ in 0..last % 4 {
            yield_now().await;
        }
        subscriber.acknowledge(number(last)).await;
    }
    for unexpected in [20, 21] {
        let number = number(unexpected);
        let refused = soon("the answer", subscriber.subscription().nack(number, Refusal::Skip)).await;
        assert_eq!(refused, Err(AckError::Unexpected { number }));
    }
    let not_taken = soon("the answer", subscriber.subscription().ack(number(21))).await;
    assert_eq!(not_taken, Err(AckError::Unexpected { number: number(21) }));
    subscriber.acknowledge(number(1)).await;
}

/// A transient subscription may wait for acknowledgements as well; it begins where it is told, each time.
///
/// Behaviours: R8.53.
pub async fn begins_a_transient_subscription_where_it_is_told_each_time(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 15).await;
    let subscriptions = Subscriptions::new(store);
    let request = transient(target)
        .with_start(StartFrom::After(number(2)))
        .with_explicit_acks();
    for _ in 0..2 {
        let mut subscriber = Subscriber::join(&subscriptions, &request);
        assert_eq!(numbers_of(&subscriber.take(10).await), numbers(3..=12));
        assert!(!subscriber.has_delivery());
        subscriber.acknowledge(number(12)).await;
        assert_eq!(numbers_of(&subscriber.take(3).await), numbers(13..=15));
        let unexpected = soon("the answer", subscriber.subscription().ack(number(2))).await;
        assert_eq!(unexpected, Err(AckError::Unexpected { number: number(2) }));
        subscriber.stop().await;
    }
}

/// Transient subscriptions do not disturb one that lasts, on this node or another.
///
/// Behaviours: R8.54.
pub async fn leaves_lasting_subscriptions_alone(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let target = stream_of(&*store, "s", 3).await;
    let from_origin = transient(target.clone()).with_start(StartFrom::Origin);
    let mut before = Subscriber::join(&Subscriptions::new(other.clone()), &from_origin);
    before.take(3).await;
    let subscriptions = Subscriptions::new(store);
    let mut lasting = Subscriber::join(&subscriptions, &request(target));
    lasting.take(3).await;
    lasting.acknowledge(number(2)).await;
    Subscriber::join(&subscriptions, &from_origin).take(3).await;
    lasting.until_stored(number(2)).await;
    assert_eq!(lasting.progress().status, SubscriptionStatus::Live);
}
