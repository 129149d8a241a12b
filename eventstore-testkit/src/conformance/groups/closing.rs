use eventstore_core::Error;

use super::{claim_one, enter, group_key, leave, only_group, saved, settings, try_enter};
use crate::conformance::reopening::reopened;
use crate::conformance::wait::soon;
use crate::conformance::{Harness, Stop, expect_error};

/// Whatever is called once the store has been closed is refused as such. What a member gives back may still be taken.
pub async fn refuses_calls_once_it_is_closed(harness: &dyn Harness) {
    let store = harness.store();
    let membership = enter(&*store, 2).await;
    soon("the end of the store", harness.close_store()).await;
    expect_error!(try_enter(&*store, &settings(2)).await, Error::StoreClosed);
    expect_error!(store.renew_membership(membership).await, Error::StoreClosed);
    expect_error!(store.claim_partitions(membership, 1).await, Error::StoreClosed);
    expect_error!(store.held_partitions(membership).await, Error::StoreClosed);
    expect_error!(store.list_groups().await, Error::StoreClosed);
    let changed = store.change_group(&group_key(), &settings(3)).await;
    expect_error!(changed, Error::StoreClosed);
}

/// Groups are kept when the store is opened again, however it ended; epochs go on.
pub async fn keeps_groups_when_it_is_reopened(harness: &dyn Harness) {
    let mut store = harness.store();
    let mut latest = None;
    for (stop, checkpoint) in [(Stop::Clean, 3), (Stop::Killed, 5)] {
        let membership = enter(&*store, 2).await;
        let given = claim_one(&*store, membership).await;
        assert!(
            latest.is_none_or(|latest| latest < given.token.epoch),
            "{latest:?}, then {given:?}"
        );
        latest = Some(given.token.epoch);
        saved(&*store, given.token, checkpoint).await;
        leave(&*store, membership).await;
        let before = only_group(&*store).await;
        store = reopened(harness, store, stop).await;
        assert_eq!(only_group(&*store).await, before, "after the end {stop:?}");
    }
    expect_error!(try_enter(&*store, &settings(3)).await, Error::GroupDiffers { .. });
}
