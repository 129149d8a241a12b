use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use eventstore_core::{Error, Result};
use tokio::time::timeout;
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;
use tracing::warn;

/// Whether a store takes calls, and which changes it waits for before it is closed.
#[derive(Debug, Default)]
pub struct Closing {
    has_begun: AtomicBool,
    /// The changes under way that are carried out by their callers.
    changes: TaskTracker,
}

/// A change is under way until this value is dropped.
#[derive(Debug)]
pub struct ChangeUnderWay {
    _token: TaskTrackerToken,
}

impl Closing {
    /// Refuses a call once the store is being closed.
    ///
    /// A call that changes the store [enters](Self::change) first: every change that is then let through is waited for.
    ///
    /// # Errors
    ///
    /// [`Error::StoreClosed`] after [`begin`](Self::begin)
    pub fn refuse_if_closed(&self) -> Result<()> {
        if self.has_begun.load(Ordering::SeqCst) {
            return Err(Error::StoreClosed);
        }
        Ok(())
    }

    /// Returns a token for a change: the closing of the store waits for the change until the token is dropped.
    #[must_use]
    pub fn change(&self) -> ChangeUnderWay {
        ChangeUnderWay {
            _token: self.changes.token(),
        }
    }

    /// Refuses further calls.
    pub fn begin(&self) {
        self.has_begun.store(true, Ordering::SeqCst);
    }

    /// Waits for the changes under way, but no longer than this: a future of a caller's may never be polled again.
    pub async fn wait_for_changes(&self, longest: Duration) {
        self.changes.close();
        if timeout(longest, self.changes.wait()).await.is_err() {
            warn!(changes = self.changes.len(), "closed while changes were under way");
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waits_for_the_changes_that_were_let_through_and_refuses_others() {
        let closing = Closing::default();
        let change = closing.change();
        assert!(closing.refuse_if_closed().is_ok());
        closing.begin();
        assert!(matches!(closing.refuse_if_closed(), Err(Error::StoreClosed)));
        let mut waits = Box::pin(closing.wait_for_changes(Duration::MAX));
        assert_eq!(waits.as_mut().now_or_never(), None);
        drop(change);
        waits.await;
    }

    #[tokio::test(start_paused = true)]
    async fn waits_no_longer_than_it_was_told() {
        let closing = Closing::default();
        let _change = closing.change();
        closing.begin();
        closing.wait_for_changes(Duration::from_secs(5)).await;
        assert_eq!(closing.changes.len(), 1);
    }
}
