use eventstore_core::{BuildChange, BuildStage, BuildState, ProjectionBuild};
use tokio::task::JoinSet;

use super::{begin, builds, change, failure, promote, states};
use crate::conformance::Harness;
use crate::conformance::sample::number;

/// As long as a build is building, no other one begins for the same version or an earlier one.
pub async fn begins_one_build_at_a_time(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let begun = begin(&*store, 3).await;
    for (node, version) in [(&store, 3), (&other, 3), (&other, 2), (&store, 0)] {
        assert_eq!(begin(&**node, version).await, begun);
    }
    let paused = change(&*other, 1, &BuildChange::Pause).await;
    assert_eq!(begin(&*store, 3).await, paused);
    change(&*store, 1, &BuildChange::Resume).await;
    promote(&*store, 1).await;
    let next = begin(&*other, 3).await;
    assert_eq!((next.number.get(), next.state()), (2, BuildState::Building));
    assert_eq!(
        states(&*store).await,
        [(1, BuildState::Live), (2, BuildState::Building)]
    );
}

/// However many begin at once, one build is begun, and all are told of it.
pub async fn begins_one_build_for_many_that_begin_at_once(harness: &dyn Harness) {
    let nodes = [harness.store(), harness.another_node().await];
    for round in 1..=3 {
        let mut callers = JoinSet::new();
        for index in 0..8 {
            let store = nodes[index % 2].clone();
            callers.spawn(async move { begin(&*store, 1).await });
        }
        let told = callers.join_all().await;
        let building = only_building(&builds(&*nodes[0]).await);
        assert_eq!(building.number.get(), round);
        assert!(told.iter().all(|build| *build == building), "{told:?}");
        promote(&*nodes[1], round).await;
    }
}

/// A build of a later version takes the place of what is building, whatever has become of it.
pub async fn cancels_what_is_building_for_a_later_version(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    begin(&*store, 1).await;
    promote(&*store, 1).await;
    begin(&*store, 2).await;
    begin(&*other, 3).await;
    change(&*other, 3, &BuildChange::Pause).await;
    begin(&*store, 4).await;
    let failed = change(&*store, 4, &failure(Some(number(5)), "no")).await;
    let latest = begin(&*other, u32::MAX).await;
    assert_eq!((latest.number.get(), latest.version), (5, u32::MAX));
    let expected = [
        (1, BuildState::Live),
        (2, BuildState::Retired),
        (3, BuildState::Retired),
        (4, BuildState::Retired),
        (5, BuildState::Building),
    ];
    assert_eq!(states(&*store).await, expected);
    let cancelled = &builds(&*store).await[3];
    assert_eq!(cancelled.stage_since, latest.created_at);
    assert_eq!(cancelled.failure, failed.failure);
}

/// However many versions begin at once, the latest one is building in the end, alone.
pub async fn keeps_the_latest_of_versions_that_begin_at_once(harness: &dyn Harness) {
    let nodes = [harness.store(), harness.another_node().await];
    let mut callers = JoinSet::new();
    for (node, version) in [0, 1].into_iter().cycle().zip([3, 1, 6, 2, 5, 4]) {
        let store = nodes[node].clone();
        callers.spawn(async move { begin(&*store, version).await });
    }
    for told in callers.join_all().await {
        assert_eq!(told.stage, BuildStage::Building);
    }
    let builds = builds(&*nodes[1]).await;
    assert_eq!(only_building(&builds).version, 6);
    assert_eq!(builds.last().unwrap().version, 6);
    let numbers = builds.iter().map(|build| build.number.get());
    assert!(numbers.eq((1..).take(builds.len())), "{builds:?}");
}

fn only_building(builds: &[ProjectionBuild]) -> ProjectionBuild {
    let mut building = builds.iter().filter(|build| build.stage == BuildStage::Building);
    let only = building.next().unwrap().clone();
    assert_eq!(building.next(), None, "{builds:?}");
    only
}
