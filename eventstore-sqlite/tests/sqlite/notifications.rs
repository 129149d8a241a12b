//! The watch over the file: what another process commits is told at once, and nothing ends in silence.

use std::sync::Arc;
use std::time::Duration;

use eventstore_core::backend::{Hint, Listener, Notifier};
use eventstore_core::{
    Delete, EventLinker, EventWriter, ExpectedVersion, Link, StreamDeleter, StreamName, StreamSelector,
    SubscriptionSettings,
};
use eventstore_sqlite::{SqliteAdmin, SqliteStore};
use eventstore_subscriptions::{Subscribe, Subscription, SubscriptionEnded, Subscriptions};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

use crate::support::{Fixture, append};

async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(10), future).await.unwrap()
}

fn stream(name: &str) -> StreamName {
    StreamName::new(name).unwrap()
}

/// Listens, and takes the hint that the watch has begun.
async fn listen(store: &SqliteStore, selector: impl Into<StreamSelector>) -> Box<dyn Listener> {
    let mut listener = store.listen(&selector.into());
    while !listener.is_connected() {
        soon(listener.hint()).await.unwrap();
    }
    listener
}

async fn until(listener: &mut Box<dyn Listener>, expected: Hint) {
    while soon(listener.hint()).await.unwrap() != expected {}
}

fn follow(store: &SqliteStore, selector: impl Into<StreamSelector>) -> Subscription {
    let settings = SubscriptionSettings {
        poll_interval: Duration::from_hours(1),
        ..SubscriptionSettings::default()
    };
    Subscriptions::new(Arc::new(store.clone()))
        .subscribe(Subscribe::transient(selector).with_settings(settings))
        .unwrap()
}

async fn until_live(subscription: &mut Subscription) {
    while !(subscription.progress().caught_up && subscription.progress().is_notified) {
        soon(subscription.progress_changed()).await;
    }
}

/// Appends one event after the other in another process, and sees each of them delivered at once.
async fn hears_of_each(fixture: &Fixture, subscription: &mut Subscription, numbers: std::ops::RangeInclusive<u32>) {
    let elsewhere = fixture.another_store(|config| config).await;
    for number in numbers {
        elsewhere.append(append("s", ExpectedVersion::Any, 1)).await.unwrap();
        let events = soon(subscription.next()).await.unwrap().unwrap();
        let received: Vec<_> = events.iter().map(|event| event.number).collect();
        assert_eq!(received, [number.into()]);
    }
}

#[tokio::test]
async fn what_another_process_commits_is_told() {
    let fixture = Fixture::new().await;
    let elsewhere = fixture.another_store(|config| config).await;
    let mut all = listen(&fixture.store, StreamSelector::All).await;
    let mut linked = listen(&fixture.store, stream("links")).await;
    let event = append("s", ExpectedVersion::NoStream, 1);
    let ids: Vec<_> = event.event_ids().collect();
    elsewhere.append(event).await.unwrap();
    until(&mut all, Hint::UpTo(1.into())).await;
    elsewhere
        .link(Link::new(stream("links"), ExpectedVersion::NoStream, ids).unwrap())
        .await
        .unwrap();
    until(&mut linked, Hint::UpTo(1.into())).await;
    elsewhere.delete(Delete::soft("links").unwrap()).await.unwrap();
    until(&mut linked, Hint::Unknown).await;
}

#[tokio::test]
async fn each_event_of_another_process_is_delivered() {
    let fixture = Fixture::new().await;
    let mut subscription = follow(&fixture.store, StreamSelector::All);
    until_live(&mut subscription).await;
    hears_of_each(&fixture, &mut subscription, 1..=200).await;
}

#[tokio::test]
async fn a_watch_that_failed_is_begun_again_and_its_listeners_are_told() {
    let fixture = Fixture::new().await;
    let mut subscription = follow(&fixture.store, StreamSelector::All);
    until_live(&mut subscription).await;
    let mut listener = listen(&fixture.store, StreamSelector::All).await;
    fixture.store.cut_notifications();
    until(&mut listener, Hint::Unknown).await;
    hears_of_each(&fixture, &mut subscription, 1..=20).await;
}

/// Nothing would come any more from a file that was replaced.
#[cfg(unix)]
#[tokio::test]
async fn listeners_are_told_when_the_file_was_replaced() {
    let fixture = Fixture::new().await;
    let mut listener = listen(&fixture.store, StreamSelector::All).await;
    let other = fixture.folder.path().join("other.db");
    SqliteAdmin::new(fixture.config.clone()).backup(&other).await.unwrap();
    std::fs::rename(other, fixture.path()).unwrap();
    while listener.is_connected() {
        soon(listener.hint()).await.unwrap();
    }
}

/// The numbers start over: what was known before must not hide them.
#[tokio::test]
async fn a_reset_by_another_process_begins_a_new_epoch() {
    let fixture = Fixture::new().await;
    let mut all = listen(&fixture.store, StreamSelector::All).await;
    fixture
        .store
        .append(append("s", ExpectedVersion::NoStream, 9))
        .await
        .unwrap();
    until(&mut all, Hint::UpTo(9.into())).await;
    let before = fixture.store.storage_epoch();
    // The watch knows which stream it is about once it has looked.
    let elsewhere = fixture.another_store(|config| config).await;
    elsewhere.append(append("s", ExpectedVersion::Any, 1)).await.unwrap();
    until(&mut all, Hint::UpTo(10.into())).await;
    SqliteAdmin::new(fixture.config.clone()).reset().await.unwrap();
    until(&mut all, Hint::Unknown).await;
    assert!(fixture.store.storage_epoch() > before);
    elsewhere
        .append(append("s", ExpectedVersion::NoStream, 1))
        .await
        .unwrap();
    until(&mut all, Hint::UpTo(1.into())).await;
}

/// Runs a call on a runtime of its own, which has ended when the answer is there.
fn on_another_runtime<T: Send>(runtime: Runtime, call: impl AsyncFnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| scope.spawn(move || runtime.block_on(call())).join().unwrap())
}

/// The task that watches belongs to the runtime of the store, not to that of the first listener.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_watch_outlives_the_runtime_of_the_first_listener() {
    let fixture = Fixture::new().await;
    let first = tokio::task::block_in_place(|| {
        on_another_runtime(Runtime::new().unwrap(), async || {
            fixture.store.listen(&StreamSelector::All).hint().await
        })
    });
    assert_eq!(first, Some(Hint::Unknown));
    let mut subscription = follow(&fixture.store, StreamSelector::All);
    until_live(&mut subscription).await;
    hears_of_each(&fixture, &mut subscription, 1..=3).await;
}

/// A listener that would wait for a task whose runtime has ended is told that nothing will come.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn listeners_end_with_the_runtime_of_their_store() {
    let fixture = Fixture::new().await;
    let config = fixture.config.clone();
    let (store, mut before) = tokio::task::block_in_place(|| {
        on_another_runtime(Runtime::new().unwrap(), async || {
            let store = SqliteStore::connect(config).await.unwrap();
            let listener = listen(&store, StreamSelector::All).await;
            (store, listener)
        })
    });
    while soon(before.hint()).await.is_some() {}
    assert_eq!(soon(store.listen(&StreamSelector::All).hint()).await, None);
    let ended = soon(follow(&store, StreamSelector::All).next()).await;
    assert!(matches!(ended, Some(Err(SubscriptionEnded::StoreClosed))), "{ended:?}");
}

/// Where the runtime has no I/O, the system's own events are not to be had, and the file is polled.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_runtime_without_io_polls_the_file() {
    let fixture = Fixture::new().await;
    let runtime = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_time()
        .build()
        .unwrap();
    let config = fixture.config.clone();
    let elsewhere = fixture.another_store(|config| config).await;
    tokio::task::block_in_place(|| {
        on_another_runtime(runtime, async || {
            let store = SqliteStore::connect(config).await.unwrap();
            let mut all = listen(&store, StreamSelector::All).await;
            elsewhere
                .append(append("s", ExpectedVersion::NoStream, 1))
                .await
                .unwrap();
            until(&mut all, Hint::UpTo(1.into())).await;
        });
    });
}

#[tokio::test]
async fn listeners_of_a_closed_store_end_and_those_of_others_do_not() {
    let fixture = Fixture::new().await;
    let elsewhere = fixture.another_store(|config| config).await;
    let mut here = listen(&fixture.store, StreamSelector::All).await;
    let mut there = listen(&elsewhere, StreamSelector::All).await;
    fixture.store.close().await;
    while soon(here.hint()).await.is_some() {}
    assert_eq!(soon(fixture.store.listen(&StreamSelector::All).hint()).await, None);
    elsewhere
        .append(append("s", ExpectedVersion::NoStream, 1))
        .await
        .unwrap();
    until(&mut there, Hint::UpTo(1.into())).await;
}
