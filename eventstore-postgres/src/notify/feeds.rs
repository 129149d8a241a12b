use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::notify::Feed;

/// The stores that listen.
#[derive(Default)]
pub(super) struct Feeds {
    all: Mutex<Vec<Arc<Feed>>>,
    pub(super) changed: Notify,
    /// The number of the task that serves them: the one that was started last.
    task: AtomicU64,
}

impl Feeds {
    pub(super) fn add(&self, feed: &Arc<Feed>) {
        let mut feeds = self.lock();
        if !feeds.iter().any(|other| Arc::ptr_eq(other, feed)) {
            feeds.push(Arc::clone(feed));
            self.changed.notify_one();
        }
    }

    /// Returns whether none is left.
    pub(super) fn remove(&self, feed: &Arc<Feed>) -> bool {
        let mut feeds = self.lock();
        feeds.retain(|other| !Arc::ptr_eq(other, feed));
        self.changed.notify_one();
        feeds.is_empty()
    }

    pub(super) fn all(&self) -> Vec<Arc<Feed>> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Feed>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the remaining listeners when the task is gone for good, for instance with its runtime: they would take a silent end for
/// silence.
pub(super) struct EndsFeeds {
    feeds: Arc<Feeds>,
    task: u64,
}

impl EndsFeeds {
    pub(super) fn new(feeds: &Arc<Feeds>) -> Self {
        Self {
            feeds: Arc::clone(feeds),
            task: feeds.task.fetch_add(1, Ordering::SeqCst) + 1,
        }
    }
}

impl Drop for EndsFeeds {
    fn drop(&mut self) {
        // A task that was stopped because no store listens any more may end after the next one has started.
        if self.feeds.task.load(Ordering::SeqCst) == self.task {
            let feeds = std::mem::take(&mut *self.feeds.lock());
            for feed in &feeds {
                feed.close();
            }
        }
    }
}
