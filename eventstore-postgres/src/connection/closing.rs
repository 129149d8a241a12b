use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use eventstore_core::{Error, Result};
use tokio::time::timeout;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;
use tracing::warn;

/// Whether a store takes calls, and which changes it waits for before it is closed.
#[derive(Default)]
pub(super) struct Closing {
    has_begun: AtomicBool,
    /// The changes under way that are carried out by their callers.
    changes: TaskTracker,
}

impl Closing {
    pub(super) fn refuse_if_closed(&self) -> Result<()> {
        if self.has_begun.load(Ordering::SeqCst) {
            return Err(Error::StoreClosed);
        }
        Ok(())
    }

    /// The closing of the store waits for a change as long as the change holds this token.
    pub(super) fn token(&self) -> TaskTrackerToken {
        self.changes.token()
    }

    pub(super) fn begin(&self) {
        self.has_begun.store(true, Ordering::SeqCst);
    }

    /// Waits for the changes under way, but no longer than this: a future of a caller's may never be polled again.
    pub(super) async fn wait_for_changes(&self, longest: Duration) {
        self.changes.close();
        if timeout(longest, self.changes.wait()).await.is_err() {
            warn!(changes = self.changes.len(), "closed while changes were under way");
        }
    }
}
