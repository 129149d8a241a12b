//! What becomes of events that a handler is given.
#![expect(clippy::unwrap_used, reason = "a failed test may panic")]

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use eventstore_core::{
    BoxError, EventWriterExt, ExpectedVersion, NewEvent, ParkCause, ParkedEventStore, SubscriptionAdmin,
    SubscriptionKey,
};
use eventstore_subscriptions::{Delivery, GiveUp, RetryPolicy, RunError, Subscribe, SubscribeError, Subscriptions};
use eventstore_testkit::MemoryStore;
use tokio::sync::Notify;
use tokio::time::timeout;
use uuid::Uuid;

const LIMIT: Duration = Duration::from_secs(20);

/// The numbers and attempts of what a handler was given.
type Seen = Arc<Mutex<Vec<(u64, u32)>>>;

async fn store_with(events: usize) -> MemoryStore {
    let store = MemoryStore::new();
    let happened = || NewEvent::new(Uuid::now_v7(), "Happened".parse().unwrap(), "{}");
    let events = (0..events).map(|_| happened());
    store.append_events("s", ExpectedVersion::Any, events).await.unwrap();
    store
}

fn policy(attempts: u32, then: GiveUp) -> RetryPolicy {
    let attempts = NonZeroU32::new(attempts).unwrap();
    RetryPolicy::new(attempts, then).with_delay(Duration::from_millis(1), Duration::from_millis(5))
}

fn request(policy: RetryPolicy) -> Subscribe {
    Subscribe::to_stream("numbers", "s").unwrap().with_retry_policy(policy)
}

async fn checkpoint(store: &MemoryStore) -> u64 {
    let key = SubscriptionKey::new("s", "numbers").unwrap();
    store.subscription_info(&key).await.unwrap().record.checkpoint.get()
}

/// Runs until the last of these events is handled; the event `bad` fails.
async fn run(
    subscriptions: &Subscriptions,
    request: Subscribe,
    bad: u64,
    last: u64,
) -> (Vec<(u64, u32)>, Result<(), RunError>) {
    let (seen, done) = (Seen::default(), Arc::new(Notify::new()));
    let ended = subscriptions.run_until(request, done.notified(), async |event: Delivery| {
        let number = event.number.get();
        seen.lock().unwrap().push((number, event.attempt));
        if number == bad {
            return Err(BoxError::from("cannot tell"));
        }
        if number == last {
            done.notify_one();
        }
        Ok(())
    });
    let ended = timeout(LIMIT, ended).await.unwrap();
    let seen = seen.lock().unwrap().clone();
    (seen, ended)
}

#[tokio::test]
async fn handles_each_event_and_stores_the_checkpoint_when_it_is_shut_down() {
    let store = store_with(3).await;
    let subscriptions = Subscriptions::new(store.clone());
    let (seen, ended) = run(&subscriptions, request(RetryPolicy::default()), 0, 3).await;
    ended.unwrap();
    assert_eq!(seen, [(1, 1), (2, 1), (3, 1)]);
    assert_eq!(checkpoint(&store).await, 3);
}

#[tokio::test]
async fn skips_an_event_after_its_last_attempt() {
    let store = store_with(3).await;
    let subscriptions = Subscriptions::new(store.clone());
    let (mut seen, ended) = run(&subscriptions, request(policy(3, GiveUp::Skip)), 2, 3).await;
    ended.unwrap();
    seen.retain(|(number, _)| *number == 2);
    assert_eq!(seen, [(2, 1), (2, 2), (2, 3)]);
    assert_eq!(checkpoint(&store).await, 3);
}

#[tokio::test]
async fn parks_an_event_after_its_last_attempt_with_the_error_as_the_reason() {
    let store = store_with(3).await;
    let subscriptions = Subscriptions::new(store.clone()).with_parking(store.clone());
    let (seen, ended) = run(&subscriptions, request(policy(2, GiveUp::Park)), 2, 3).await;
    ended.unwrap();
    assert_eq!(seen.iter().filter(|(number, _)| *number == 2).count(), 2);
    let key = SubscriptionKey::new("s", "numbers").unwrap();
    let id = store.subscription_info(&key).await.unwrap().record.id;
    let parked = store.list_parked(id, 0.into(), 10).await.unwrap();
    let causes: Vec<_> = parked
        .into_iter()
        .map(|event| (event.number.get(), event.cause))
        .collect();
    let reason = "cannot tell".to_owned();
    assert_eq!(causes, [(2, ParkCause::Rejected { reason, attempts: 2 })]);
    assert_eq!(checkpoint(&store).await, 3);
}

#[tokio::test]
async fn stops_with_the_error_and_begins_again_with_the_same_event() {
    let store = store_with(3).await;
    let subscriptions = Subscriptions::new(store.clone());
    let (seen, ended) = run(&subscriptions, request(policy(1, GiveUp::Stop)), 2, 3).await;
    assert_eq!(seen, [(1, 1), (2, 1)]);
    let Err(RunError::Handler {
        number,
        attempts,
        source,
        ..
    }) = ended
    else {
        panic!("{ended:?}");
    };
    assert_eq!(
        (number.get(), attempts, source.to_string().as_str()),
        (2, 1, "cannot tell")
    );
    assert_eq!(checkpoint(&store).await, 1);
    let (seen, ended) = run(&subscriptions, request(policy(1, GiveUp::Stop)), 0, 3).await;
    ended.unwrap();
    assert_eq!(seen, [(2, 1), (3, 1)]);
}

#[tokio::test]
async fn a_panic_of_the_handler_is_a_failure() {
    let subscriptions = Subscriptions::new(store_with(1).await);
    let ended = subscriptions.run(request(policy(2, GiveUp::Stop)), async |event: Delivery| {
        assert!(event.attempt == 0, "out of order");
        Ok::<_, BoxError>(())
    });
    let ended = timeout(LIMIT, ended).await.unwrap();
    let Err(RunError::Handler {
        attempts: 2, source, ..
    }) = ended
    else {
        panic!("{ended:?}");
    };
    assert_eq!(source.to_string(), "the handler panicked: out of order");
}

/// What fails in one partition does not keep those of others waiting.
#[tokio::test]
async fn events_of_other_partitions_go_on_while_one_is_retried() {
    let subscriptions = Subscriptions::new(store_with(4).await);
    let slow = RetryPolicy::new(NonZeroU32::new(2).unwrap(), GiveUp::Skip)
        .with_delay(Duration::from_hours(1), Duration::from_hours(1));
    let partitioned =
        request(slow).with_partition_key(|event| Some((event.stream_version.get() % 2).to_string().into()));
    let (seen, ended) = run(&subscriptions, partitioned, 1, 4).await;
    ended.unwrap();
    let mut numbers: Vec<_> = seen.iter().map(|(number, _)| *number).collect();
    numbers.dedup();
    assert_eq!(numbers, [1, 2, 4]);
}

#[tokio::test]
async fn tells_at_once_that_it_cannot_park() {
    let subscriptions = Subscriptions::new(store_with(1).await);
    let ended = subscriptions.run(request(policy(1, GiveUp::Park)), async |_: Delivery| {
        Ok::<_, BoxError>(())
    });
    let ended = timeout(LIMIT, ended).await.unwrap();
    assert!(
        matches!(ended, Err(RunError::Subscribe(SubscribeError::CannotPark))),
        "{ended:?}"
    );
}

/// A handler may run in a task of its own, and borrow what it is given there.
#[tokio::test]
async fn runs_in_a_task_of_its_own() {
    let subscriptions = Subscriptions::new(store_with(2).await);
    let running = tokio::spawn(async move {
        let (count, done) = (Mutex::new(0), Notify::new());
        let handled = subscriptions.run_until(request(RetryPolicy::default()), done.notified(), async |_: Delivery| {
            let mut count = count.lock().unwrap();
            *count += 1;
            if *count == 2 {
                done.notify_one();
            }
            Ok::<_, BoxError>(())
        });
        handled.await
    });
    timeout(LIMIT, running).await.unwrap().unwrap().unwrap();
}

/// More events than the buffer has room for: what waits in the buffer when an event fails is taken back, and none is lost.
#[tokio::test]
async fn loses_no_event_behind_one_that_fails() {
    for (attempts, then) in [(1, GiveUp::Park), (2, GiveUp::Park), (2, GiveUp::Skip)] {
        for is_partitioned in [false, true] {
            let store = store_with(250).await;
            let subscriptions = Subscriptions::new(store.clone()).with_parking(store.clone());
            let mut request = request(policy(attempts, then));
            if is_partitioned {
                request = request.with_partition_key(|event| Some((event.stream_version.get() % 7).to_string().into()));
            }
            let key = SubscriptionKey::new("s", "numbers").unwrap();
            let (handled, done) = (Mutex::new(BTreeSet::new()), Notify::new());
            let handling = subscriptions.run_until(request, done.notified(), async |event: Delivery| {
                let number = event.number.get();
                if number == 30 {
                    return Err(BoxError::from("cannot tell"));
                }
                let mut handled = handled.lock().unwrap();
                handled.insert(number);
                if number == 250 || handled.len() == 249 {
                    done.notify_one();
                }
                Ok(())
            });
            timeout(LIMIT, handling).await.unwrap().unwrap();
            let id = store.subscription_info(&key).await.unwrap().record.id;
            let parked = store.list_parked(id, 0.into(), 1_000).await.unwrap();
            let parked: BTreeSet<_> = parked.into_iter().map(|event| event.number.get()).collect();
            let handled = handled.into_inner().unwrap();
            let missing: Vec<_> = (1..=checkpoint(&store).await)
                .filter(|number| *number != 30 && !handled.contains(number) && !parked.contains(number))
                .collect();
            assert!(
                missing.is_empty(),
                "{attempts}, {then:?}, partitioned: {is_partitioned}: {missing:?}"
            );
        }
    }
}

/// Without partitions, nothing overtakes an event that is handled again.
#[tokio::test]
async fn keeps_the_order_of_what_is_handled_again() {
    let subscriptions = Subscriptions::new(store_with(250).await);
    let (handled, done) = (Mutex::new(Vec::new()), Notify::new());
    let handling = subscriptions.run_until(
        request(policy(3, GiveUp::Stop)),
        done.notified(),
        async |event: Delivery| {
            if event.number.get() % 40 == 0 && event.attempt < 3 {
                return Err(BoxError::from("not yet"));
            }
            handled.lock().unwrap().push(event.number.get());
            if event.number.get() == 250 {
                done.notify_one();
            }
            Ok(())
        },
    );
    timeout(LIMIT, handling).await.unwrap().unwrap();
    assert_eq!(handled.into_inner().unwrap(), (1..=250).collect::<Vec<_>>());
}
