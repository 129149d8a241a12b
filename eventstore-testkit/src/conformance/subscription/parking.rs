use std::sync::Arc;

use eventstore_core::{Delete, Deletion, Error, EventNumber, Refusal, StreamName, StreamSelector, SubscriptionName};
use eventstore_subscriptions::{AckError, Subscribe, SubscribeError, SubscriptionEnded, Subscriptions};

use super::{Subscriber, request};
use crate::conformance::sample::{
    grow, number, numbers, numbers_of, stream, stream_of, subscription, subscription_key,
};
use crate::conformance::wait::soon;
use crate::conformance::{Backend, Harness};

fn by_stream() -> Subscribe {
    request(StreamSelector::All).with_partition_key(|event| Some((&event.stream).into()))
}

fn subscriptions(store: &Arc<dyn Backend>) -> Subscriptions {
    Subscriptions::new(store.clone()).with_parking(store.clone())
}

async fn park(subscriber: &Subscriber, event: EventNumber) {
    let reason = "no such account".to_owned();
    let refusal = subscriber.subscription().nack(event, Refusal::Park { reason });
    soon("the answer to a refusal", refusal).await.unwrap();
}

async fn numbers_parked(store: &dyn Backend) -> Vec<EventNumber> {
    let id = subscription(store, &subscription_key("$all", "subscriber")).await;
    let parked = store.list_parked(id, number(0), 100).await.unwrap();
    parked.into_iter().map(|event| event.number).collect()
}

/// A parked event counts as acknowledged; what comes later in its partition is parked too, other partitions go on.
pub async fn parks_an_event_and_what_follows_it(harness: &dyn Harness) {
    let store = harness.store();
    for name in ["a", "b", "a"] {
        grow(&*store, &stream(name), 1).await;
    }
    let mut subscriber = Subscriber::join(&subscriptions(&store), &by_stream());
    subscriber.take(3).await;
    park(&subscriber, number(1)).await;
    assert_eq!(numbers_of(&subscriber.take_and_acknowledge(1).await), numbers([2]));
    subscriber.until_stored(number(3)).await;
    grow(&*store, &stream("a"), 1).await;
    grow(&*store, &stream("b"), 1).await;
    assert_eq!(numbers_of(&subscriber.take_and_acknowledge(1).await), numbers([5]));
    subscriber.until_stored(number(5)).await;
    assert_eq!(numbers_parked(&*store).await, numbers([1, 3, 4]));
}

/// Parked events stay parked for the next holder of the subscription, until all of them have been dealt with in their order.
pub async fn delivers_a_partition_again_once_nothing_of_it_is_parked(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    grow(&*store, &stream("a"), 1).await;
    let mut first = Subscriber::join(&subscriptions(&store), &by_stream());
    first.take(1).await;
    park(&first, number(1)).await;
    first.until_stored(number(1)).await;
    first.stop().await;

    let mut second = Subscriber::join(&subscriptions(&other), &by_stream());
    grow(&*store, &stream("a"), 1).await;
    second.until_stored(number(2)).await;
    assert_eq!(numbers_parked(&*store).await, numbers([1, 2]));
    let id = subscription(&*store, &subscription_key("$all", "subscriber")).await;
    for parked in numbers([1, 2]) {
        assert!(store.unpark(id, parked).await.unwrap());
    }
    grow(&*store, &stream("a"), 1).await;
    assert_eq!(numbers_of(&second.take(1).await), numbers([3]));
}

/// An event beyond the checkpoint that is parked is not delivered again.
pub async fn delivers_no_parked_event_again(harness: &dyn Harness) {
    let store = harness.store();
    stream_of(&*store, "s", 3).await;
    let request = request(StreamSelector::All);
    let mut first = Subscriber::join(&subscriptions(&store), &request);
    first.take(3).await;
    park(&first, number(2)).await;
    first.take(1).await;
    while numbers_parked(&*store).await.is_empty() {
        tokio::task::yield_now().await;
    }
    first.stop().await;
    let mut second = Subscriber::join(&subscriptions(&store), &request);
    assert_eq!(numbers_of(&second.take_and_acknowledge(2).await), numbers([1, 3]));
}

/// A subscription that was given nowhere to park says so, and keeps the event with its subscriber.
pub async fn refuses_to_park_without_a_place_for_it(harness: &dyn Harness) {
    let store = harness.store();
    stream_of(&*store, "s", 1).await;
    let mut subscriber = Subscriber::join(&Subscriptions::new(store), &request(StreamSelector::All));
    subscriber.take(1).await;
    let reason = String::new();
    let refusal = subscriber.subscription().nack(number(1), Refusal::Park { reason });
    assert_eq!(soon("the answer", refusal).await, Err(AckError::CannotPark));
    subscriber.acknowledge(number(1)).await;
}

/// Where nothing can be parked any more, the subscription ends with the cause, and the lease is given back: the event comes again.
pub async fn ends_where_its_dead_letters_are_soft_deleted(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    stream_of(&*store, "s", 3).await;
    let dead_letters = subscription_key("$all", "subscriber").dead_letters().unwrap();
    stream_of(&*store, dead_letters.as_str(), 1).await;
    store
        .delete(Delete::new(dead_letters.clone(), Deletion::Soft))
        .await
        .unwrap();
    let mut first = Subscriber::join(&subscriptions(&store), &request(StreamSelector::All));
    first.take(4).await;
    park(&first, number(1)).await;
    let ended = first.end_after_deliveries().await;
    let SubscriptionEnded::Failed(cause) = &ended else {
        panic!("the subscription ended otherwise: {ended:?}");
    };
    assert!(
        matches!(&**cause, Error::StreamDeleted { stream } if *stream == dead_letters),
        "{cause:?}"
    );
    first.stop().await;
    let mut second = Subscriber::join(&subscriptions(&other), &request(StreamSelector::All));
    assert_eq!(numbers_of(&second.take(4).await), numbers(1..=4));
}

/// A subscription whose refused events could not be parked is refused at once, unless it has nowhere to park.
pub async fn refuses_a_subscription_whose_dead_letters_can_have_no_name(harness: &dyn Harness) {
    let store = harness.store();
    let longest = StreamName::new("s".repeat(StreamName::MAX_BYTES)).unwrap();
    let (name, length) = ("x".repeat(10), "dead-letters:".len() + 10 + 1 + StreamName::MAX_BYTES);
    let request = Subscribe::new(SubscriptionName::new(name).unwrap(), longest);
    let refused = subscriptions(&store).subscribe(request.clone());
    assert_eq!(refused.unwrap_err(), SubscribeError::DeadLettersTooLong { length });
    let mut begun = Subscriber::join(&Subscriptions::new(store), &request);
    begun.until_live().await;
}
