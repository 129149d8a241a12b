use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Instant;

use eventstore_backend::{Commits, StorageEpoch, supervise};
use eventstore_core::backend::{InProcessReceiver, Listener};
use eventstore_core::{Append, AppendReceipt, EventNumber, StreamSelector};
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

use super::{Feed, Watcher};
use crate::connection::Database;

/// Tells the listeners of one store what this process commits, and what a watch over the file finds of other processes.
///
/// The watch is begun for the first listener. Its task belongs to the runtime on which the store was opened, and is begun again if it
/// panics (ADR 42).
pub(crate) struct Hub {
    feed: Arc<Feed>,
    commits: Commits,
    storage_epoch: StorageEpoch,
    runtime: Handle,
    watching: Mutex<Option<AbortHandle>>,
}

impl Hub {
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub(crate) fn new(database: Arc<Database>) -> Self {
        let storage_epoch = StorageEpoch::default();
        let feed = Arc::new(Feed::new(database, storage_epoch.clone()));
        Self {
            commits: Commits::new(Arc::clone(&feed.topics), true),
            feed,
            storage_epoch,
            runtime: Handle::current(),
            watching: Mutex::default(),
        }
    }

    pub(crate) fn listen(&self, selector: &StreamSelector) -> Box<dyn Listener> {
        let listener = self.commits.listen(selector);
        self.watch();
        listener
    }

    pub(crate) fn deliver_in_process_to(&self, recipient: Weak<dyn InProcessReceiver>) {
        self.commits.deliver_in_process_to(recipient);
    }

    /// Tells this process what it has committed itself, in an append that began at this time.
    pub(crate) fn committed(&self, append: &Append, receipt: &AppendReceipt, began_at: Instant) {
        self.commits.committed(append, receipt, began_at);
    }

    /// Tells that this process has changed streams in another way: the watch then polls them.
    pub(crate) fn changed(&self) {
        self.feed.changed.notify_one();
    }

    /// Ends the watch as an error does, after which it is begun again.
    pub(crate) fn cut(&self) {
        self.feed.cut.notify_one();
    }

    /// Tells that a stream has reached this number, whether true or not.
    pub(crate) fn forge_hint(&self, selector: &StreamSelector, stream_id: i64, number: EventNumber) {
        self.feed.topics.notified(selector.as_str(), stream_id, Some(number));
    }

    pub(crate) fn storage_epoch(&self) -> u64 {
        self.storage_epoch.number()
    }

    /// Ends the watch; the listeners hear that nothing more will come.
    pub(crate) fn close(&self) {
        let watching = self.watching().take();
        self.feed.close();
        if let Some(watching) = watching {
            watching.abort();
        }
    }

    fn watch(&self) {
        let mut watching = self.watching();
        if watching.is_none() && !self.feed.topics.is_closed() {
            *watching = Some(self.begin_to_watch());
        }
    }

    fn begin_to_watch(&self) -> AbortHandle {
        let feed = Arc::clone(&self.feed);
        let ends = EndsFeed(Arc::clone(&feed));
        let task = self.runtime.spawn(async move {
            let _ends = ends;
            supervise("the watch over the file", || Watcher::new(Arc::clone(&feed)).run()).await;
        });
        task.abort_handle()
    }

    fn watching(&self) -> MutexGuard<'_, Option<AbortHandle>> {
        self.watching.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        self.close();
    }
}

/// Ends the listeners when the task is gone for good, for instance with its runtime: otherwise they would wait forever.
struct EndsFeed(Arc<Feed>);

impl Drop for EndsFeed {
    fn drop(&mut self) {
        self.0.close();
    }
}
