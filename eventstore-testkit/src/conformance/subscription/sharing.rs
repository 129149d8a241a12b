use std::num::{NonZeroU32, NonZeroU64};

use eventstore_core::{Delete, Deletion, StreamSelector, SubscriptionSettings};
use eventstore_subscriptions::{StartFrom, Subscribe, SubscribeError, SubscriptionEnded, Subscriptions};

use super::{Subscriber, request, settings, subscribe};
use crate::conformance::Harness;
use crate::conformance::sample::{grow, number, numbers, numbers_of, stream_of};

/// For at most this many subscribers, each of which is given one event at a time.
pub(super) fn shared(selector: impl Into<StreamSelector>, limit: u32) -> Subscribe {
    request(selector).with_settings(SubscriptionSettings {
        concurrency_limit: NonZeroU32::new(limit).unwrap(),
        buffer_size: NonZeroU32::MIN,
        ..settings()
    })
}

/// Subscribers of one process share the events of a subscription: each event goes to one of them that has room.
///
/// Behaviours: R8.5, R8.40, R8.42.
pub async fn shares_events_among_its_subscribers(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 4).await;
    let (subscriptions, request) = (Subscriptions::new(store), shared(target, 2));
    let mut first = Subscriber::join(&subscriptions, &request);
    assert_eq!(numbers_of(&first.take(1).await), numbers([1]));
    let mut second = Subscriber::join(&subscriptions, &request);
    assert_eq!(numbers_of(&second.take(1).await), numbers([2]));
    second.acknowledge(number(2)).await;
    assert_eq!(numbers_of(&second.take(1).await), numbers([3]));
    first.acknowledge(number(1)).await;
    assert_eq!(numbers_of(&first.take(1).await), numbers([4]));
    assert!(!second.has_delivery());
    assert_eq!(first.progress().subscribers, 2);
}

/// The checkpoint stays below the lowest event that any of the subscribers has not acknowledged.
///
/// Behaviours: R8.25.
pub async fn holds_its_checkpoint_below_what_any_subscriber_has(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 3).await;
    let (subscriptions, request) = (Subscriptions::new(store), shared(target, 2));
    let mut first = Subscriber::join(&subscriptions, &request);
    first.take(1).await;
    let mut second = Subscriber::join(&subscriptions, &request);
    second.take_and_acknowledge(2).await;
    assert_eq!(second.progress().acknowledged, number(0));
    first.acknowledge(number(1)).await;
    first.until_stored(number(3)).await;
}

/// A subscriber beyond the limit is refused; there is room again when another one has left.
///
/// Behaviours: R8.4, R8.5, T37.
pub async fn refuses_more_subscribers_than_its_limit(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 1).await;
    let subscriptions = Subscriptions::new(store);
    for limit in 1..=2 {
        let request = shared(target.clone(), limit);
        let mut subscribers: Vec<_> = (0..limit).map(|_| Subscriber::join(&subscriptions, &request)).collect();
        let refused = subscriptions.subscribe(request.clone()).unwrap_err();
        assert_eq!(refused, SubscribeError::TooManySubscribers { limit });
        subscribers.pop().unwrap().stop().await;
        subscribers.push(Subscriber::join(&subscriptions, &request));
        for subscriber in subscribers {
            subscriber.stop().await;
        }
    }
}

/// A subscriber that asks for something else than those that are there is refused, and they go on.
///
/// Behaviours: R8.6, T55.
pub async fn refuses_a_subscriber_that_asks_for_something_else(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 1).await;
    let (subscriptions, request) = (Subscriptions::new(store), shared(target, 9));
    let mut first = Subscriber::join(&subscriptions, &request);
    let rarely = SubscriptionSettings {
        checkpoint_threshold: NonZeroU64::MAX,
        concurrency_limit: NonZeroU32::new(9).unwrap(),
        ..settings()
    };
    for (other, different) in [
        (request.clone().with_start(StartFrom::Current), "start"),
        (request.clone().with_selection(|_| true), "selector"),
        (request.clone().with_partition_key(|_| None), "partitioning"),
        (request.clone().with_settings(rarely), "settings"),
    ] {
        let refused = subscriptions.subscribe(other).unwrap_err();
        assert_eq!(refused, SubscribeError::RunsDifferently { setting: different });
    }
    assert_eq!(numbers_of(&first.take(1).await), numbers([1]));
}

/// Each subscriber has a buffer of its own size.
///
/// Behaviours: R8.6.
pub async fn gives_each_subscriber_as_much_as_its_buffer_holds(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 6).await;
    let (subscriptions, request) = (Subscriptions::new(store), shared(target, 2));
    let larger = request.clone().with_settings(SubscriptionSettings {
        concurrency_limit: NonZeroU32::new(2).unwrap(),
        buffer_size: NonZeroU32::new(3).unwrap(),
        ..settings()
    });
    let mut first = Subscriber::join(&subscriptions, &request);
    first.take(1).await;
    let mut second = Subscriber::join(&subscriptions, &larger);
    second.take(3).await;
    assert_eq!(first.progress().in_flight, 4);
}

/// What a subscriber had that is dropped goes to the others, before anything else.
///
/// Behaviours: R8.43.
pub async fn hands_on_what_a_dropped_subscriber_had(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 4).await;
    let (subscriptions, request) = (Subscriptions::new(store), shared(target, 2));
    let mut first = Subscriber::join(&subscriptions, &request);
    first.take(1).await;
    let mut second = Subscriber::join(&subscriptions, &request);
    second.take(1).await;
    drop(first);
    second
        .until("one subscriber", |progress| progress.subscribers == 1)
        .await;
    second.acknowledge(number(2)).await;
    assert_eq!(numbers_of(&second.take_and_acknowledge(3).await), numbers([1, 3, 4]));
}

/// When the last subscriber is dropped, what it acknowledged is stored, and the next one goes on from there at once.
///
/// Behaviours: R8.37, R8.44, R8.50.
pub async fn stores_its_checkpoint_when_its_last_subscriber_is_dropped(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 3).await;
    let subscriptions = Subscriptions::new(store);
    let request = request(target).with_settings(SubscriptionSettings {
        checkpoint_threshold: NonZeroU64::MAX,
        // The next one does not wait for this to get the lease.
        retry_interval: std::time::Duration::from_mins(10),
        ..settings()
    });
    let mut first = Subscriber::join(&subscriptions, &request);
    first.take(3).await;
    first.acknowledge(number(2)).await;
    drop(first);
    let mut second = Subscriber::join(&subscriptions, &request);
    assert_eq!(numbers_of(&second.take(1).await), numbers([3]));
}

/// Subscriptions to all streams and to one stream each deliver, whichever process runs them.
///
/// Behaviours: R8.22.
pub async fn delivers_to_subscriptions_of_all_streams_and_of_one(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 1).await;
    let subscriptions = Subscriptions::new(store.clone());
    let mut all = Subscriber::join(&subscriptions, &request(StreamSelector::All));
    let mut single = Subscriber::join(&subscriptions, &request(target.clone()));
    grow(&*store, &target, 1).await;
    for subscriber in [&mut all, &mut single] {
        assert_eq!(numbers_of(&subscriber.take_and_acknowledge(2).await), numbers([1, 2]));
    }
}

/// Every subscriber is told why the subscription has ended.
///
/// Behaviours: T49.
pub async fn tells_every_subscriber_why_it_ended(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 1).await;
    store.delete(Delete::new(target.clone(), Deletion::Soft)).await.unwrap();
    let (subscriptions, request) = (Subscriptions::new(store.clone()), shared(target.clone(), 2));
    let mut subscribers = [
        Subscriber::join(&subscriptions, &request),
        Subscriber::join(&subscriptions, &request),
    ];
    for subscriber in &mut subscribers {
        let end = subscriber.end().await;
        assert!(matches!(end, SubscriptionEnded::StreamDeleted), "{end:?}");
    }
    store.undelete(&target).await.unwrap();
    assert_eq!(numbers_of(&subscribe(store, target).take(1).await), numbers([1]));
}
