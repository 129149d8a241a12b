use std::slice::from_ref;

use eventstore_core::{BuildChange, BuildStage, ProjectionBuild};

use super::{begin, builds, change, named, nth, promote, totals};
use crate::conformance::Harness;

/// A store lists no build before one was begun, and knows no projection.
pub async fn lists_nothing_at_first(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    for node in [store, other] {
        assert_eq!(builds(&*node).await, []);
    }
}

/// A build that was begun is listed on every node as it was returned, with its number, its version, its stage and its times.
pub async fn lists_a_begun_build_on_every_node(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let begun = begin(&*store, 7).await;
    let expected = ProjectionBuild {
        name: totals(),
        number: nth(1),
        version: 7,
        stage: BuildStage::Building,
        is_paused: false,
        failure: None,
        created_at: begun.created_at,
        stage_since: begun.created_at,
    };
    assert_eq!(begun, expected);
    for node in [&store, &other] {
        assert_eq!(builds(&**node).await, from_ref(&begun));
    }
    let promoted = promote(&*other, 1).await;
    assert_eq!(promoted.created_at, begun.created_at);
    assert!(
        promoted.stage_since >= begun.stage_since,
        "{begun:?}, then {promoted:?}"
    );
    for node in [&store, &other] {
        assert_eq!(builds(&**node).await, from_ref(&promoted));
    }
}

/// Projections are listed by their names in byte order, and their builds by number.
pub async fn lists_projections_by_name_and_builds_by_number(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    let ordered = ["-", "0", "1", "_", "a", "a-b", "a0", "a_b", "ab", "b"].map(named);
    for index in [6, 3, 8, 0, 9, 2, 5, 7, 4, 1] {
        store.begin_build(&ordered[index], 1).await.unwrap();
    }
    let longest = named(&"z".repeat(40));
    for version in 1..=11 {
        store.begin_build(&longest, version).await.unwrap();
    }
    let expected = ordered.iter().map(|name| (name.clone(), 1));
    let expected: Vec<_> = expected
        .chain((1..=11).map(|number| (longest.clone(), number)))
        .collect();
    let listed = other.list_builds().await.unwrap();
    let found: Vec<_> = listed
        .iter()
        .map(|build| (build.name.clone(), build.number.get()))
        .collect();
    assert_eq!(found, expected);
}

/// What is done with a projection leaves those alone whose names are similar.
pub async fn keeps_projections_apart(harness: &dyn Harness) {
    let store = harness.store();
    let others = ["total", "totals-", "totals_", "totals2"].map(named);
    let mut expected = Vec::new();
    for name in &others {
        expected.push(store.begin_build(name, 1).await.unwrap());
        store.begin_build(&totals(), 1).await.unwrap();
    }
    change(&*store, 1, &BuildChange::Pause).await;
    begin(&*store, 2).await;
    promote(&*store, 2).await;
    store.forget_build(&totals(), nth(1)).await.unwrap();
    for (name, expected) in others.iter().zip(&expected) {
        let builds = store.builds_of(name).await.unwrap();
        assert_eq!(builds, from_ref(expected));
    }
    let of_totals = store.builds_of(&totals()).await.unwrap();
    assert_eq!(of_totals.iter().map(|build| build.number).collect::<Vec<_>>(), [nth(2)]);
}
