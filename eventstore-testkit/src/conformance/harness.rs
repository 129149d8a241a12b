use std::sync::Arc;

use async_trait::async_trait;
use eventstore_core::StreamName;

use super::{Backend, Payloads};

/// A store to be tested, empty at first, and the faults that can befall it.
///
/// Each case gets a harness of its own; dropping it is the teardown.
#[async_trait]
pub trait Harness: Send + Sync {
    /// The store under test, hard deletes enabled.
    fn store(&self) -> Arc<dyn Backend>;

    /// The same storage without hard deletes.
    async fn store_without_hard_deletes(&self) -> Arc<dyn Backend>;

    /// Another process's view of the same storage, hard deletes enabled.
    async fn another_node(&self) -> Arc<dyn Backend>;

    /// Cuts the connection over which [`store`](Self::store) hears of new events.
    ///
    /// It may be down until [`restore_notifications`](Self::restore_notifications), or come back by itself earlier.
    async fn cut_notifications(&self);

    /// Ends what [`cut_notifications`](Self::cut_notifications) did; nothing to do for a store that reconnects by
    /// itself.
    async fn restore_notifications(&self) {}

    /// Cuts the connection that the leases of [`store`](Self::store) depend on; those of other nodes may be lost too.
    async fn cut_leases(&self);

    /// What the storage keeps of payloads.
    fn payloads(&self) -> Payloads {
        Payloads::Bytes
    }

    /// Puts a stream into the storage that never held an event; `false` if the storage cannot hold one.
    async fn put_empty_stream(&self, _stream: &StreamName) -> bool {
        false
    }
}
