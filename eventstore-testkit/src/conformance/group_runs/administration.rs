use eventstore_core::{GroupStore, HolderPolicy, SubscriptionAdmin};
use eventstore_subscriptions::{RunError, SubscriptionEnded};

use super::{Team, group_key, grow_each, until_held};
use crate::conformance::Harness;
use crate::conformance::sample::{number, numbers, stream};

/// If the checkpoint of a running group is set back, its members handle the events from there again, and go on.
pub async fn handles_again_from_where_it_is_set_back(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let streams = ["a", "b", "c"].map(stream);
    let team = Team::of(4);
    let members = [team.join(&store, "first"), team.join(&other, "second")];
    until_held(&*store, &[("first", 2), ("second", 2)]).await;
    grow_each(&*store, &streams, 2).await;
    team.journal.until(6).await;
    other
        .set_checkpoint(&group_key(), number(2), HolderPolicy::Override)
        .await
        .unwrap();
    team.journal.until(10).await;
    let mut again = team.journal.numbers().split_off(6);
    again.sort_unstable();
    assert_eq!(again, numbers(3..=6));
    grow_each(&*store, &streams, 1).await;
    team.journal.until(13).await;
    // A member that has not noticed yet that its membership has ended cannot store what it has handled before.
    until_held(&*store, &[("first", 2), ("second", 2)]).await;
    for member in members {
        member.stop().await;
    }
}

/// If a running group is deleted, its members end and say so, on every node.
pub async fn ends_when_its_group_is_deleted(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let team = Team::of(4);
    let members = [team.join(&store, "first"), team.join(&other, "second")];
    until_held(&*store, &[("first", 2), ("second", 2)]).await;
    other
        .delete_subscription(&group_key(), HolderPolicy::Override)
        .await
        .unwrap();
    for member in members {
        let ended = member.end().await;
        assert!(
            matches!(ended, RunError::Ended(SubscriptionEnded::SubscriptionDeleted)),
            "{ended:?}"
        );
    }
    assert_eq!(store.list_groups().await.unwrap(), []);
}
