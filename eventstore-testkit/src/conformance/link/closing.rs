use eventstore_core::{Error, ExpectedVersion};

use crate::conformance::sample::{ids_in, link, stream, stream_of};
use crate::conformance::wait::soon;
use crate::conformance::{Harness, expect_error};

/// A link that is asked for once the store has been closed is refused as such.
pub async fn refuses_links_once_it_is_closed(harness: &dyn Harness) {
    let store = harness.store();
    let source = stream_of(&*store, "s", 1).await;
    let ids = ids_in(&*store, source).await;
    soon("the end of the store", harness.close_store()).await;
    let late = link(&*store, &stream("links"), ExpectedVersion::Any, ids).await;
    expect_error!(late, Error::StoreClosed);
}
