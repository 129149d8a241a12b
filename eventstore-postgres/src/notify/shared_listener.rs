use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::task::AbortHandle;

use crate::PostgresConfig;
use crate::connection::Pool;
use crate::notify::{Feed, Receiver, supervise};

/// The connection for notifications, shared by all stores of a process that share a pool; opened when the first listener comes.
///
/// Its task belongs to the runtime on which the first of the stores was connected, whichever store listens, and is restarted if it
/// panics (ADR 42).
pub(crate) struct SharedListener {
    feeds: Arc<Feeds>,
    config: PostgresConfig,
    pool: Pool,
    runtime: Handle,
    task: Mutex<Option<AbortHandle>>,
}

/// The stores that listen.
#[derive(Default)]
pub(super) struct Feeds {
    all: Mutex<Vec<Arc<Feed>>>,
    pub(super) changed: Notify,
    /// The number of the task that serves them: the one that was started last.
    task: AtomicU64,
}

impl SharedListener {
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub(crate) fn new(config: PostgresConfig, pool: Pool) -> Self {
        Self {
            feeds: Arc::default(),
            config,
            pool,
            runtime: Handle::current(),
            task: Mutex::default(),
        }
    }

    /// Listens for this store as well.
    pub(super) fn join(&self, feed: &Arc<Feed>) {
        let mut task = self.task();
        self.feeds.add(feed);
        if task.as_ref().is_none_or(AbortHandle::is_finished) {
            *task = Some(self.spawn());
        }
    }

    /// No longer listens for this store; closes the connection with the last one.
    pub(super) fn leave(&self, feed: &Arc<Feed>) {
        let mut task = self.task();
        if self.feeds.remove(feed)
            && let Some(task) = task.take()
        {
            task.abort();
        }
    }

    fn spawn(&self) -> AbortHandle {
        let ends = EndsFeeds::new(&self.feeds);
        let (feeds, config, pool) = (Arc::clone(&self.feeds), self.config.clone(), self.pool.clone());
        let receive = move || Receiver::new(Arc::clone(&feeds), config.clone(), pool.clone()).run();
        let task = self.runtime.spawn(async move {
            let _ends = ends;
            supervise("the connection for notifications", receive).await;
        });
        task.abort_handle()
    }

    fn task(&self) -> MutexGuard<'_, Option<AbortHandle>> {
        self.task.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for SharedListener {
    fn drop(&mut self) {
        if let Some(task) = self.task().take() {
            task.abort();
        }
    }
}

impl Feeds {
    fn add(&self, feed: &Arc<Feed>) {
        let mut feeds = self.lock();
        if !feeds.iter().any(|other| Arc::ptr_eq(other, feed)) {
            feeds.push(Arc::clone(feed));
            self.changed.notify_one();
        }
    }

    /// Returns whether none is left.
    fn remove(&self, feed: &Arc<Feed>) -> bool {
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
struct EndsFeeds {
    feeds: Arc<Feeds>,
    task: u64,
}

impl EndsFeeds {
    fn new(feeds: &Arc<Feeds>) -> Self {
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
