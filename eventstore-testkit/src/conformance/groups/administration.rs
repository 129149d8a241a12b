use eventstore_core::backend::{CheckpointOutcome, HeldPartition, Membership, ParkOutcome, Renewal};
use eventstore_core::{Error, EventNumber, HolderPolicy, SubscriptionKey};

use super::{
    ALL, assert_fenced, checkpoints, claim, claim_one, enter, group_key, held, leave, numbers_of, only_group, park,
    partition_ids, partition_key, report, save_under, saved,
};
use crate::conformance::sample::{ids_in, number, save, stream_of, subscription, subscription_key};
use crate::conformance::{Backend, Harness, expect_error};

/// Setting the checkpoint of a group sets that of every partition, backward and forward; what members store late is refused.
pub async fn sets_the_checkpoint_of_every_partition(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    stream_of(&*store, "s", 9).await;
    leave(&*store, enter(&*store, 3).await).await;
    let ids = partition_ids(&*store).await;
    for checkpoint in [7, 3, 9, 0] {
        let membership = enter(&*store, 3).await;
        let late = claim(&*store, membership, 2).await;
        leave(&*store, membership).await;
        set(&*other, &group_key(), checkpoint, HolderPolicy::Respect).await;
        for former in late {
            assert_fenced(&*store, former.token, 9).await;
        }
        assert_eq!(checkpoints(&*store).await, [u64::from(checkpoint); 3]);
    }
    let membership = enter(&*other, 3).await;
    let given = claim(&*other, membership, ALL).await;
    assert!(given.iter().all(|held| held.checkpoint == number(0)), "{given:?}");
    assert_eq!(partition_ids(&*store).await, ids);
}

/// A group with a member is neither set nor deleted unless the caller says so.
pub async fn changes_no_group_with_a_member(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let membership = enter(&*store, 2).await;
    let given = claim_one(&*store, membership).await;
    let before = only_group(&*store).await;
    for node in [&store, &other] {
        let set = node
            .set_checkpoint(&group_key(), number(0), HolderPolicy::Respect)
            .await;
        expect_error!(set, Error::SubscriptionHeld { key } if key == group_key());
        let deleted = node.delete_subscription(&group_key(), HolderPolicy::Respect).await;
        expect_error!(deleted, Error::SubscriptionHeld { key } if key == group_key());
    }
    assert_eq!(only_group(&*store).await, before);
    saved(&*store, given.token, 3).await;
}

/// Setting the checkpoint of a group with members, if the caller says so, ends the memberships and fences who held a partition.
pub async fn sets_the_checkpoint_of_a_group_with_members_if_told_to(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let (first, second) = (enter(&*store, 2).await, enter(&*other, 2).await);
    let given = claim_one(&*store, first).await;
    saved(&*store, given.token, 5).await;
    set(&*other, &group_key(), 2, HolderPolicy::Override).await;
    for ended in [first, second] {
        assert_eq!(other.renew_membership(ended).await.unwrap(), Renewal::Ended);
        assert_ended(&*store, ended).await;
    }
    assert_fenced(&*store, given.token, 6).await;
    assert_eq!(checkpoints(&*store).await, [2, 2]);
    assert_eq!(only_group(&*store).await.members, []);
    let anew = enter(&*store, 2).await;
    let given = claim(&*store, anew, ALL).await;
    assert!(given.iter().all(|held| held.checkpoint == number(2)), "{given:?}");
    assert_eq!(numbers_of(&given), [1, 2]);
}

/// A deleted group is gone with its partitions and their statuses; if it is created again, everything has another id.
pub async fn deletes_a_group_with_its_partitions(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let kept = subscription(&*store, &subscription_key("$all", "kept")).await;
    let membership = enter(&*store, 2).await;
    let former = claim(&*store, membership, 2).await;
    for held in &former {
        saved(&*store, held.token, 3).await;
        store.report_status(held.token, &report(3)).await.unwrap();
    }
    leave(&*store, membership).await;
    delete(&*other, HolderPolicy::Respect).await;
    let listed = store.list_subscriptions().await.unwrap();
    assert_eq!(listed.iter().map(|info| info.record.id).collect::<Vec<_>>(), [kept]);
    assert_eq!(store.list_groups().await.unwrap(), []);
    assert_eq!(store.subscription_statuses().await.unwrap(), []);
    assert_ended(&*store, membership).await;
    let renewal = other.renew_membership(membership).await.unwrap();
    assert_eq!(renewal, Renewal::GroupDeleted);
    assert_gone(&*store, &former).await;

    let anew = enter(&*other, 2).await;
    assert_ne!(anew.group, membership.group);
    let given = claim(&*other, anew, ALL).await;
    let used = former.iter().map(|held| held.token.id).collect::<Vec<_>>();
    assert!(
        given
            .iter()
            .all(|held| held.checkpoint == number(0) && !used.contains(&held.token.id))
    );
    assert_gone(&*store, &former).await;
}

/// A group with members is deleted if the caller says so; the memberships end.
pub async fn deletes_a_group_with_members_if_told_to(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let (first, second) = (enter(&*store, 2).await, enter(&*other, 2).await);
    let former = claim(&*store, first, 1).await;
    delete(&*other, HolderPolicy::Override).await;
    assert_eq!(store.list_groups().await.unwrap(), []);
    for ended in [first, second] {
        assert_ended(&*store, ended).await;
    }
    assert_gone(&*store, &former).await;
    enter(&*other, 5).await;
    for ended in [first, second] {
        assert_ended(&*other, ended).await;
    }
}

/// A deleted group takes the parked events of its partitions with it.
pub async fn deletes_the_parked_events_of_its_partitions(harness: &dyn Harness) {
    let store = harness.store();
    let stream = stream_of(&*store, "s", 1).await;
    let event = ids_in(&*store, stream).await[0];
    let membership = enter(&*store, 2).await;
    let held = claim(&*store, membership, 2).await;
    for (held, partition) in held.iter().zip(1..) {
        let key = partition_key(partition, 2);
        assert_eq!(park(&*store, &key, held.token, 1, event).await, ParkOutcome::Parked);
        assert_eq!(parked(&*store, *held).await, 1);
    }
    leave(&*store, membership).await;
    delete(&*store, HolderPolicy::Respect).await;
    for held in held {
        assert_eq!(parked(&*store, held).await, 0);
    }
}

/// The checkpoint of a single partition is set, backward and forward; the others stay where they are.
pub async fn sets_the_checkpoint_of_one_partition(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    stream_of(&*store, "s", 9).await;
    let membership = enter(&*store, 2).await;
    for held in claim(&*store, membership, 2).await {
        saved(&*store, held.token, 5).await;
    }
    leave(&*store, membership).await;
    for checkpoint in [3, 9, 1] {
        set(&*other, &partition_key(2, 2), checkpoint, HolderPolicy::Respect).await;
        assert_eq!(checkpoints(&*store).await, [5, u64::from(checkpoint)]);
    }
    let given = claim(&*store, enter(&*store, 2).await, ALL).await;
    let found: Vec<_> = given.iter().map(|held| held.checkpoint).collect();
    assert_eq!(found, [number(5), number(1)]);
}

/// A partition can be set to a number before the one at which its group began, in place of a subscription.
pub async fn sets_a_partition_to_before_its_group_began(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    stream_of(&*store, "s", 9).await;
    save(&*store, &group_key(), 7).await;
    leave(&*store, enter(&*store, 3).await).await;
    set(&*other, &partition_key(2, 3), 4, HolderPolicy::Respect).await;
    let given = claim(&*store, enter(&*store, 3).await, ALL).await;
    let found: Vec<_> = given.iter().map(|held| held.checkpoint).collect();
    assert_eq!(found, [number(7), number(4), number(7)]);
    assert_eq!(checkpoints(&*other).await, [7, 4, 7]);
}

/// A partition that a member holds is set only if the caller says so; then it is free, and what the member stores late is refused.
pub async fn sets_the_checkpoint_of_a_held_partition_if_told_to(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    stream_of(&*store, "s", 9).await;
    let membership = enter(&*store, 3).await;
    let given = claim(&*store, membership, 2).await;
    let key = partition_key(1, 3);
    for node in [&store, &other] {
        let refused = node.set_checkpoint(&key, number(4), HolderPolicy::Respect).await;
        expect_error!(refused, Error::SubscriptionHeld { key: held } if held == key);
    }
    assert_eq!(held(&*store, membership).await, given);
    set(&*other, &partition_key(3, 3), 6, HolderPolicy::Respect).await;

    set(&*other, &key, 4, HolderPolicy::Override).await;
    assert_fenced(&*store, given[0].token, 5).await;
    saved(&*store, given[1].token, 2).await;
    assert_eq!(numbers_of(&held(&*store, membership).await), [2]);
    let taken = claim(&*store, membership, ALL).await;
    let found: Vec<_> = taken
        .iter()
        .map(|held| (held.partition.get(), held.checkpoint))
        .collect();
    assert_eq!(found, [(1, number(4)), (3, number(6))]);
    saved(&*store, taken[0].token, 5).await;
}

/// A single partition is not deleted, not even by force: it goes with its group.
pub async fn deletes_no_single_partition(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let membership = enter(&*store, 2).await;
    claim_one(&*store, membership).await;
    let before = only_group(&*store).await;
    for partition in [1, 2] {
        for policy in [HolderPolicy::Respect, HolderPolicy::Override] {
            let refused = other.delete_subscription(&partition_key(partition, 2), policy).await;
            expect_error!(
                refused,
                Error::InvalidInput {
                    argument: "subscription",
                    ..
                }
            );
        }
    }
    assert_eq!(only_group(&*store).await, before);
}

async fn set(store: &dyn Backend, key: &SubscriptionKey, checkpoint: u32, policy: HolderPolicy) {
    store.set_checkpoint(key, number(checkpoint), policy).await.unwrap();
}

async fn delete(store: &dyn Backend, policy: HolderPolicy) {
    store.delete_subscription(&group_key(), policy).await.unwrap();
}

async fn assert_ended(store: &dyn Backend, membership: Membership) {
    assert_eq!(store.renew_membership(membership).await.unwrap().view(), None);
    assert_eq!(claim(store, membership, ALL).await, []);
    assert_eq!(held(store, membership).await, []);
}

/// Nothing is stored for partitions that are gone.
async fn assert_gone(store: &dyn Backend, former: &[HeldPartition]) {
    for held in former {
        let outcome = save_under(store, held.token, 9).await;
        assert_eq!(outcome, CheckpointOutcome::SubscriptionGone);
    }
}

async fn parked(store: &dyn Backend, held: HeldPartition) -> usize {
    let parked = store.list_parked(held.token.id, EventNumber::ZERO, 9).await;
    parked.unwrap().len()
}
