use std::time::Duration;

use eventstore_core::GroupStore;
use eventstore_subscriptions::wait_until;

use super::{Team, group_key, until_held};
use crate::conformance::Harness;
use crate::conformance::sample::{grow, stream};
use crate::conformance::wait::soon;

/// Longer than a case waits for anything.
const LONG: Duration = Duration::from_mins(10);

/// Partitions without events advance with the others: the group gets to the head although one stream alone gets events, and a caller that waits for
/// that is told.
pub async fn advances_where_there_are_no_events(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let team = Team::of(16);
    let members = [team.join(&store, "first"), team.join(&other, "second")];
    until_held(&*store, &[("first", 8), ("second", 8)]).await;
    for round in 1..=2 {
        let receipt = grow(&*store, &stream("one"), 5).await;
        let key = group_key();
        let waited = wait_until(&*other, &key, receipt.last_position, LONG);
        let reached = soon("the end of the wait", waited).await.unwrap();
        assert_eq!(reached, receipt.last_position.into());
        team.journal.until(5 * round).await;
    }
    for member in members {
        member.stop().await;
    }
    let group = store.list_groups().await.unwrap().remove(0);
    assert_eq!(group.checkpoint(), 10_u32.into());
}
