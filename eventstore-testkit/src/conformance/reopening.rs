use std::sync::Arc;

use super::{Backend, Harness, Stop};

/// Ends the store so, and gives the one that is opened again on what it left.
pub(super) async fn reopened(harness: &dyn Harness, store: Arc<dyn Backend>, stop: Stop) -> Arc<dyn Backend> {
    drop(store);
    harness.reopen(stop).await;
    harness.store()
}
