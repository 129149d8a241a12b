use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use eventstore_backend::supervise;
use tokio::runtime::Handle;
use tokio::task::AbortHandle;

use crate::config::PostgresConfig;
use crate::connection::Pool;
use crate::notify::feeds::{EndsFeeds, Feeds};
use crate::notify::{Feed, Receiver};

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
        // Locked first: otherwise `leave` could stop the task of the last store after this one has joined it.
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
