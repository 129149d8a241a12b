use eventstore_core::backend::Membership;
use eventstore_core::{GroupSettings, StatusText, SubscriptionKey};

use super::{claim, enter, group_key, leave, new_member, only_group, partition_key, saved, settings};
use crate::conformance::sample::{number, subscription, subscription_key};
use crate::conformance::{Backend, Harness};

/// Groups are listed by the names of their subscriptions in byte order, with their settings; other subscriptions are not listed.
pub async fn lists_groups_in_order(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    assert_eq!(store.list_groups().await.unwrap(), []);
    subscription(&*store, &subscription_key("$all", "single")).await;
    let wanted = ["b", "Ä", "B", "a"].map(|name| (subscription_key("$all", name), settings_of(name)));
    for (key, settings) in &wanted {
        enter_as(&*store, key, settings, "m").await;
    }
    let listed = other.list_groups().await.unwrap();
    let found: Vec<_> = listed.iter().map(|group| (&group.key, &group.settings)).collect();
    let expected: Vec<_> = [2, 3, 0, 1].map(|index| (&wanted[index].0, &wanted[index].1)).into();
    assert_eq!(found, expected);
}

/// A group is listed with the names of its members, as they were given, ordered by the ids of the members, and with who holds which
/// partition.
pub async fn lists_who_holds_the_partitions_of_a_group(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let mut members = Vec::new();
    for (node, name, at_most) in [(&store, "Größe, 配列 🇪🇺", 2), (&other, "", 1), (&other, "", 0)] {
        let membership = enter_as(&**node, &group_key(), &settings(4), name).await;
        claim(&**node, membership, at_most).await;
        members.push((membership.member, StatusText::new(name)));
    }
    let holder = |index: usize| Some(members[index].1.clone());
    let expected = [holder(0), holder(0), holder(1), None];
    let names = |mut members: Vec<_>| {
        members.sort_unstable_by_key(|(member, _)| *member);
        members.into_iter().map(|(_, name)| name).collect::<Vec<_>>()
    };
    for node in [&store, &other] {
        let group = only_group(&**node).await;
        let holders: Vec<_> = group.partitions.into_iter().map(|partition| partition.holder).collect();
        assert_eq!(holders, expected);
        assert_eq!(group.members, names(members.clone()));
    }
}

/// A group is where the last of its partitions is.
pub async fn is_at_the_lowest_checkpoint_of_its_partitions(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let membership = enter(&*store, 3).await;
    let given = claim(&*store, membership, 3).await;
    for (index, checkpoint, lowest) in [(0, 5, 0), (1, 9, 0), (2, 7, 5), (0, 8, 7)] {
        saved(&*store, given[index].token, checkpoint).await;
        let group = only_group(&*other).await;
        assert_eq!(group.partitions[index].checkpoint, number(checkpoint));
        assert_eq!(group.checkpoint(), number(lowest));
    }
}

/// Among the subscriptions, a group is shown at the lowest checkpoint of its partitions.
pub async fn is_shown_among_subscriptions_at_the_lowest_checkpoint(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let membership = enter(&*store, 2).await;
    let given = claim(&*store, membership, 2).await;
    for (index, checkpoint, lowest) in [(0, 5, 0), (1, 3, 3), (1, 9, 5)] {
        saved(&*store, given[index].token, checkpoint).await;
        let info = other.subscription_info(&group_key()).await.unwrap();
        assert_eq!(
            (info.record.id, info.record.checkpoint),
            (membership.group, number(lowest))
        );
        let partition = partition_key(u16::try_from(index + 1).unwrap(), 2);
        let info = other.subscription_info(&partition).await.unwrap();
        assert_eq!(
            (info.record.id, info.record.checkpoint),
            (given[index].token.id, number(checkpoint))
        );
    }
}

/// Among the subscriptions, a group is held while it has a member, and a partition while a member holds it.
pub async fn lists_what_is_held_among_subscriptions(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let expect = async |is_held: [bool; 3]| {
        let keys = [group_key(), partition_key(1, 2), partition_key(2, 2)];
        let expected: Vec<_> = keys.into_iter().zip(is_held).collect();
        for node in [&store, &other] {
            let listed = node.list_subscriptions().await.unwrap();
            let held: Vec<_> = listed.iter().map(|info| (info.key.clone(), info.is_held)).collect();
            assert_eq!(held, expected);
            for info in listed {
                assert_eq!(node.subscription_info(&info.key).await.unwrap(), info);
            }
        }
    };
    let (first, second) = (enter(&*store, 2).await, enter(&*other, 2).await);
    expect([true, false, false]).await;
    claim(&*store, first, 1).await;
    expect([true, true, false]).await;
    claim(&*other, second, 1).await;
    expect([true, true, true]).await;
    leave(&*store, first).await;
    expect([true, false, true]).await;
    leave(&*other, second).await;
    expect([false, false, false]).await;
}

fn settings_of(name: &str) -> GroupSettings {
    GroupSettings {
        ordering: StatusText::new(format!("the key {name}")),
        policy: StatusText::new(format!("the policy {name}")),
        ..settings(u32::try_from(name.len()).unwrap())
    }
}

async fn enter_as(store: &dyn Backend, key: &SubscriptionKey, settings: &GroupSettings, name: &str) -> Membership {
    let name = StatusText::new(name);
    let entered = store.enter_group(key, settings, number(0), new_member(), &name).await;
    entered.unwrap().unwrap()
}
