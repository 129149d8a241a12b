//! What the holder of a subscription reports, and how often.
#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use std::num::NonZeroU32;
use std::time::Duration;

use eventstore_core::{
    BoxError, EventWriterExt, ExpectedVersion, NewEvent, Refusal, ReportedStatus, SubscriptionStatusStore,
};
use eventstore_subscriptions::{Delivery, GiveUp, RetryPolicy, RunError, Subscribe, Subscription, Subscriptions};
use eventstore_testkit::MemoryStore;
use tokio::time::sleep;
use uuid::Uuid;

const INTERVAL: Duration = Duration::from_secs(5);
const MOMENT: Duration = Duration::from_millis(10);

async fn append(store: &MemoryStore, count: usize) {
    let happened = || NewEvent::new(Uuid::now_v7(), "Happened".parse().unwrap(), "{}");
    let events = (0..count).map(|_| happened());
    store.append_events("s", ExpectedVersion::Any, events).await.unwrap();
}

fn request() -> Subscribe {
    Subscribe::to_stream("numbers", "s").unwrap()
}

async fn status(store: &MemoryStore) -> Option<ReportedStatus> {
    // The clock is paused: it advances once every task waits.
    sleep(MOMENT).await;
    store.subscription_statuses().await.unwrap().pop()
}

/// What was delivered, and what of it is in flight, by the last report.
async fn delivered(store: &MemoryStore) -> Option<(u64, u64)> {
    let report = status(store).await?.report;
    Some((report.delivered.get(), report.in_flight))
}

async fn take(subscription: &mut Subscription) -> Vec<Delivery> {
    subscription.next().await.unwrap().unwrap()
}

#[tokio::test(start_paused = true)]
async fn reports_what_was_delivered_and_then_rests() {
    let store = MemoryStore::new();
    append(&store, 3).await;
    let subscriptions = Subscriptions::new(store.clone()).with_holder_name("here");
    let mut subscription = subscriptions.subscribe(request()).unwrap();
    assert_eq!(delivered(&store).await, Some((3, 3)));
    let batch = take(&mut subscription).await;
    subscription.ack_batch(&batch).await.unwrap();
    append(&store, 2).await;
    take(&mut subscription).await;
    sleep(INTERVAL.checked_sub(5 * MOMENT).unwrap()).await;
    assert_eq!(delivered(&store).await, Some((3, 3)));
    sleep(5 * MOMENT).await;
    assert_eq!(delivered(&store).await, Some((5, 2)));
    let report = status(&store).await.unwrap().report;
    assert_eq!(report.holder.as_str(), "here");
    assert_eq!((report.subscribers, report.attempts, report.last_failure), (1, 0, None));
}

#[tokio::test(start_paused = true)]
async fn reports_nothing_while_nothing_changes() {
    let store = MemoryStore::new();
    let mut subscription = Subscriptions::new(store.clone()).subscribe(request()).unwrap();
    sleep(3 * INTERVAL).await;
    assert_eq!(status(&store).await, None, "nothing was delivered");
    append(&store, 1).await;
    let batch = take(&mut subscription).await;
    subscription.ack_batch(&batch).await.unwrap();
    sleep(3 * INTERVAL).await;
    let reported = status(&store).await;
    assert_eq!(delivered(&store).await, Some((1, 0)));
    sleep(100 * INTERVAL).await;
    assert_eq!(status(&store).await, reported);
}

#[tokio::test(start_paused = true)]
async fn reports_the_attempts_of_a_handler_and_its_error() {
    let store = MemoryStore::new();
    append(&store, 2).await;
    let policy = RetryPolicy::new(NonZeroU32::new(3).unwrap(), GiveUp::Skip).with_delay(2 * INTERVAL, 2 * INTERVAL);
    let subscriptions = Subscriptions::new(store.clone());
    let running = tokio::spawn(async move {
        let request = request().with_retry_policy(policy);
        let handled = subscriptions.run(request, async |event: Delivery| match event.number.get() {
            1 => Err(BoxError::from("no such order\0")),
            _ => Ok(()),
        });
        handled.await
    });
    sleep(INTERVAL + MOMENT).await;
    let report = status(&store).await.unwrap().report;
    let failure = report.last_failure.unwrap();
    assert_eq!((failure.number.get(), report.attempts), (1, 1));
    assert_eq!(failure.message.as_str(), "no such order\u{fffd}");
    sleep(20 * INTERVAL).await;
    let report = status(&store).await.unwrap().report;
    assert_eq!((report.delivered.get(), report.in_flight, report.attempts), (2, 0, 0));
    assert_eq!(report.last_failure.unwrap().event_id, failure.event_id);
    running.abort();
}

#[tokio::test(start_paused = true)]
async fn reports_the_failure_that_ends_it_before_the_lease_is_given_back() {
    let store = MemoryStore::new();
    append(&store, 1).await;
    let subscriptions = Subscriptions::new(store.clone());
    let request = request().with_retry_policy(RetryPolicy::new(NonZeroU32::MIN, GiveUp::Stop));
    let ended = subscriptions.run(request, async |_: Delivery| Err::<(), _>(BoxError::from("no")));
    assert!(matches!(ended.await, Err(RunError::Handler { .. })));
    let report = status(&store).await.unwrap().report;
    assert_eq!(report.last_failure.unwrap().message.as_str(), "no");
    assert_eq!(report.attempts, 1);
}

#[tokio::test(start_paused = true)]
async fn reports_why_a_subscriber_has_an_event_parked() {
    let store = MemoryStore::new();
    append(&store, 2).await;
    let subscriptions = Subscriptions::new(store.clone()).with_parking(store.clone());
    let mut subscription = subscriptions.subscribe(request()).unwrap();
    let batch = take(&mut subscription).await;
    subscription.nack(&batch[0], Refusal::Retry).await.unwrap();
    take(&mut subscription).await;
    sleep(INTERVAL).await;
    assert_eq!(status(&store).await.unwrap().report.attempts, 1);
    let reason = "cannot tell".to_owned();
    let parked = subscription.nack(&batch[0], Refusal::Park { reason });
    parked.await.unwrap();
    sleep(INTERVAL).await;
    let report = status(&store).await.unwrap().report;
    let failure = report.last_failure.unwrap();
    assert_eq!((failure.number.get(), failure.message.as_str()), (1, "cannot tell"));
    assert_eq!(failure.event_id, batch[0].event_id);
    assert_eq!(report.attempts, 0);
}

#[tokio::test(start_paused = true)]
async fn a_transient_subscription_reports_nothing() {
    let store = MemoryStore::new();
    let stream: eventstore_core::StreamName = "s".parse().unwrap();
    let mut subscription = Subscriptions::new(store.clone())
        .subscribe(Subscribe::transient(stream))
        .unwrap();
    sleep(MOMENT).await;
    append(&store, 1).await;
    take(&mut subscription).await;
    sleep(2 * INTERVAL).await;
    assert_eq!(status(&store).await, None);
}
