//! What a process does that no longer holds the lease, however late it arrives.

use eventstore_core::backend::{
    BegunProjection, CheckpointOutcome, LeaseLoss, LeaseToken, ParkOutcome, Parking, ProjectionStep,
};
use eventstore_core::{Delete, Deletion, Error, EventNumber, HolderPolicy, SubscriptionKey};

use super::parking::rejected;
use super::sample::{checkpoint, hold, ids_in, number, save, stream_of, subscription, subscription_key};
use super::wait::{soon, until_some};
use super::{Backend, Harness, expect_error};

/// Each lease has a higher epoch than every one before it, wherever that was given.
pub async fn gives_each_lease_a_higher_epoch(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let key = subscription_key("$all", "a");
    let mut latest: Option<LeaseToken> = None;
    for node in [&store, &store, &other, &store] {
        let lease = hold(&**node, &key).await;
        let token = lease.token();
        assert!(
            latest.is_none_or(|latest| latest.epoch < token.epoch),
            "{latest:?}, then {token:?}"
        );
        assert!(
            latest.is_none_or(|latest| latest.id == token.id),
            "{latest:?}, then {token:?}"
        );
        latest = Some(token);
        lease.release().await;
    }
}

/// A lease comes with the checkpoint that was stored last.
pub async fn gives_a_lease_with_its_checkpoint(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let key = subscription_key("$all", "a");
    for (node, stored) in [(&store, 3), (&other, 5), (&store, 6)] {
        let acquired = node.try_acquire(&key, number(3)).await.unwrap().unwrap();
        assert_eq!(acquired.checkpoint, checkpoint(&*other, &key).await);
        let saved = node.save_checkpoint(acquired.lease.token(), number(stored)).await;
        assert_eq!(saved.unwrap(), CheckpointOutcome::Saved);
        acquired.lease.release().await;
    }
    assert_eq!(checkpoint(&*store, &key).await, number(6));
}

/// What an earlier holder saves is refused, also where it is further on.
///
/// Behaviours: T13.
pub async fn refuses_the_checkpoint_of_an_earlier_holder(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let key = subscription_key("$all", "a");
    let earlier = token_of_an_earlier_lease(&*store, &key).await;
    let heir = hold(&*other, &key).await;
    assert_fenced(&*store, earlier, 5).await;
    let saved = other.save_checkpoint(heir.token(), number(3)).await;
    assert_eq!(saved.unwrap(), CheckpointOutcome::Saved);
    assert_fenced(&*store, earlier, 5).await;
    assert_eq!(checkpoint(&*store, &key).await, number(3));
    heir.release().await;
    assert_fenced(&*store, earlier, 5).await;
}

/// A stream is replaced by a shorter one: what the holder of the checkpoint before saves late moves no one beyond the events of
/// the new stream.
///
/// Behaviours: R4.15, R8.71, T10.
pub async fn keeps_a_late_checkpoint_from_a_stream_that_was_created_again(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let key = subscription_key("s", "a");
    let first = stream_of(&*store, "s", 5).await;
    let late = token_of_an_earlier_lease(&*store, &key).await;
    store.delete(Delete::new(first, Deletion::Hard)).await.unwrap();
    stream_of(&*store, "s", 2).await;
    // Whatever became of this one, it is about the stream before.
    store.save_checkpoint(late, number(4)).await.unwrap();

    let heir = other.try_acquire(&key, number(0)).await.unwrap().unwrap();
    assert_eq!(heir.checkpoint, number(0), "what the heir begins with");
    assert_fenced(&*store, late, 5).await;
    heir.lease.release().await;
    let next = store.try_acquire(&key, number(0)).await.unwrap().unwrap();
    assert_eq!(next.checkpoint, number(0), "what the next holder begins with");
}

/// A checkpoint that an administrator has set stays, whatever is saved late: whether the lease is held or not.
pub async fn keeps_a_set_checkpoint_from_a_late_one(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let key = subscription_key("$all", "a");
    let held = hold(&*store, &key).await;
    store.save_checkpoint(held.token(), number(5)).await.unwrap();
    other
        .set_checkpoint(&key, number(2), HolderPolicy::Override)
        .await
        .unwrap();
    assert_fenced(&*store, held.token(), 6).await;
    assert_eq!(checkpoint(&*store, &key).await, number(2));
    let late = held.token();
    held.release().await;

    save(&*other, &key, 5).await;
    let later = token_of_an_earlier_lease(&*store, &key).await;
    other
        .set_checkpoint(&key, number(1), HolderPolicy::Override)
        .await
        .unwrap();
    for token in [late, later] {
        assert_fenced(&*store, token, 6).await;
    }
    assert_eq!(checkpoint(&*store, &key).await, number(1));
}

/// The holder of a subscription whose checkpoint is set is told so, and the next holder begins there.
pub async fn tells_the_holder_that_its_checkpoint_was_set(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let key = subscription_key("$all", "a");
    let held = hold(&*store, &key).await;
    store.save_checkpoint(held.token(), number(5)).await.unwrap();
    other
        .set_checkpoint(&key, number(2), HolderPolicy::Override)
        .await
        .unwrap();
    assert_eq!(soon("the loss of the lease", held.lost()).await, LeaseLoss::InDoubt);
    held.release().await;
    let next = until_some("the lost lease", async || {
        store.try_acquire(&key, number(0)).await.unwrap()
    })
    .await;
    assert_eq!(next.checkpoint, number(2));
}

/// The id of a deleted subscription is never given to another one, also if it was the latest, and no lease of the deleted one
/// is good for what was created since.
///
/// Behaviours: R8.51.
pub async fn gives_the_id_of_a_deleted_subscription_to_no_other(harness: &dyn Harness) {
    let store = harness.store();
    let mut ids = Vec::new();
    let mut late = Vec::new();
    for round in 0..3 {
        let key = subscription_key("$all", "a");
        late.push(token_of_an_earlier_lease(&*store, &key).await);
        for key in [key, subscription_key("$all", &format!("b-{round}"))] {
            let id = subscription(&*store, &key).await;
            assert!(
                !ids.contains(&id),
                "{id:?} was given to another subscription before: {ids:?}"
            );
            ids.push(id);
            store.delete_subscription(&key, HolderPolicy::Respect).await.unwrap();
        }
    }
    let key = subscription_key("$all", "a");
    subscription(&*store, &key).await;
    for token in late {
        let outcome = store.save_checkpoint(token, number(5)).await.unwrap();
        assert_eq!(outcome, CheckpointOutcome::SubscriptionGone);
    }
    assert_eq!(checkpoint(&*store, &key).await, number(0));
}

/// What an earlier holder parks is refused: neither event, dead letter nor checkpoint is stored.
///
/// Behaviours: T13.
pub async fn parks_nothing_for_an_earlier_holder(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let key = subscription_key("s", "a");
    let stream = stream_of(&*store, "s", 2).await;
    let event = ids_in(&*store, stream).await[0];
    let lease = token_of_an_earlier_lease(&*store, &key).await;
    let _heir = hold(&*other, &key).await;
    let parking = Parking {
        lease,
        key: key.clone(),
        events: vec![rejected(1, event, None)],
        checkpoint: number(1),
    };
    assert_eq!(store.park(&parking).await.unwrap(), ParkOutcome::Fenced);
    assert_eq!(store.list_parked(lease.id, EventNumber::ZERO, 9).await.unwrap(), []);
    assert_eq!(checkpoint(&*store, &key).await, number(0));
    let dead_letters = store.stream_info(&key.dead_letters().unwrap().into()).await;
    expect_error!(dead_letters, Error::StreamNotFound { .. });
}

/// A step of an earlier holder does not begin.
///
/// Behaviours: T13.
pub async fn begins_no_step_for_an_earlier_holder(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let key = subscription_key("$all", "a");
    let lease = token_of_an_earlier_lease(&*store, &key).await;
    let _heir = hold(&*other, &key).await;
    let begun = store.begin_any_step(step(lease)).await.unwrap();
    assert!(matches!(begun, BegunProjection::Fenced), "{begun:?}");
    assert_eq!(checkpoint(&*store, &key).await, number(0));
}

/// While a step is open, either no other lease is given, or the step is not committed.
pub async fn commits_no_step_beside_another_lease(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let key = subscription_key("$all", "a");
    let held = hold(&*store, &key).await;
    let BegunProjection::Begun(transaction) = store.begin_any_step(step(held.token())).await.unwrap() else {
        panic!("the step does not begin under the latest lease");
    };
    held.release().await;
    let early = other.try_acquire(&key, number(0)).await.unwrap();
    let committed = store.commit_any_step(transaction).await;
    let expected = match early {
        Some(heir) => {
            expect_error!(committed, Error::Aborted { .. });
            heir.lease.release().await;
            heir.checkpoint
        }
        None => committed.map(|()| number(5)).unwrap(),
    };
    let next = until_some("the lease", async || other.try_acquire(&key, number(0)).await.unwrap()).await;
    assert_eq!(next.checkpoint, expected);
}

/// A lease that was given back; the next one makes its token worthless.
async fn token_of_an_earlier_lease(store: &dyn Backend, key: &SubscriptionKey) -> LeaseToken {
    let lease = hold(store, key).await;
    let token = lease.token();
    lease.release().await;
    token
}

async fn assert_fenced(store: &dyn Backend, lease: LeaseToken, checkpoint: u32) {
    let outcome = store.save_checkpoint(lease, number(checkpoint)).await.unwrap();
    assert_eq!(
        outcome,
        CheckpointOutcome::Fenced,
        "checkpoint {checkpoint} under {lease:?}"
    );
}

fn step(lease: LeaseToken) -> ProjectionStep {
    ProjectionStep {
        lease,
        from: number(0),
        to: number(5),
    }
}
