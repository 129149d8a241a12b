//! Effects that commit with a checkpoint.

use std::mem;

use eventstore_core::backend::{BegunProjection, Lease, ProjectionStep};
use eventstore_core::{Error, EventNumber, SubscriptionKey};
use futures_util::future::join_all;
use tokio::task::JoinSet;

use super::reopening::reopened;
use super::sample::{self, hold, number, subscription_key, unknown_lease};
use super::wait::{soon, until_some};
use super::{AnyTransaction, Backend, Harness, Stop, expect_error};

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

/// A step begins only where the checkpoint is, and a caller that begins elsewhere is told where that is.
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

/// If several callers begin the same step at once, one commits it.
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

/// Effects are seen when the step is committed, with the checkpoint, and not before.
pub async fn commits_effects_with_the_checkpoint(harness: &dyn Harness) {
    let store = harness.store();
    let lease = lease(&*store).await;
    for (effect, (from, to)) in [(0, 5), (5, 6)].into_iter().enumerate() {
        let before: Vec<u32> = (0..u32::try_from(effect).unwrap()).collect();
        let mut begun = begin(&*store, step(&*lease, from, to)).await;
        harness.make_effect(&mut begun, u32::try_from(effect).unwrap()).await;
        assert_eq!(harness.effects().await, before, "what is seen before the commit");
        assert_eq!(
            checkpoint(&*store).await,
            number(from),
            "the checkpoint before the commit"
        );
        store.commit_any_step(begun).await.unwrap();
        assert_eq!(
            harness.effects().await.len(),
            effect + 1,
            "what is seen after the commit"
        );
        assert_eq!(checkpoint(&*store).await, number(to));
    }
}

/// The effects of a step that is dropped are undone.
pub async fn undoes_the_effects_of_a_dropped_step(harness: &dyn Harness) {
    let store = harness.store();
    let lease = lease(&*store).await;
    let mut begun = begin(&*store, step(&*lease, 0, 5)).await;
    harness.make_effect(&mut begun, 7).await;
    drop(begun);
    let mut again = begin(&*store, step(&*lease, 0, 5)).await;
    harness.make_effect(&mut again, 8).await;
    store.commit_any_step(again).await.unwrap();
    assert_eq!(harness.effects().await, [8]);
}

/// If several callers begin the same step at once, only the effects of the one that commits it are left.
pub async fn keeps_the_effects_of_the_one_who_commits(harness: &dyn Harness) {
    let store = harness.store();
    let lease = lease(&*store).await;
    let step = step(&*lease, 0, 5);
    let callers = (0..4).map(|caller| {
        let store = &store;
        async move {
            let BegunProjection::Begun(mut begun) = store.begin_any_step(step).await.unwrap() else {
                return None;
            };
            harness.make_effect(&mut begun, caller).await;
            store.commit_any_step(begun).await.ok().map(|()| caller)
        }
    });
    let committed: Vec<u32> = join_all(callers).await.into_iter().flatten().collect();
    assert_eq!(committed.len(), 1, "{committed:?} have committed the same step");
    assert_eq!(harness.effects().await, committed);
}

/// After the storage is opened again, a committed step is stored, and one that had only begun is not.
pub async fn keeps_committed_steps_when_it_is_reopened(harness: &dyn Harness) {
    let mut store = harness.store();
    for (stop, from) in Stop::ALL.into_iter().zip([0_u32, 5]) {
        let held = lease(&*store).await;
        let begun = begin(&*store, step(&*held, from, from + 5)).await;
        store.commit_any_step(begun).await.unwrap();
        let unfinished = begin(&*store, step(&*held, from + 5, from + 9)).await;
        if stop == Stop::Clean {
            drop(unfinished);
            held.release().await;
        } else {
            // A process that is killed ends nothing.
            mem::forget((unfinished, held));
        }
        store = reopened(harness, store, stop).await;
        assert_eq!(checkpoint(&*store).await, number(from + 5), "after the end {stop:?}");
    }
}

/// Whatever is called once the store has been closed is refused as such.
pub async fn refuses_steps_once_it_is_closed(harness: &dyn Harness) {
    let store = harness.store();
    let lease = lease(&*store).await;
    soon("the end of the store", harness.close_store()).await;
    let begun = store.begin_any_step(step(&*lease, 0, 5)).await;
    expect_error!(begun, Error::StoreClosed);
}

/// Whether this caller makes the step.
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

/// A step that no other caller makes; the end of a dropped one may take a moment.
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
