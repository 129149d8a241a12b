use std::any::Any;
use std::sync::Arc;

use async_trait::async_trait;
use eventstore_core::{EventNumber, StreamName, StreamSelector};

use super::{AnyTransaction, Backend, Payloads};

/// A store to be tested, initially empty, and the faults that can be injected into it.
///
/// Each case gets its own harness; dropping it is the teardown. [`Setup`](super::Setup) makes a harness from closures. A
/// hand-written `impl` needs the attribute `#[async_trait(?Send)]`.
///
/// The last nine methods are abilities; the last two of them together are one ability, `effects`. A case that needs an
/// ability fails on a harness that lacks it, unless [`conformance!`](crate::conformance!) was told, by the name of the
/// method, to leave such cases out.
#[async_trait(?Send)]
pub trait Harness {
    /// Returns the store under test, with hard deletes enabled.
    fn store(&self) -> Arc<dyn Backend>;

    /// Returns another process's view of the same storage, with hard deletes enabled.
    ///
    /// If only one process uses the storage, this is the same store. Such a harness does not have
    /// [`close_store`](Self::close_store), because no other node continues when the store is closed.
    async fn another_node(&self) -> Arc<dyn Backend>;

    /// Returns what the storage keeps of payloads.
    fn payloads(&self) -> Payloads {
        Payloads::Bytes
    }

    /// Creates the indexes that tracing needs on this storage, unless they exist; a storage that needs none has nothing to do.
    async fn indexes_for_tracing(&self) {}

    /// Returns a store on the same storage without hard deletes.
    async fn store_without_hard_deletes(&self) -> Arc<dyn Backend> {
        lacks("store_without_hard_deletes")
    }

    /// Creates a stream in the storage that never held an event.
    async fn put_empty_stream(&self, _stream: &StreamName) {
        lacks("put_empty_stream")
    }

    /// Cuts the connection over which [`store`](Self::store) is notified of new events.
    ///
    /// The connection may stay down until the returned value is dropped, or come back by itself earlier.
    async fn cut_notifications(&self) -> Cut {
        lacks("cut_notifications")
    }

    /// Cuts the connection that the leases of [`store`](Self::store) depend on; leases of other nodes may be lost too.
    async fn cut_leases(&self) {
        lacks("cut_leases")
    }

    /// Closes [`store`](Self::store), as its owner would before the process ends.
    async fn close_store(&self) {
        lacks("close_store")
    }

    /// Tells the listeners of [`store`](Self::store) that a stream has reached this number, whether true or not.
    ///
    /// The hint takes the channel of real hints: listeners receive what is told before this call returns before they hear
    /// of later appends.
    async fn forge_hint(&self, _selector: &StreamSelector, _number: EventNumber) {
        lacks("forge_hint")
    }

    /// Ends [`store`](Self::store) and opens its storage again: from then on, `store` returns the newly opened store.
    ///
    /// The caller has given back every node beforehand; what the process remembered is lost with it.
    async fn reopen(&self, _stop: Stop) {
        lacks("reopen")
    }

    /// Makes an effect in the transaction of a projection, as a projection on the backend would: this number is kept.
    async fn make_effect(&self, _transaction: &mut AnyTransaction, _effect: u32) {
        lacks("effects")
    }

    /// Returns all effects that are visible from outside, in ascending order.
    async fn effects(&self) -> Vec<u32> {
        lacks("effects")
    }
}

/// How the process of a store ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stop {
    /// Normally, by its owner: the store is closed or dropped.
    Clean,
    /// In the middle, without a chance to write anything more.
    ///
    /// If the storage is a file, a copy of all its files that is made while the store is open shows what a killed process
    /// leaves behind. Only killing the machine along with the process shows whether commits are synced.
    Killed,
}

impl Stop {
    /// Every way to end.
    pub const ALL: [Self; 2] = [Self::Clean, Self::Killed];
}

/// A cut connection, which stays down at the latest until this value is dropped.
#[must_use = "the cut ends when it is dropped"]
pub struct Cut {
    _ended_by_drop: Box<dyn Any>,
}

impl Cut {
    /// Creates a cut that ends when `guard` is dropped; use `()` if the store reconnects by itself.
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
