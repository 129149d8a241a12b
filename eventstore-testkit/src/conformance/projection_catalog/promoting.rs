use std::cell::Cell;

use eventstore_core::{BuildChange, BuildStage, BuildState, Error, ProjectionBuild};
use futures_util::future::join;
use tokio::task::{JoinSet, yield_now};

use super::{begin, builds, promote, states, try_change};
use crate::conformance::dropping::dropped_after;
use crate::conformance::{Backend, Harness, expect_error};

/// A build that is promoted takes the place of the live one, which is retired in the same moment.
pub async fn promotes_a_build_in_the_place_of_the_live_one(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    begin(&*store, 1).await;
    let first = promote(&*store, 1).await;
    assert_eq!(first.state(), BuildState::Live);
    let begun = begin(&*store, 2).await;
    let second = promote(&*other, 2).await;
    let live = ProjectionBuild {
        stage: BuildStage::Live,
        stage_since: second.stage_since,
        ..begun
    };
    assert_eq!(second, live);
    assert!(second.stage_since >= second.created_at, "{second:?}");
    let retired = ProjectionBuild {
        stage: BuildStage::Retired,
        stage_since: second.stage_since,
        ..first
    };
    assert_eq!(builds(&*store).await, [retired, second]);
}

/// A caller that lists the builds while others are promoted sees one live build at any time, on any node.
pub async fn shows_one_live_build_at_any_time(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let is_over = Cell::new(false);
    begin(&*store, 1).await;
    promote(&*store, 1).await;
    let promotions = async {
        for number in 2..=20 {
            begin(&*store, number).await;
            promote(&*store, number).await;
        }
        is_over.set(true);
    };
    let looks = async {
        let mut latest = 1;
        while !is_over.get() {
            let live = live_build(&*other).await;
            assert!(live >= latest, "build {latest} was live, and then {live}");
            latest = live;
            yield_now().await;
        }
    };
    join(promotions, looks).await;
    assert_eq!(live_build(&*other).await, 20);
}

/// The number of the build that is live alone.
async fn live_build(store: &dyn Backend) -> u32 {
    let builds = store.list_builds().await.unwrap();
    let live: Vec<_> = builds.iter().filter(|build| build.stage == BuildStage::Live).collect();
    assert_eq!(live.len(), 1, "{builds:?}");
    live[0].number.get()
}

/// Of many that promote a build at once, one does so: the others find it live.
pub async fn promotes_a_build_for_one_of_many(harness: &dyn Harness) {
    let nodes = [harness.store(), harness.another_node().await];
    begin(&*nodes[0], 1).await;
    promote(&*nodes[0], 1).await;
    begin(&*nodes[0], 1).await;
    let mut callers = JoinSet::new();
    for index in 0..6 {
        let store = nodes[index % 2].clone();
        callers.spawn(async move { try_change(&*store, 2, &BuildChange::Promote).await });
    }
    let (promoted, refused): (Vec<_>, Vec<_>) = callers.join_all().await.into_iter().partition(Result::is_ok);
    assert_eq!(promoted.len(), 1, "{promoted:?}");
    for refused in refused {
        expect_error!(refused, Error::InvalidInput { argument: "change", .. });
    }
    assert_eq!(
        states(&*nodes[1]).await,
        [(1, BuildState::Retired), (2, BuildState::Live)]
    );
}

/// A promotion that is dropped half-way is made, or it is not.
pub async fn makes_a_dropped_promotion_as_a_whole_or_not_at_all(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    begin(&*store, 1).await;
    promote(&*store, 1).await;
    for (number, polls) in (2..).zip(0..8) {
        begin(&*store, number).await;
        dropped_after(polls, try_change(&*store, number, &BuildChange::Promote)).await;
        let live = live_build(&*other).await;
        assert!([number - 1, number].contains(&live), "after {polls} polls: {live}");
        match try_change(&*store, number, &BuildChange::Promote).await {
            Ok(_) => {}
            settled => expect_error!(settled, Error::InvalidInput { argument: "change", .. }),
        }
        assert_eq!(live_build(&*other).await, number, "after {polls} polls");
    }
}
