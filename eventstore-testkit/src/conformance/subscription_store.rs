//! The stored half of subscriptions.

use eventstore_core::backend::{CheckpointOutcome, Lease, SubscriptionRecord};
use eventstore_core::{
    Append, AppendSet, Delete, Deletion, Error, EventNumber, ExpectedVersion, Idempotence, StreamSelector,
    SubscriptionKey, SubscriptionName,
};
use futures_util::future::join_all;
use tokio::task::JoinSet;

use super::reopening::reopened;
use super::sample::{
    checkpoint, events, grow, hold, ids_in, link_any, number, save, stream, stream_of, subscription, subscription_key,
    unknown_lease,
};
use super::wait::soon;
use super::{Backend, Harness, Stop, expect_error};

/// A new subscription has the checkpoint that it was created with.
pub async fn creates_a_subscription_with_its_checkpoint(harness: &dyn Harness) {
    let store = harness.store();
    assert_eq!(find(&*store, &key("s", "a"), 0).await.checkpoint, number(0));
    assert_eq!(find(&*store, &key("s", "b"), 7).await.checkpoint, number(7));
    let far = store
        .find_or_create_subscription(&key("s", "c"), EventNumber::MAX)
        .await;
    assert_eq!(far.unwrap().checkpoint, EventNumber::MAX);
}

/// Creating a subscription that exists changes nothing, on whichever node.
///
/// Behaviours: R8.10.
pub async fn finds_an_existing_subscription_unchanged(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let created = find(&*store, &key("s", "a"), 3).await;
    assert_eq!(find(&*store, &key("s", "a"), 9).await, created);
    assert_eq!(find(&*other, &key("s", "a"), 0).await, created);
}

/// If several callers create a subscription at once, all get the same one.
///
/// Behaviours: R8.13.
pub async fn creates_one_subscription_for_concurrent_callers(harness: &dyn Harness) {
    let nodes = [harness.store(), harness.another_node().await];
    let mut callers = JoinSet::new();
    for index in 0..8 {
        let store = nodes[index % 2].clone();
        callers.spawn(async move { find(&*store, &key("s", "a"), 3).await });
    }
    let records = callers.join_all().await;
    assert!(records.iter().all(|record| *record == records[0]), "{records:?}");
}

/// A subscription is identified by its stream and its name together.
///
/// Behaviours: R8.1.
pub async fn keeps_subscriptions_of_different_streams_and_names_apart(harness: &dyn Harness) {
    let store = harness.store();
    let keys = [
        key("s", "a"),
        key("s", "b"),
        key("t", "a"),
        key(StreamSelector::ALL, "a"),
        key("s", ""),
        key("", "s"),
        key("s", "A, %_ 🇪🇺"),
    ];
    let mut ids = Vec::new();
    for (key, checkpoint) in keys.iter().zip(10..) {
        let record = find(&*store, key, checkpoint).await;
        assert_eq!(record.checkpoint, number(checkpoint));
        assert!(!ids.contains(&record.id), "{key:?}");
        ids.push(record.id);
    }
    save(&*store, &keys[0], 99).await;
    for (key, checkpoint) in keys.iter().zip(10..).skip(1) {
        assert_eq!(find(&*store, key, 0).await.checkpoint, number(checkpoint));
    }
}

/// A later checkpoint is stored, and every node sees it.
pub async fn stores_a_later_checkpoint(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let lease = hold(&*store, &key("s", "a")).await;
    for checkpoint in [1, 5, 1_000_000] {
        let outcome = store.save_checkpoint(lease.token(), number(checkpoint)).await;
        assert_eq!(outcome.unwrap(), CheckpointOutcome::Saved);
        assert_eq!(find(&*other, &key("s", "a"), 0).await.checkpoint, number(checkpoint));
    }
}

/// A stored checkpoint never moves backwards, and a caller that tries is told where it is.
///
/// Behaviours: R8.38, T13.
pub async fn never_moves_a_checkpoint_backwards(harness: &dyn Harness) {
    let store = harness.store();
    let lease = hold(&*store, &key("s", "a")).await;
    store.save_checkpoint(lease.token(), number(5)).await.unwrap();
    let outcome = store.save_checkpoint(lease.token(), number(4)).await;
    assert_eq!(outcome.unwrap(), CheckpointOutcome::Superseded(number(5)));
    assert_eq!(find(&*store, &key("s", "a"), 0).await.checkpoint, number(5));
}

/// A checkpoint that is stored already may be stored again.
pub async fn accepts_the_same_checkpoint_again(harness: &dyn Harness) {
    let store = harness.store();
    let lease = hold(&*store, &key("s", "a")).await;
    for _ in 0..2 {
        let outcome = store.save_checkpoint(lease.token(), number(5)).await;
        assert_eq!(outcome.unwrap(), CheckpointOutcome::Saved);
    }
    assert_eq!(find(&*store, &key("s", "a"), 0).await.checkpoint, number(5));
}

/// Of checkpoints that are stored at once, the highest stays.
///
/// Behaviours: R8.38, T13.
pub async fn keeps_the_highest_of_concurrent_checkpoints(harness: &dyn Harness) {
    let store = harness.store();
    let lease = hold(&*store, &key("s", "a")).await;
    let token = lease.token();
    let mut writers = JoinSet::new();
    for checkpoint in 1..=20 {
        let store = store.clone();
        writers.spawn(async move { store.save_checkpoint(token, number(checkpoint)).await.unwrap() });
    }
    writers.join_all().await;
    assert_eq!(find(&*store, &key("s", "a"), 0).await.checkpoint, number(20));
}

/// Of many checkpoints that are stored at once, each gets its own answer, and none takes another one's.
pub async fn answers_each_of_many_checkpoints_that_are_stored_at_once(harness: &dyn Harness) {
    let store = harness.store();
    let named = |name: &str, index: usize| key("s", &format!("{name} {index}"));
    for round in 1..=3 {
        let mut expected = Vec::new();
        let mut leases = Vec::new();
        for index in 0..5 {
            let fenced = hold(&*store, &named("fenced", index)).await;
            let earlier = fenced.token();
            fenced.release().await;
            leases.push(hold(&*store, &named("fenced", index)).await);
            expected.push((earlier, number(7 * round), CheckpointOutcome::Fenced));
            expected.push((unknown_lease(), number(7), CheckpointOutcome::SubscriptionGone));

            for (name, stored) in [("new", 0), ("same", 7), ("higher", 9)] {
                let lease = hold(&*store, &named(name, index)).await;
                let (token, stored) = (lease.token(), number(10 * round + stored));
                leases.push(lease);
                let checkpoint = number(10 * round + 7);
                if name != "new" {
                    store.save_checkpoint(token, stored).await.unwrap();
                }
                let outcome = match name {
                    "higher" => CheckpointOutcome::Superseded(stored),
                    _ => CheckpointOutcome::Saved,
                };
                expected.push((token, checkpoint, outcome));
            }
        }
        let answers = join_all(
            expected
                .iter()
                .map(|(lease, checkpoint, _)| store.save_checkpoint(*lease, *checkpoint)),
        );
        for ((lease, checkpoint, outcome), answer) in expected.iter().zip(answers.await) {
            assert_eq!(
                answer.unwrap(),
                *outcome,
                "of {checkpoint} under {lease:?} in round {round}"
            );
        }
        for index in 0..5 {
            for (name, stored) in [
                ("fenced", 0),
                ("new", 10 * round + 7),
                ("same", 10 * round + 7),
                ("higher", 10 * round + 9),
            ] {
                let record = find(&*store, &named(name, index), 0).await;
                assert_eq!(record.checkpoint, number(stored), "of {name:?} in round {round}");
            }
        }
        join_all(leases.into_iter().map(Lease::release)).await;
    }
}

/// The checkpoint of a subscription that does not exist is not stored.
///
/// Behaviours: R8.38, T15.
pub async fn tells_that_a_subscription_is_gone(harness: &dyn Harness) {
    let store = harness.store();
    find(&*store, &key("s", "a"), 0).await;
    let outcome = store.save_checkpoint(unknown_lease(), number(1)).await.unwrap();
    assert_eq!(outcome, CheckpointOutcome::SubscriptionGone);
}

/// Subscriptions and their checkpoints are there when the storage is opened again, and a new one has an id of its own.
pub async fn keeps_subscriptions_when_it_is_reopened(harness: &dyn Harness) {
    let mut store = harness.store();
    let key = subscription_key("s", "a");
    for (stop, stored) in Stop::ALL.into_iter().zip([3_u32, 5]) {
        assert_eq!(save(&*store, &key, stored).await, CheckpointOutcome::Saved);
        let id = subscription(&*store, &key).await;
        store = reopened(harness, store, stop).await;
        let found = find(&*store, &key, 0).await;
        assert_eq!(
            (found.id, found.checkpoint),
            (id, number(stored)),
            "after the end {stop:?}"
        );
        let created = subscription(&*store, &subscription_key("s", &format!("{stop:?}"))).await;
        assert!(
            created > id,
            "after the end {stop:?}: the id {created:?} is not beyond {id:?}"
        );
    }
}

/// Under a lease that is held when the store is closed, checkpoints are stored until it is given back; then they are refused.
pub async fn stores_checkpoints_of_its_leases_while_it_closes(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let (key, free) = (subscription_key("s", "a"), subscription_key("s", "free"));
    let lease = hold(&*store, &key).await;
    let token = lease.token();
    let given_back = hold(&*store, &free).await;
    let token_of_free = given_back.token();
    given_back.release().await;
    soon("the end of the store", harness.close_store()).await;
    for stored in [3, 5] {
        let saved = store.save_checkpoint(token, number(stored)).await.unwrap();
        assert_eq!(saved, CheckpointOutcome::Saved);
        assert_eq!(checkpoint(&*other, &key).await, number(stored));
    }
    expect_error!(
        store.save_checkpoint(token_of_free, number(9)).await,
        Error::StoreClosed
    );
    lease.release().await;
    expect_error!(store.save_checkpoint(token, number(9)).await, Error::StoreClosed);
    assert_eq!(checkpoint(&*other, &key).await, number(5));
    hold(&*other, &key).await.release().await;
}

/// A subscription that never ran is about no stream yet: its checkpoint stays as it was created, whatever stream of the name came
/// and went meanwhile.
pub async fn keeps_the_checkpoint_of_a_subscription_that_never_ran(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let never_ran = key("s", "a");
    find(&*store, &never_ran, 2).await;
    for _ in 0..2 {
        let target = stream_of(&*store, "s", 3).await;
        store.delete(Delete::new(target, Deletion::Hard)).await.unwrap();
        assert_eq!(find(&*other, &never_ran, 0).await.checkpoint, number(2));
    }
    stream_of(&*store, "s", 3).await;
    let acquired = other.try_acquire(&never_ran, number(0)).await.unwrap().unwrap();
    assert_eq!(acquired.checkpoint, number(2));
    acquired.lease.release().await;
    assert_eq!(save(&*store, &never_ran, 3).await, CheckpointOutcome::Saved);
    assert_eq!(find(&*other, &never_ran, 0).await.checkpoint, number(3));
}

/// A stream that is deleted softly and brought back is the same one: checkpoints go on.
pub async fn keeps_a_checkpoint_over_a_soft_delete(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let target = stream_of(&*store, "s", 3).await;
    assert_eq!(save(&*store, &key("s", "a"), 2).await, CheckpointOutcome::Saved);
    store.delete(Delete::new(target.clone(), Deletion::Soft)).await.unwrap();
    assert_eq!(find(&*other, &key("s", "a"), 0).await.checkpoint, number(2));
    store.undelete(&target).await.unwrap();
    assert_eq!(
        save(&*other, &key("s", "a"), 1).await,
        CheckpointOutcome::Superseded(number(2))
    );
    assert_eq!(save(&*store, &key("s", "a"), 3).await, CheckpointOutcome::Saved);
}

/// A checkpoint starts over when its stream is deleted for good and created again, whichever call creates it.
pub async fn starts_a_checkpoint_over_whatever_creates_its_stream_again(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let source = stream_of(&*store, "source", 1).await;
    let linked = ids_in(&*store, source).await;
    for way in ["an append", "an idempotent append", "a set", "a link"] {
        let (target, of_it) = (stream(way), key(way, "a"));
        grow(&*store, &target, 3).await;
        assert_eq!(save(&*store, &of_it, 3).await, CheckpointOutcome::Saved);
        store.delete(Delete::new(target.clone(), Deletion::Hard)).await.unwrap();
        let append = Append::new(target.clone(), ExpectedVersion::Any, events(1)).unwrap();
        match way {
            "an append" => drop(store.append(append).await.unwrap()),
            "an idempotent append" => drop(store.append(append.with_idempotence(Idempotence::ByIds)).await.unwrap()),
            "a set" => drop(store.append_set(AppendSet::new(vec![append]).unwrap()).await.unwrap()),
            _ => drop(link_any(&*store, &target, linked.clone()).await),
        }
        let acquired = other.try_acquire(&of_it, number(0)).await.unwrap().unwrap();
        assert_eq!(acquired.checkpoint, number(0), "after {way}");
        acquired.lease.release().await;
        assert_eq!(save(&*store, &of_it, 1).await, CheckpointOutcome::Saved, "after {way}");
    }
}

async fn find(store: &dyn Backend, key: &SubscriptionKey, start_after: u32) -> SubscriptionRecord {
    store
        .find_or_create_subscription(key, number(start_after))
        .await
        .unwrap()
}

fn key(selector: &str, name: &str) -> SubscriptionKey {
    let selector = match selector {
        StreamSelector::ALL => StreamSelector::All,
        selector => stream(selector).into(),
    };
    SubscriptionKey {
        selector,
        name: SubscriptionName::new(name).unwrap(),
    }
}
