//! Effects that commit with a checkpoint.

use eventstore_core::{BegunProjection, Error, EventNumber, Lease, ProjectionStep, SubscriptionKey};
use tokio::task::JoinSet;

use super::sample::{self, hold, number, subscription_key, unknown_lease};
use super::wait::until_some;
use super::{AnyTransaction, Backend, Harness, expect_error};

/// A committed step has moved the checkpoint, for every node.
pub async fn moves_the_checkpoint_with_the_step(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let lease = lease(&*store).await;
    for (from, to) in [(0, 5), (5, 6), (6, 6)] {
        let begun = begin(&*store, step(&*lease, from, to)).await;
        store.commit_any_step(begun).await.unwrap();
        assert_eq!(checkpoint(&*other).await, number(to));
    }
}

/// A dropped step has moved no checkpoint, and the same step can begin again.
pub async fn moves_no_checkpoint_with_a_dropped_step(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let held = lease(&*store).await;
    drop(begin(&*store, step(&*held, 0, 5)).await);
    assert_eq!(checkpoint(&*other).await, number(0));
    held.release().await;
    let held = lease(&*other).await;
    let begun = begin(&*other, step(&*held, 0, 3)).await;
    other.commit_any_step(begun).await.unwrap();
    assert_eq!(checkpoint(&*store).await, number(3));
}

/// A step begins only where the checkpoint stands, and who begins elsewhere is told where that is.
///
/// Behaviours: T13.
pub async fn begins_no_step_elsewhere(harness: &dyn Harness) {
    let store = harness.store();
    let lease = lease(&*store).await;
    store.save_checkpoint(lease.token(), number(5)).await.unwrap();
    for from in [0, 4, 6] {
        match store.begin_any_step(step(&*lease, from, 9)).await.unwrap() {
            BegunProjection::Elsewhere(stored) => assert_eq!(stored, number(5)),
            _ => panic!("the step after {from} began at 5"),
        }
    }
    assert_eq!(checkpoint(&*store).await, number(5));
}

/// Of several who begin the same step at once, one commits it.
///
/// Behaviours: T13.
pub async fn commits_a_step_once(harness: &dyn Harness) {
    let store = harness.store();
    let lease = lease(&*store).await;
    let step = step(&*lease, 0, 5);
    let mut callers = JoinSet::new();
    for _ in 0..6 {
        let store = store.clone();
        callers.spawn(async move { commits(&*store, step).await });
    }
    let committed = callers.join_all().await;
    assert_eq!(
        committed.iter().filter(|committed| **committed).count(),
        1,
        "{committed:?}"
    );
    assert_eq!(checkpoint(&*store).await, number(5));
}

/// A step of a subscription that does not exist does not begin.
pub async fn begins_no_step_of_a_missing_subscription(harness: &dyn Harness) {
    let store = harness.store();
    lease(&*store).await.release().await;
    let step = ProjectionStep {
        lease: unknown_lease(),
        from: number(0),
        to: number(1),
    };
    let begun = store.begin_any_step(step).await.unwrap();
    assert!(matches!(begun, BegunProjection::SubscriptionGone));
}

/// A step that would end before it begins is refused by name.
pub async fn begins_no_step_backwards(harness: &dyn Harness) {
    let store = harness.store();
    let lease = lease(&*store).await;
    store.save_checkpoint(lease.token(), number(5)).await.unwrap();
    let begun = store.begin_any_step(step(&*lease, 5, 4)).await;
    expect_error!(begun, Error::InvalidInput { argument: "step", .. });
    assert_eq!(checkpoint(&*store).await, number(5));
}

/// Whether this caller is the one who makes the step.
async fn commits(store: &dyn Backend, step: ProjectionStep) -> bool {
    match store.begin_any_step(step).await.unwrap() {
        BegunProjection::Begun(transaction) => match store.commit_any_step(transaction).await {
            Ok(()) => true,
            Err(Error::Aborted { .. }) => false,
            Err(error) => panic!("{error}"),
        },
        BegunProjection::Elsewhere(stored) => {
            assert_eq!(stored, step.to);
            false
        }
        begun => panic!("the lease is held: {begun:?}"),
    }
}

/// A step that nobody else makes; the end of a dropped one may take a moment.
async fn begin(store: &dyn Backend, step: ProjectionStep) -> AnyTransaction {
    until_some("the begin of the step", async || {
        match store.begin_any_step(step).await.unwrap() {
            BegunProjection::Begun(transaction) => Some(transaction),
            _ => None,
        }
    })
    .await
}

async fn lease(store: &dyn Backend) -> Box<dyn Lease> {
    hold(store, &key()).await
}

async fn checkpoint(store: &dyn Backend) -> EventNumber {
    sample::checkpoint(store, &key()).await
}

fn key() -> SubscriptionKey {
    subscription_key("$all", "projection")
}

fn step(lease: &dyn Lease, from: u32, to: u32) -> ProjectionStep {
    ProjectionStep {
        lease: lease.token(),
        from: number(from),
        to: number(to),
    }
}
