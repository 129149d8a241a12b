use std::pin::pin;
use std::time::Duration;

use eventstore_core::{Error, EventFilter, EventNumber, Refusal, StreamSelector};
use eventstore_subscriptions::{Subscriptions, WaitError, wait_until};
use futures_util::{FutureExt, future};

use super::{Subscriber, request, subscribe};
use crate::conformance::sample::{grow, number, stream, stream_of, subscription_key};
use crate::conformance::wait::soon;
use crate::conformance::{Backend, Harness, expect_error};

/// Longer than a case waits for anything.
const LONG: Duration = Duration::from_mins(10);

async fn try_to_wait(
    store: &dyn Backend,
    selector: &StreamSelector,
    awaited: impl Into<EventNumber>,
    timeout: Duration,
) -> Result<EventNumber, WaitError> {
    let key = subscription_key(selector.as_str(), "subscriber");
    soon("the end of the wait", wait_until(store, &key, awaited, timeout)).await
}

async fn wait(store: &dyn Backend, selector: &StreamSelector, awaited: impl Into<EventNumber>) -> EventNumber {
    try_to_wait(store, selector, awaited, LONG).await.unwrap()
}

/// A wait on another node ends once the subscription has stored that it acknowledged the event, and not before.
pub async fn ends_a_wait_once_it_has_got_there(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let target = stream_of(&*store, "s", 3).await;
    grow(&*store, &stream("t"), 1).await;
    let receipt = grow(&*store, &target, 2).await;
    let awaited = [
        (StreamSelector::All, EventNumber::from(receipt.last_position)),
        (target.into(), receipt.last_version.into()),
    ];
    for (selector, awaited) in awaited {
        let mut subscriber = subscribe(store.clone(), selector.clone());
        subscriber.take(usize::try_from(awaited.get()).unwrap()).await;
        subscriber.acknowledge(awaited.previous()).await;
        let mut waiting = pin!(wait(&*other, &selector, awaited));
        assert_eq!((&mut waiting).now_or_never(), None);
        let (reached, ()) = future::join(waiting, subscriber.acknowledge(awaited)).await;
        assert_eq!(reached, awaited);
    }
}

/// A wait that takes too long tells how far the subscription is, which is enough for a wait for less.
pub async fn tells_a_wait_that_takes_too_long_how_far_it_is(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let selector = StreamSelector::from(stream_of(&*store, "s", 3).await);
    let mut subscriber = subscribe(store, selector.clone());
    subscriber.take(3).await;
    subscriber.acknowledge(number(2)).await;
    subscriber.until_stored(number(2)).await;
    for timeout in [Duration::ZERO, Duration::from_millis(50)] {
        let outcome = try_to_wait(&*other, &selector, number(3), timeout).await;
        let Err(WaitError::TimedOut {
            number: awaited,
            checkpoint,
            ..
        }) = outcome
        else {
            panic!("{outcome:?}");
        };
        assert_eq!((awaited, checkpoint), (number(3), Some(number(2))));
    }
    let reached = try_to_wait(&*other, &selector, number(2), Duration::ZERO).await;
    assert_eq!(reached.unwrap(), number(2));
}

/// A wait for a subscription that does not exist ends at once.
pub async fn refuses_a_wait_for_a_missing_subscription(harness: &dyn Harness) {
    let store = harness.store();
    let missing = subscription_key("$all", "subscriber");
    let outcome = try_to_wait(&*store, &missing.selector, number(1), LONG).await;
    expect_error!(outcome, WaitError::Storage(Error::SubscriptionNotFound { key }) if key == missing);
}

/// A wait for an event that the filter leaves out ends too: the subscription has passed it.
pub async fn ends_a_wait_for_an_event_that_does_not_pass_its_filter(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let orders = EventFilter::default().with_category("order").unwrap();
    grow(&*store, &stream("order-1"), 1).await;
    let request = request(StreamSelector::All).with_filter(orders);
    let mut subscriber = Subscriber::join(&Subscriptions::new(store.clone()), &request);
    subscriber.take_and_acknowledge(1).await;
    let receipt = grow(&*store, &stream("invoice-1"), 2).await;
    let reached = wait(&*other, &StreamSelector::All, receipt.last_position).await;
    assert_eq!(reached, receipt.last_position.into());
}

/// A wait for an event that is parked ends once it is: parked events count as passed.
pub async fn ends_a_wait_for_an_event_that_it_parks(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let subscriptions = Subscriptions::new(store.clone()).with_parking(store.clone());
    let receipt = grow(&*store, &stream("s"), 1).await;
    let mut subscriber = Subscriber::join(&subscriptions, &request(StreamSelector::All));
    let events = subscriber.take(1).await;
    let reason = "no such account".to_owned();
    let refusal = subscriber.subscription().nack(&events[0], Refusal::Park { reason });
    let waiting = wait(&*other, &StreamSelector::All, receipt.last_position);
    let (reached, refused) = future::join(waiting, refusal).await;
    refused.unwrap();
    assert_eq!(reached, number(1));
}
