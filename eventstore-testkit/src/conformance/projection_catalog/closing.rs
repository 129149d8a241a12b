use eventstore_core::{BuildChange, Error};

use super::{begin, builds, change, failure, forget, promote, totals, try_change};
use crate::conformance::reopening::reopened;
use crate::conformance::sample::number;
use crate::conformance::wait::soon;
use crate::conformance::{Harness, Stop, expect_error};

/// Whatever is called once the store has been closed is refused as such.
pub async fn refuses_calls_once_it_is_closed(harness: &dyn Harness) {
    let store = harness.store();
    begin(&*store, 1).await;
    soon("the end of the store", harness.close_store()).await;
    expect_error!(store.list_builds().await, Error::StoreClosed);
    expect_error!(store.builds_of(&totals()).await, Error::StoreClosed);
    expect_error!(store.begin_build(&totals(), 2).await, Error::StoreClosed);
    expect_error!(try_change(&*store, 1, &BuildChange::Pause).await, Error::StoreClosed);
    expect_error!(forget(&*store, 2).await, Error::StoreClosed);
}

/// Builds are kept when the store is opened again, however it ended; their numbers go on.
pub async fn keeps_builds_when_it_is_reopened(harness: &dyn Harness) {
    let mut store = harness.store();
    for (stop, version) in [(Stop::Clean, 1), (Stop::Killed, 2)] {
        let (live, building, forgotten) = (3 * version - 2, 3 * version - 1, 3 * version);
        assert_eq!(begin(&*store, version).await.number.get(), live);
        promote(&*store, live).await;
        begin(&*store, version).await;
        change(&*store, building, &failure(Some(number(5)), "no")).await;
        change(&*store, building, &BuildChange::Cancel).await;
        begin(&*store, version).await;
        change(&*store, forgotten, &BuildChange::Cancel).await;
        forget(&*store, forgotten).await.unwrap();
        change(&*store, live, &BuildChange::Pause).await;
        let before = builds(&*store).await;
        store = reopened(harness, store, stop).await;
        assert_eq!(builds(&*store).await, before, "after the end {stop:?}");
    }
}
