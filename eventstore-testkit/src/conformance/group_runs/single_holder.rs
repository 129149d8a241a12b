use std::sync::Arc;

use eventstore_core::GroupStore;
use eventstore_subscriptions::Subscriptions;

use super::team::request;
use super::{Tapped, Team, until_held};
use crate::conformance::Harness;
use crate::conformance::sample::{grow, hold, number, numbers, numbers_of, stream};
use crate::conformance::wait::soon;

/// A group waits while a single holder runs the subscription, and goes on where that one got.
pub async fn waits_while_a_single_holder_runs_it(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    grow(&*store, &stream("s"), 3).await;
    let mut single = Subscriptions::new(Arc::clone(&store)).subscribe(request()).unwrap();
    let batch = soon("the events", single.next()).await.unwrap().unwrap();
    assert_eq!(numbers_of(&batch), numbers(1..=3));

    let (team, tap) = (Team::of(4), Tapped::new(&other));
    let member = team.join_with(&other, tap.clone(), "member", async |_| Ok(()));
    let mut refusals = tap.refusals.subscribe();
    soon("two refusals", refusals.wait_for(|refusals| *refusals >= 2))
        .await
        .unwrap();
    assert_eq!(team.journal.numbers(), []);
    single.ack(number(2)).await.unwrap();
    soon("the end of the single holder", single.stop()).await.unwrap();
    team.journal.until(1).await;
    assert_eq!(team.journal.numbers(), [number(3)]);
    member.stop().await;
}

/// If a single holder takes the subscription of a running group, the members handle nothing more until that one ends.
pub async fn waits_once_a_single_holder_has_taken_it(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let (team, tap) = (Team::of(4), Tapped::new(&other));
    let member = team.join_with(&other, tap.clone(), "member", async |_| Ok(()));
    until_held(&*store, &[("member", 4)]).await;
    let single = hold(&*store, &super::group_key()).await;
    let mut refusals = tap.refusals.subscribe();
    soon("a refusal", refusals.wait_for(|refusals| *refusals >= 1))
        .await
        .unwrap();
    grow(&*store, &stream("s"), 3).await;
    assert_eq!(team.journal.numbers(), []);
    assert!(store.list_groups().await.unwrap()[0].members.is_empty());
    single.release().await;
    team.journal.until(3).await;
    member.stop().await;
}
