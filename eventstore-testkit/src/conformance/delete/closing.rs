use eventstore_core::{Delete, Deletion, Error};

use crate::conformance::sample::stream_of;
use crate::conformance::wait::soon;
use crate::conformance::{Harness, expect_error};

/// A deletion that is asked for once the store has been closed is refused as such, and so is its reversal.
pub async fn refuses_deletions_once_it_is_closed(harness: &dyn Harness) {
    let store = harness.store();
    let target = stream_of(&*store, "s", 1).await;
    soon("the end of the store", harness.close_store()).await;
    for delete in [
        Delete::new(target.clone(), Deletion::Soft),
        Delete::new(target.clone(), Deletion::Hard),
    ] {
        expect_error!(store.delete(delete).await, Error::StoreClosed);
    }
    expect_error!(store.undelete(&target).await, Error::StoreClosed);
}
