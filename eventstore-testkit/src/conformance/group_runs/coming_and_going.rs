use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use eventstore_core::{GroupStore, StreamName};
use tokio::time::Instant;

use super::{Member, Tapped, Team, grow_each, streams_of_all_partitions, until_held};
use crate::conformance::sample::stream;
use crate::conformance::wait::soon;
use crate::conformance::{Backend, Harness};

/// How long it may take until others handle what a member held that has left in good order.
const AFTER_LEAVING: Duration = Duration::from_secs(1);

/// The same for a member that has died.
const AFTER_DEATH: Duration = Duration::from_secs(5);

/// A machine may be slow once.
const TRIES: usize = 3;

/// Members on several nodes share the partitions, and handle each event once and in the order of its stream, also while members come and go.
pub async fn handles_each_event_once_while_members_come_and_go(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let streams: Vec<StreamName> = (0..20).map(|number| stream(&format!("s-{number}"))).collect();
    let team = Team::of(8);
    let first = team.join(&store, "first");
    grow_each(&*store, &streams, 1).await;
    team.journal.until(20).await;
    let second = team.join(&other, "second");
    until_held(&*store, &[("first", 4), ("second", 4)]).await;
    grow_each(&*other, &streams, 2).await;
    team.journal.until(60).await;
    assert_eq!(team.journal.members_since(20), BTreeSet::from(["first", "second"]));

    let third = team.join(&store, "third");
    grow_each(&*store, &streams, 2).await;
    until_held(&*store, &[("third", 2)]).await;
    let leaving = tokio::join!(first.stop(), grow_each(&*other, &streams, 2));
    let ((), ()) = leaving;
    until_held(&*store, &[("second", 4), ("third", 4)]).await;
    grow_each(&*store, &streams, 1).await;
    team.journal.until(160).await;
    assert_eq!(team.journal.members_since(140), BTreeSet::from(["second", "third"]));
    team.journal.assert_in_order();
    second.stop().await;
    third.stop().await;
    assert!(store.list_groups().await.unwrap()[0].members.is_empty());
}

/// What a member held that has left in good order is handled elsewhere within a second.
pub async fn hands_over_within_a_second_what_a_member_gives_back(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let team = Team::of(8);
    let staying = team.join(&store, "staying");
    let mut fastest = Duration::MAX;
    for round in 1..=TRIES {
        let leaving = team.join(&other, "leaving");
        until_held(&*store, &[("staying", 4), ("leaving", 4)]).await;
        leaving.stop().await;
        fastest = fastest.min(time_to_handle(&team, &store, 8 * round).await);
        if fastest < AFTER_LEAVING {
            break;
        }
    }
    assert!(fastest < AFTER_LEAVING, "it took {fastest:?}");
    team.journal.assert_in_order();
    staying.stop().await;
}

/// What a member held that has died is handled elsewhere within five seconds: what it had in hand as well.
pub async fn hands_over_within_five_seconds_what_a_dead_member_held(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let team = Team::of(8);
    let staying = team.join(&store, "staying");
    let (dying, tap) = dying(&team, &other);
    until_held(&*store, &[("staying", 4), ("dying", 4)]).await;
    tap.is_cut.send_replace(true);
    let taken_over = time_to_handle(&team, &store, 8).await;
    assert!(taken_over < AFTER_DEATH, "it took {taken_over:?}");
    assert_eq!(team.journal.members_since(0), BTreeSet::from(["staying"]));
    team.journal.assert_in_order();
    drop(dying);
    staying.stop().await;
}

/// A member that finishes nothing once it is cut off from its group.
fn dying(team: &Team, store: &Arc<dyn Backend>) -> (Member, Tapped) {
    let tap = Tapped::new(store);
    let in_hand = tap.clone();
    let member = team.join_with(store, tap.clone(), "dying", move |_| {
        let in_hand = in_hand.clone();
        async move {
            in_hand.pass().await;
            Ok(())
        }
    });
    (member, tap)
}

/// Appends an event to each of eight partitions; returns how long it takes until all of them are handled.
async fn time_to_handle(team: &Team, store: &Arc<dyn Backend>, handled: usize) -> Duration {
    let began = Instant::now();
    grow_each(&**store, &streams_of_all_partitions(8), 1).await;
    soon("all events", team.journal.until(handled)).await;
    began.elapsed()
}
