use async_trait::async_trait;
use eventstore_core::Closable;

use crate::SqliteStore;

impl SqliteStore {
    /// Closes the store: refuses further calls, waits for changes under way, and ends subscriptions.
    ///
    /// Calls through any handle fail with [`Error::StoreClosed`](eventstore_core::Error::StoreClosed) from now on. `close` waits until the
    /// changes that were called are carried out, then ends all listeners: subscriptions store their checkpoints and end. The file is
    /// closed with the last handle.
    ///
    /// Appends are carried out even if their callers go away, and so is what has begun of sets, links and imports. Deletions and other
    /// changes progress only while their futures are polled; `close` waits for them no longer than `busy_timeout`, in case a future is no
    /// longer polled. `close` does not wait for reads. Closing a closed store changes nothing.
    ///
    /// The store is closed from the first poll of this future on. If the future is then dropped, listeners are ended by another `close` or
    /// with the last handle.
    pub async fn close(&self) {
        self.database().begin_to_close();
        self.inner.appends.close().await;
        self.database().wait_for_changes().await;
        self.inner.hub.close();
    }
}

#[async_trait]
impl Closable for SqliteStore {
    async fn close(&self) {
        Self::close(self).await;
    }
}
