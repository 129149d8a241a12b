use std::any::Any;
use std::sync::Arc;

use async_trait::async_trait;
use eventstore_core::{EventNumber, StreamName, StreamSelector};

use super::{Backend, Payloads};

/// A store to be tested, empty at first, and what can befall it.
///
/// Each case gets a harness of its own; dropping it is the teardown. [`Setup`](super::Setup) makes one of closures; the
/// attribute of a hand-written `impl` is `#[async_trait(?Send)]`.
///
/// The last six methods are abilities. A case that needs one fails on a harness that does not have it, unless
/// [`conformance!`](crate::conformance!) was told to leave such cases out, by the name of the method.
#[async_trait(?Send)]
pub trait Harness {
    /// The store under test, hard deletes enabled.
    fn store(&self) -> Arc<dyn Backend>;

    /// Another process's view of the same storage, hard deletes enabled; where a storage is used by one process only,
    /// the same store.
    async fn another_node(&self) -> Arc<dyn Backend>;

    /// What the storage keeps of payloads.
    fn payloads(&self) -> Payloads {
        Payloads::Bytes
    }

    /// The same storage without hard deletes.
    async fn store_without_hard_deletes(&self) -> Arc<dyn Backend> {
        lacks("store_without_hard_deletes")
    }

    /// Puts a stream into the storage that never held an event.
    async fn put_empty_stream(&self, _stream: &StreamName) {
        lacks("put_empty_stream")
    }

    /// Cuts the connection over which [`store`](Self::store) hears of new events.
    ///
    /// It may be down until the answer is dropped, or come back by itself earlier.
    async fn cut_notifications(&self) -> Cut {
        lacks("cut_notifications")
    }

    /// Cuts the connection that the leases of [`store`](Self::store) depend on; those of other nodes may be lost too.
    async fn cut_leases(&self) {
        lacks("cut_leases")
    }

    /// Closes [`store`](Self::store), as its owner would before the process ends.
    async fn close_store(&self) {
        lacks("close_store")
    }

    /// Tells the listeners of [`store`](Self::store) that a stream has reached this number, true or not, over the channel that
    /// hints come by; what is told before the answer is heard before what is appended after it.
    async fn forge_hint(&self, _selector: &StreamSelector, _number: EventNumber) {
        lacks("forge_hint")
    }
}

/// A connection that is down, at the latest until this is dropped.
#[must_use = "the cut ends when it is dropped"]
pub struct Cut {
    _ended_by_drop: Box<dyn Any>,
}

impl Cut {
    /// A cut that the drop of this value ends; `()` where the store reconnects by itself.
    pub fn ended_by_drop_of(guard: impl Any) -> Self {
        Self {
            _ended_by_drop: Box::new(guard),
        }
    }
}

pub(super) fn lacks(ability: &str) -> ! {
    panic!(
        "the harness cannot do `{ability}`: teach it, or leave the cases that need it out, \
         which the test runner will show as ignored: conformance!(open; streams, …; except {ability})"
    )
}
