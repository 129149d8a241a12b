use eventstore_core::backend::{CheckpointOutcome, HeldPartition, ParkOutcome};
use eventstore_core::{Error, EventNumber, GroupSettings, StatusText};

use super::{
    ALL, checkpoints, claim, claim_one, enter, enter_soon, group_key, leave, numbers_of, only_group, park,
    partition_ids, partition_key, report, save_under, saved, settings, try_enter,
};
use crate::conformance::sample::{hold, ids_in, number, stream_of, subscription, subscription_key};
use crate::conformance::{Backend, Harness, expect_error};

/// Another policy changes nothing but the policy, on which new members have to agree.
pub async fn changes_the_policy_and_keeps_the_partitions(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    run_to(&*store, &[5, 3, 9]).await;
    let ids = partition_ids(&*store).await;
    let changed = GroupSettings {
        policy: StatusText::new("skip after 1 attempt"),
        ..settings(3)
    };
    // The same change can be made again.
    for node in [&store, &other] {
        node.change_group(&group_key(), &changed).await.unwrap();
        assert_eq!(only_group(&*other).await.settings, changed);
        assert_eq!(checkpoints(&*store).await, [5, 3, 9]);
        assert_eq!(partition_ids(&*store).await, ids);
    }
    expect_error!(try_enter(&*store, &settings(3)).await, Error::GroupDiffers { .. });
    assert!(try_enter(&*store, &changed).await.unwrap().is_some());
}

/// Another number of partitions makes new ones, which begin at the lowest checkpoint of the old ones. What was stored of the old ones is
/// gone.
pub async fn makes_another_number_of_partitions(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let former = run_to(&*store, &[5, 3, 9]).await;
    let id = only_group(&*store).await.id;
    for partitions in [7, 2] {
        let before = partition_ids(&*store).await;
        let changed = settings(partitions);
        other.change_group(&group_key(), &changed).await.unwrap();
        let group = only_group(&*store).await;
        assert_eq!((group.id, &group.settings), (id, &changed));
        let numbers: Vec<_> = group
            .partitions
            .iter()
            .map(|partition| partition.partition.get())
            .collect();
        let expected: Vec<_> = (1..=changed.partitions.get()).collect();
        assert_eq!(numbers, expected);
        assert!(group.partitions.iter().all(|partition| !before.contains(&partition.id)));
        assert_eq!(checkpoints(&*store).await, vec![3; expected.len()]);
    }
    for held in former {
        let outcome = save_under(&*store, held.token, 10).await;
        assert_eq!(outcome, CheckpointOutcome::SubscriptionGone);
    }
    assert_eq!(store.subscription_statuses().await.unwrap(), []);
    let given = claim(&*store, enter(&*store, 2).await, ALL).await;
    assert_eq!(numbers_of(&given), [1, 2]);
    assert!(given.iter().all(|held| held.checkpoint == number(3)), "{given:?}");
}

/// Another ordering key makes new partitions, although there are as many.
pub async fn makes_new_partitions_for_another_ordering_key(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let former = run_to(&*store, &[5, 3, 9]).await;
    let before = partition_ids(&*store).await;
    let changed = GroupSettings {
        ordering: StatusText::new("category"),
        ..settings(3)
    };
    other.change_group(&group_key(), &changed).await.unwrap();
    assert_eq!(only_group(&*store).await.settings, changed);
    assert_eq!(checkpoints(&*store).await, [3, 3, 3]);
    assert!(partition_ids(&*store).await.iter().all(|id| !before.contains(id)));
    let outcome = save_under(&*store, former[0].token, 10).await;
    assert_eq!(outcome, CheckpointOutcome::SubscriptionGone);
}

/// New partitions begin where a single holder got, if that is beyond the lowest checkpoint of the old ones.
pub async fn makes_new_partitions_where_a_single_holder_got(harness: &dyn Harness) {
    let store = harness.store();
    run_to(&*store, &[5, 3, 9]).await;
    let single = hold(&*store, &group_key()).await;
    saved(&*store, single.token(), 7).await;
    single.release().await;
    store.change_group(&group_key(), &settings(2)).await.unwrap();
    let given = claim(&*store, enter_soon(&*store, 2).await, ALL).await;
    assert!(given.iter().all(|held| held.checkpoint == number(7)), "{given:?}");
}

/// A group with a member is not changed, on whichever node the member is.
pub async fn does_not_change_a_group_with_a_member(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let membership = enter(&*store, 3).await;
    let given = claim_one(&*store, membership).await;
    let before = only_group(&*store).await;
    let policy = GroupSettings {
        policy: StatusText::new("skip after 1 attempt"),
        ..settings(3)
    };
    for changed in [settings(5), policy] {
        let refused = other.change_group(&group_key(), &changed).await;
        expect_error!(refused, Error::SubscriptionHeld { key } if key == group_key());
    }
    assert_eq!(only_group(&*store).await, before);
    saved(&*store, given.token, 3).await;
    leave(&*store, membership).await;
    other.change_group(&group_key(), &settings(5)).await.unwrap();
}

/// While events are parked, no new partitions take the place of the old ones; the policy can be changed.
pub async fn makes_no_new_partitions_while_events_are_parked(harness: &dyn Harness) {
    let store = harness.store();
    let stream = stream_of(&*store, "s", 1).await;
    let event = ids_in(&*store, stream).await[0];
    let membership = enter(&*store, 3).await;
    let held = claim(&*store, membership, 2).await[1];
    let parked = park(&*store, &partition_key(2, 3), held.token, 1, event).await;
    assert_eq!(parked, ParkOutcome::Parked);
    leave(&*store, membership).await;
    let before = only_group(&*store).await;
    let ordering = GroupSettings {
        ordering: StatusText::new("category"),
        ..settings(3)
    };
    for changed in [settings(5), ordering] {
        let refused = store.change_group(&group_key(), &changed).await;
        expect_error!(refused, Error::InvalidInput { argument: "group", .. });
    }
    assert_eq!(only_group(&*store).await, before);
    let policy = GroupSettings {
        policy: StatusText::new("skip after 1 attempt"),
        ..settings(3)
    };
    store.change_group(&group_key(), &policy).await.unwrap();
    assert_eq!(
        store
            .list_parked(held.token.id, EventNumber::ZERO, 9)
            .await
            .unwrap()
            .len(),
        1
    );
    assert!(store.unpark(held.token.id, number(1)).await.unwrap());
    store.change_group(&group_key(), &settings(5)).await.unwrap();
}

/// A group that does not exist is not changed, and not created; a subscription without members is no group.
pub async fn does_not_change_what_is_no_group(harness: &dyn Harness) {
    let store = harness.store();
    subscription(&*store, &group_key()).await;
    for key in [
        group_key(),
        subscription_key("$all", "missing"),
        subscription_key("s", "g"),
    ] {
        let refused = store.change_group(&key, &settings(3)).await;
        expect_error!(refused, Error::SubscriptionNotFound { key: missing } if missing == key);
    }
    assert_eq!(store.list_groups().await.unwrap(), []);
}

/// Runs a group with a partition for each of these checkpoints, which are stored, until its member leaves; what the member held.
async fn run_to(store: &dyn Backend, checkpoints: &[u32]) -> Vec<HeldPartition> {
    let membership = enter(store, u32::try_from(checkpoints.len()).unwrap()).await;
    let given = claim(store, membership, ALL).await;
    for (held, checkpoint) in given.iter().zip(checkpoints) {
        saved(store, held.token, *checkpoint).await;
        store.report_status(held.token, &report(*checkpoint)).await.unwrap();
    }
    leave(store, membership).await;
    given
}
