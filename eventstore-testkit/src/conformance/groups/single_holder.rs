use super::{
    ALL, assert_fenced, claim, enter, enter_soon, group_key, held, leave, numbers_of, only_group, saved, settings,
    try_enter,
};
use crate::conformance::Harness;
use crate::conformance::sample::{hold, number};

/// While a single holder runs the subscription, no one enters the group, on any node.
pub async fn lets_no_member_in_while_a_single_holder_runs_it(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let single = hold(&*store, &group_key()).await;
    for node in [&store, &other] {
        assert_eq!(try_enter(&**node, &settings(2)).await.unwrap(), None);
    }
    single.release().await;
    leave(&*other, enter_soon(&*other, 2).await).await;

    // So it is with a group that exists.
    let single = hold(&*other, &group_key()).await;
    for node in [&store, &other] {
        assert_eq!(try_enter(&**node, &settings(2)).await.unwrap(), None);
    }
    assert_eq!(only_group(&*store).await.members, []);
    single.release().await;
    enter_soon(&*store, 2).await;
}

/// If a single holder takes the subscription, the memberships end, and what was held is free again once members may enter.
pub async fn ends_the_memberships_when_a_single_holder_takes_it(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let (first, second) = (enter(&*store, 2).await, enter(&*other, 2).await);
    let given = claim(&*store, first, 1).await[0];
    let single = hold(&*other, &group_key()).await;
    for (node, ended) in [(&store, first), (&other, second)] {
        assert_eq!(node.renew_membership(ended).await.unwrap(), None);
        assert_eq!(claim(&**node, ended, ALL).await, []);
        assert_eq!(held(&**node, ended).await, []);
    }
    assert_eq!(only_group(&*store).await.members, []);
    single.release().await;
    let anew = enter_soon(&*other, 2).await;
    assert_eq!(
        store.renew_membership(first).await.unwrap(),
        None,
        "it has ended for good"
    );
    assert_eq!(numbers_of(&claim(&*other, anew, ALL).await), [1, 2]);
    assert_fenced(&*store, given.token, 3).await;
}

/// Members go on where a single holder got, but for the partitions that were further on.
pub async fn goes_on_where_a_single_holder_got(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let membership = enter(&*store, 2).await;
    let given = claim(&*store, membership, 2).await;
    saved(&*store, given[0].token, 3).await;
    saved(&*store, given[1].token, 9).await;
    leave(&*store, membership).await;
    let single = hold(&*other, &group_key()).await;
    saved(&*other, single.token(), 6).await;
    single.release().await;
    let anew = enter_soon(&*store, 2).await;
    let taken = claim(&*store, anew, 2).await;
    let checkpoints: Vec<_> = taken.iter().map(|held| held.checkpoint).collect();
    assert_eq!(checkpoints, [number(6), number(9)]);
}
