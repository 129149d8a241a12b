use std::collections::BTreeSet;

use eventstore_core::backend::Membership;
use eventstore_core::{Error, GroupSettings, PartitionCount, StatusText, SubscriptionName};
use tokio::task::JoinSet;

use super::{
    checkpoints, claim, enter, group_key, held, leave, new_member, numbers_of, only_group, partition_ids, settings,
    try_enter,
};
use crate::conformance::sample::{number, save, subscription, subscription_key};
use crate::conformance::{Harness, expect_error};

/// The group is created by the first member that enters, also if many enter at once; each partition is stored under an id of its own.
pub async fn creates_a_group_once_for_members_that_enter_at_once(harness: &dyn Harness) {
    let nodes = [harness.store(), harness.another_node().await];
    let mut newcomers = JoinSet::new();
    for index in 0..8 {
        let store = nodes[index % 2].clone();
        newcomers.spawn(async move { enter(&*store, 5).await });
    }
    let memberships = newcomers.join_all().await;
    let group = only_group(&*nodes[0]).await;
    assert_eq!((&group.key, &group.settings), (&group_key(), &settings(5)));
    assert!(memberships.iter().all(|membership| membership.group == group.id));
    assert_eq!(group.members.len(), 8);
    let numbers: Vec<_> = group
        .partitions
        .iter()
        .map(|partition| partition.partition.get())
        .collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
    let ids: BTreeSet<_> = group.partitions.iter().map(|partition| partition.id).collect();
    assert_eq!(ids.len(), 5);
    assert!(!ids.contains(&group.id));
}

/// A group is entered again after every member has left it, with the same partitions.
pub async fn finds_an_existing_group(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let first = enter(&*store, 3).await;
    let ids = partition_ids(&*store).await;
    leave(&*store, first).await;
    assert_eq!(only_group(&*other).await.members, []);
    let next = enter(&*other, 3).await;
    assert_eq!(next.group, first.group);
    assert_eq!(partition_ids(&*other).await, ids);
}

/// A caller that asks for another number of partitions, another ordering key or another policy is told what the group has, and changes
/// nothing.
pub async fn refuses_other_settings_and_changes_nothing(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    enter(&*store, 4).await;
    let before = only_group(&*store).await;
    let category = GroupSettings {
        ordering: StatusText::new("category"),
        ..settings(4)
    };
    let skip = GroupSettings {
        policy: StatusText::new("skip after 1 attempt"),
        ..settings(4)
    };
    for (differing, named, here, there) in [
        (settings(8), "partitions", "4", "8"),
        (category, "ordering key", "stream", "category"),
        (skip, "retry policy", "park after 5 attempts", "skip after 1 attempt"),
    ] {
        let refused = try_enter(&*other, &differing).await;
        expect_error!(
            refused,
            Error::GroupDiffers { key, setting, stored, requested }
                if (&key, setting, &*stored, &*requested) == (&group_key(), named, here, there)
        );
    }
    assert_eq!(only_group(&*store).await, before);
}

/// Other groups of the store have settings, members and partitions of their own.
pub async fn keeps_groups_apart(harness: &dyn Harness) {
    let store = harness.store();
    let first = enter(&*store, 2).await;
    let key = subscription_key("$all", "h");
    let entered = store
        .enter_group(&key, &settings(3), number(0), new_member(), &StatusText::new("m"))
        .await;
    let second = entered.unwrap().unwrap();
    assert_ne!(first.group, second.group);
    assert_eq!(numbers_of(&claim(&*store, first, 9).await), [1, 2]);
    assert_eq!(numbers_of(&claim(&*store, second, 9).await), [1, 2, 3]);
    leave(&*store, first).await;
    assert_eq!(numbers_of(&held(&*store, second).await), [1, 2, 3]);
    // A member of one group is no member of the other.
    let mixed = Membership {
        group: first.group,
        ..second
    };
    assert_eq!(claim(&*store, mixed, 9).await, []);
}

/// Members share a subscription to all streams, and none to a single one.
pub async fn refuses_a_group_of_a_single_stream(harness: &dyn Harness) {
    let store = harness.store();
    let key = subscription_key("s", "g");
    let refused = store
        .enter_group(&key, &settings(2), number(0), new_member(), &StatusText::new("m"))
        .await;
    expect_error!(refused, Error::InvalidInput { argument: "group", .. });
    assert_eq!(store.list_groups().await.unwrap(), []);
}

/// The name of a group leaves room for the number of every partition.
pub async fn refuses_a_name_without_room_for_its_partitions(harness: &dyn Harness) {
    let store = harness.store();
    let room = "[16/16]".len();
    for (missing, is_refused) in [(1, true), (0, false)] {
        let key = subscription_key("$all", &"x".repeat(SubscriptionName::MAX_BYTES - room + missing));
        let entered = store
            .enter_group(&key, &settings(16), number(0), new_member(), &StatusText::new("m"))
            .await;
        if is_refused {
            expect_error!(
                entered,
                Error::InvalidInput {
                    argument: "subscription name",
                    ..
                }
            );
            assert_eq!(store.list_groups().await.unwrap(), []);
        } else {
            assert!(entered.unwrap().is_some());
        }
    }
}

/// A new group begins after the number that is asked for; a later member finds it as it is.
pub async fn begins_where_it_is_told(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    for (node, start_after) in [(&store, 7), (&other, 3), (&other, 9)] {
        let (key, name) = (group_key(), StatusText::new("m"));
        let entered = node
            .enter_group(&key, &settings(2), number(start_after), new_member(), &name)
            .await;
        let membership = entered.unwrap().unwrap();
        let held = claim(&**node, membership, 9).await;
        assert!(held.iter().all(|held| held.checkpoint == number(7)), "{held:?}");
        leave(&**node, membership).await;
    }
    assert_eq!(checkpoints(&*store).await, [7, 7]);
}

/// A group takes the place of a subscription of the same key: it has its id and begins at its checkpoint.
pub async fn begins_at_the_checkpoint_of_the_subscription_that_it_replaces(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    save(&*store, &group_key(), 5).await;
    let id = subscription(&*store, &group_key()).await;
    let (key, name) = (group_key(), StatusText::new("m"));
    let entered = other
        .enter_group(&key, &settings(3), number(9), new_member(), &name)
        .await;
    let membership = entered.unwrap().unwrap();
    assert_eq!(membership.group, id);
    assert_eq!(checkpoints(&*store).await, [5, 5, 5]);
    let held = claim(&*other, membership, 9).await;
    assert!(held.iter().all(|held| held.checkpoint == number(5)), "{held:?}");
}

/// A group can have as many partitions as their numbers allow.
pub async fn creates_as_many_partitions_as_a_group_can_have(harness: &dyn Harness) {
    let store = harness.store();
    let most = u32::from(PartitionCount::MAX);
    leave(&*store, enter(&*store, most).await).await;
    // Creating them may have taken longer than a membership lasts.
    let membership = enter(&*store, most).await;
    assert_eq!(numbers_of(&claim(&*store, membership, 3).await), [1, 2, 3]);
    let group = only_group(&*store).await;
    assert_eq!(group.partitions.len(), usize::from(PartitionCount::MAX));
    assert_eq!(group.partitions.last().unwrap().partition.get(), PartitionCount::MAX);
}
