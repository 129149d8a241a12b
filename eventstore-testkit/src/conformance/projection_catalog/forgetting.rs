use eventstore_core::{BuildChange, BuildState, Error};

use super::{begin, builds, change, failure, forget, promote, states, try_change};
use crate::conformance::{Backend, Harness, expect_error};

/// A retired build is forgotten; to forget it again, or one that there is not, does nothing.
pub async fn forgets_a_retired_build(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    forget(&*store, 1).await.unwrap();
    assert_eq!(builds(&*store).await, []);
    begin(&*store, 1).await;
    promote(&*store, 1).await;
    begin(&*store, 2).await;
    promote(&*store, 2).await;
    for node in [&other, &store, &other] {
        forget(&**node, 1).await.unwrap();
        forget(&**node, u32::MAX).await.unwrap();
        assert_eq!(states(&*store).await, [(2, BuildState::Live)]);
    }
}

/// A build that is in use is not forgotten, and nothing changes.
pub async fn forgets_no_build_that_is_in_use(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    begin(&*store, 1).await;
    for stage in [BuildState::Building, BuildState::Live] {
        assert_eq!(states(&*store).await, [(1, stage)]);
        assert_kept(&*other).await;
        for before in [BuildChange::Pause, failure(None, "no")] {
            change(&*store, 1, &before).await;
            assert_kept(&*other).await;
            change(&*store, 1, &BuildChange::Resume).await;
        }
        let _ = try_change(&*store, 1, &BuildChange::Promote).await;
    }
}

async fn assert_kept(store: &dyn Backend) {
    let before = builds(store).await;
    expect_error!(forget(store, 1).await, Error::InvalidInput { argument: "build", .. });
    assert_eq!(builds(store).await, before);
}

/// The number of a build is never used again, even after all builds of its projection are forgotten.
pub async fn never_uses_a_number_again(harness: &dyn Harness) {
    let (store, other) = (harness.store(), harness.another_node().await);
    for number in 1..=4 {
        assert_eq!(begin(&*store, 1).await.number.get(), number);
        change(&*store, number, &BuildChange::Cancel).await;
        forget(&*other, number).await.unwrap();
        assert_eq!(builds(&*store).await, []);
    }
    begin(&*other, 1).await;
    promote(&*other, 5).await;
    begin(&*other, 1).await;
    change(&*other, 6, &BuildChange::Cancel).await;
    forget(&*store, 6).await.unwrap();
    assert_eq!(begin(&*store, 1).await.number.get(), 7);
}
