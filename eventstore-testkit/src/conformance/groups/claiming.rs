use std::collections::BTreeSet;

use eventstore_core::SubscriptionId;
use eventstore_core::backend::Membership;
use tokio::task::JoinSet;

use super::{
    ALL, assert_fenced, claim, claim_one, enter, held, leave, new_member, numbers_of, only_group, partition, saved,
};
use crate::conformance::Harness;
use crate::conformance::sample::number;

/// A member is given as many partitions as it asks for, those with the lowest numbers first, until none is free.
pub async fn gives_the_lowest_free_partitions(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let (first, second) = (enter(&*store, 12).await, enter(&*other, 12).await);
    assert_eq!(claim(&*store, first, 0).await, []);
    assert_eq!(numbers_of(&claim(&*store, first, 3).await), [1, 2, 3]);
    assert_eq!(numbers_of(&claim(&*other, second, 2).await), [4, 5]);
    assert_eq!(numbers_of(&claim(&*store, first, 1).await), [6]);
    let freed = [partition(2), partition(5)];
    store.release_partitions(first, &freed[..1]).await.unwrap();
    other.release_partitions(second, &freed[1..]).await.unwrap();
    assert_eq!(numbers_of(&claim(&*other, second, 3).await), [2, 5, 7]);
    assert_eq!(numbers_of(&claim(&*store, first, ALL).await), [8, 9, 10, 11, 12]);
    assert_eq!(claim(&*other, second, ALL).await, []);
}

/// Every node tells which partitions a member holds, with the tokens and checkpoints that it was given.
pub async fn tells_what_a_member_holds(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let (first, second) = (enter(&*store, 5).await, enter(&*other, 5).await);
    let mut given = claim(&*store, first, 2).await;
    let of_second = claim(&*other, second, 1).await;
    given.extend(claim(&*store, first, 1).await);
    saved(&*store, given[1].token, 4).await;
    given[1].checkpoint = number(4);
    for node in [&store, &other] {
        assert_eq!(held(&**node, first).await, given);
        assert_eq!(held(&**node, second).await, of_second);
    }
}

/// Every node tells a member who the members are, ordered by their ids, and how many partitions each holds.
pub async fn counts_members_and_what_they_hold(harness: &dyn Harness) {
    let nodes = [harness.store(), harness.another_node().await];
    let mut expected = Vec::new();
    let mut memberships = Vec::new();
    for (index, at_most) in [(0, 2), (1, 0), (0, 3)] {
        let membership = enter(&*nodes[index], 7).await;
        claim(&*nodes[index], membership, at_most).await;
        expected.push((membership.member, at_most));
        memberships.push(membership);
    }
    expected.sort_unstable();
    for node in &nodes {
        for membership in &memberships {
            let view = node.renew_membership(*membership).await.unwrap().view().unwrap();
            assert_eq!(view.members, expected);
        }
    }
    leave(&*nodes[1], memberships[0]).await;
    expected.retain(|(member, _)| *member != memberships[0].member);
    let view = nodes[0].renew_membership(memberships[1]).await.unwrap().view().unwrap();
    assert_eq!(view.members, expected);
}

/// However many members claim at once, each partition is given to one of them.
pub async fn gives_each_partition_to_one_of_many_that_claim_at_once(harness: &dyn Harness) {
    let nodes = [harness.store(), harness.another_node().await];
    let mut memberships = Vec::new();
    for index in 0..6 {
        memberships.push(enter(&*nodes[index % 2], 24).await);
    }
    let mut callers = JoinSet::new();
    for (index, membership) in memberships.iter().enumerate() {
        let (store, membership) = (nodes[index % 2].clone(), *membership);
        callers.spawn(async move {
            let mut given = Vec::new();
            // What others are taking is left out, so that a call may be given less than there is.
            for _ in 0..4 {
                given.extend(numbers_of(&claim(&*store, membership, 3).await));
            }
            given
        });
    }
    let mut given: Vec<_> = callers.join_all().await.into_iter().flatten().collect();
    for membership in memberships {
        given.extend(numbers_of(&claim(&*nodes[0], membership, ALL).await));
    }
    given.sort_unstable();
    assert_eq!(given, (1..=24).collect::<Vec<_>>());
}

/// A partition that was given back goes to another member, with the checkpoint that was stored last and a higher epoch.
pub async fn gives_a_released_partition_to_the_next(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let (first, second) = (enter(&*store, 1).await, enter(&*other, 1).await);
    let mut latest = claim_one(&*store, first).await;
    for (node, membership, checkpoint) in [(&other, second, 3), (&store, first, 4), (&store, first, 8)] {
        saved(&*store, latest.token, checkpoint).await;
        for held_by in [first, second] {
            store.release_partitions(held_by, &[partition(1)]).await.unwrap();
        }
        let next = claim_one(&**node, membership).await;
        assert_eq!(next.checkpoint, number(checkpoint));
        assert_eq!(next.token.id, latest.token.id);
        assert!(next.token.epoch > latest.token.epoch, "{latest:?}, then {next:?}");
        assert_fenced(&*other, latest.token, checkpoint + 1).await;
        latest = next;
    }
}

/// A member that leaves gives back all that it holds, and is no member any more.
pub async fn gives_the_partitions_of_a_member_that_has_left(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let (first, second) = (enter(&*store, 3).await, enter(&*other, 3).await);
    let given = claim(&*store, first, 3).await;
    saved(&*store, given[2].token, 6).await;
    assert_eq!(claim(&*other, second, 3).await, []);
    leave(&*store, first).await;
    assert_eq!(store.renew_membership(first).await.unwrap().view(), None);
    assert_eq!(held(&*store, first).await, []);
    assert_eq!(claim(&*store, first, 3).await, []);
    let taken = claim(&*other, second, 3).await;
    assert_eq!(numbers_of(&taken), [1, 2, 3]);
    assert_eq!(taken[2].checkpoint, number(6));
    for (before, after) in given.iter().zip(&taken) {
        assert!(after.token.epoch > before.token.epoch, "{before:?}, then {after:?}");
    }
    // What has ended can be ended again.
    leave(&*store, first).await;
    assert_eq!(numbers_of(&held(&*other, second).await), [1, 2, 3]);
}

/// A member gives nothing back that another one holds, or that there is not.
pub async fn releases_nothing_that_another_member_holds(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let (first, second) = (enter(&*store, 3).await, enter(&*other, 3).await);
    let of_first = claim(&*store, first, 2).await;
    let of_second = claim(&*other, second, 1).await;
    let every = [1, 2, 3, 4, 9_999].map(partition);
    store.release_partitions(second, &every[..2]).await.unwrap();
    store.release_partitions(first, &every[2..]).await.unwrap();
    store.release_partitions(first, &[]).await.unwrap();
    assert_eq!(held(&*store, first).await, of_first);
    assert_eq!(held(&*store, second).await, of_second);
    saved(&*store, of_first[0].token, 3).await;
    store.release_partitions(first, &every).await.unwrap();
    assert_eq!(held(&*store, first).await, []);
    assert_eq!(held(&*store, second).await, of_second);
}

/// Who is no member of the group, or names none that there is, is given nothing and changes nothing.
pub async fn gives_nothing_to_strangers(harness: &dyn Harness) {
    let store = harness.store();
    let membership = enter(&*store, 3).await;
    claim(&*store, membership, 2).await;
    let before = only_group(&*store).await;
    let ids: BTreeSet<_> = before.partitions.iter().map(|partition| partition.id).collect();
    let strangers = [before.id, SubscriptionId::new(1_000_000_007), *ids.first().unwrap()];
    for group in strangers {
        let stranger = Membership {
            group,
            member: new_member(),
        };
        assert_eq!(store.renew_membership(stranger).await.unwrap().view(), None);
        assert_eq!(claim(&*store, stranger, ALL).await, []);
        assert_eq!(held(&*store, stranger).await, []);
        let every = [1, 2, 3].map(partition);
        store.release_partitions(stranger, &every).await.unwrap();
        leave(&*store, stranger).await;
    }
    assert_eq!(only_group(&*store).await, before);
}
