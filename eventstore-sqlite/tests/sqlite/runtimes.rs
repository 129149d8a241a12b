//! Calls are made on any runtime, and keep no one waiting longer than they have to.

use std::time::Duration;

use eventstore_core::{
    AppendSet, Delete, EventReaderExt, EventWriter, ExpectedVersion, Read, StreamDeleter, StreamSelector,
};
use futures_util::{TryStreamExt, poll};
use sqlx::Executor;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::LocalSet;
use tokio::time::timeout;
use tokio_util::context::TokioContext;

use crate::support::{Fixture, append};

/// How many calls are made, each on a runtime of its own: more than there are connections.
const CALLS: usize = 8;

/// Much less than a call may wait.
const BRIEFLY: Duration = Duration::from_millis(50);

/// A runtime that only goes on while someone waits for it.
fn paused_runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

async fn with_short_waits() -> Fixture {
    Fixture::with(|config| config.with_busy_timeout(Duration::from_millis(500))).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_on_runtimes_that_are_not_driven_any_more_keep_no_connection() {
    let fixture = with_short_waits().await;
    let runtimes: Vec<_> = (0..CALLS).map(|_| paused_runtime()).collect();
    for runtime in &runtimes {
        fixture
            .store
            .append(append("s", ExpectedVersion::Any, 1))
            .await
            .unwrap();
        let work = async {
            let events = fixture.store.read(Read::new(StreamSelector::All));
            events.try_collect::<Vec<_>>().await.unwrap();
            fixture.store.delete(Delete::soft("s").unwrap()).await.unwrap();
            fixture.store.undelete(&"s".parse().unwrap()).await.unwrap();
        };
        tokio::task::block_in_place(|| {
            std::thread::scope(|scope| scope.spawn(|| runtime.block_on(work)).join().unwrap());
        });
    }
    fixture
        .store
        .append(append("s", ExpectedVersion::Any, 1))
        .await
        .unwrap();
    drop_elsewhere(runtimes);
}

/// A runtime may not be dropped by a task.
fn drop_elsewhere(runtimes: Vec<Runtime>) {
    std::thread::spawn(move || drop(runtimes)).join().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_that_is_given_up_outside_any_runtime_frees_the_writer() {
    let fixture = with_short_waits().await;
    let store = fixture.store.clone();
    let set = AppendSet::new(vec![append("s", ExpectedVersion::NoStream, 1)]).unwrap();
    let mut change = Box::pin(async move { store.append_set(set).await });
    // While another application writes, the change has the writer's connection, and cannot go on.
    let mut other = fixture.connection().await;
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    assert!(poll!(&mut change).is_pending());
    std::thread::spawn(move || drop(change)).join().unwrap();
    other.execute("COMMIT").await.unwrap();
    // The change may be made or not.
    fixture
        .store
        .append(append("s", ExpectedVersion::Any, 1))
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_are_made_within_a_local_set() {
    let fixture = with_short_waits().await;
    let store = fixture.store.clone();
    let calls = async move {
        let append_some = |count| store.append(append("s", ExpectedVersion::Any, count));
        let (first, second) = tokio::join!(append_some(200), append_some(100));
        assert_eq!((first.unwrap().count(), second.unwrap().count()), (200, 100));
        let events = store.read(Read::new(StreamSelector::All));
        assert_eq!(events.try_collect::<Vec<_>>().await.unwrap().len(), 300);
    };
    LocalSet::new().run_until(calls).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn appends_are_made_on_a_runtime_without_timers() {
    let fixture = with_short_waits().await;
    let store = fixture.store.clone();
    let without_timers = Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let call = without_timers.spawn(async move { store.append(append("s", ExpectedVersion::NoStream, 1)).await });
    call.await.unwrap().unwrap();
    drop_elsewhere(vec![without_timers]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_are_made_on_a_runtime_with_one_thread_in_which_the_stores_own_was_entered() {
    let fixture = with_short_waits().await;
    let (store, own) = (fixture.store.clone(), Handle::current());
    let work = move || {
        let calls = async {
            store.append(append("s", ExpectedVersion::NoStream, 300)).await.unwrap();
            let events = store.read(Read::new(StreamSelector::All));
            events.try_collect::<Vec<_>>().await.unwrap().len()
        };
        paused_runtime().block_on(TokioContext::new(calls, own))
    };
    assert_eq!(std::thread::spawn(work).join().unwrap(), 300);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_timeout_of_the_caller_is_kept_while_another_process_writes() {
    let fixture = Fixture::with(|config| config.with_busy_timeout(Duration::from_mins(10))).await;
    let mut other = fixture.connection().await;
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    let (appending, changing) = (fixture.store.clone(), fixture.store.clone());
    let set = AppendSet::new(vec![append("other", ExpectedVersion::NoStream, 1)]).unwrap();
    // In a task, whose thread the store may use.
    let calls = tokio::spawn(async move {
        let append = timeout(BRIEFLY, appending.append(append("s", ExpectedVersion::NoStream, 1))).await;
        let change = timeout(BRIEFLY, changing.append_set(set)).await;
        (append.is_err(), change.is_err())
    });
    assert_eq!(calls.await.unwrap(), (true, true));
    other.execute("COMMIT").await.unwrap();
    fixture.store.close().await;
}
