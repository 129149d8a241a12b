use std::any::Any;
use std::sync::Arc;

use async_trait::async_trait;
use eventstore_core::{EventNumber, StreamName, StreamSelector};

use super::{AnyTransaction, Backend, Payloads};

/// A store to be tested, empty at first, and what can befall it.
///
/// Each case gets a harness of its own; dropping it is the teardown. [`Setup`](super::Setup) makes one of closures; the
/// attribute of a hand-written `impl` is `#[async_trait(?Send)]`.
///
/// The last nine methods are abilities, two of them together one, `effects`. A case that needs one fails on a harness that does not have it, unless
/// [`conformance!`](crate::conformance!) was told to leave such cases out, by the name of the method.
#[async_trait(?Send)]
pub trait Harness {
    /// The store under test, hard deletes enabled.
    fn store(&self) -> Arc<dyn Backend>;

    /// Another process's view of the same storage, hard deletes enabled.
    ///
    /// Where a storage is used by one process only, it is the same store; such a harness does not have
    /// [`close_store`](Self::close_store), as no other node goes on when that is closed.
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

    /// Ends [`store`](Self::store), and opens its storage again: from then on, `store` is what was opened.
    ///
    /// Whoever calls this has given back every node; what the process remembered is lost with it.
    async fn reopen(&self, _stop: Stop) {
        lacks("reopen")
    }

    /// Makes an effect in the transaction of a projection, as a projection of the backend's would: this number is kept.
    async fn make_effect(&self, _transaction: &mut AnyTransaction, _effect: u32) {
        lacks("effects")
    }

    /// All effects that are seen from outside, ascending.
    async fn effects(&self) -> Vec<u32> {
        lacks("effects")
    }
}

/// How the process of a store ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stop {
    /// As its owner ends it: it is closed, or dropped.
    Clean,
    /// In the middle, without a chance to write anything more.
    ///
    /// Where a storage is a file, a copy of all its files that is made while the store is open shows what a killed process
    /// leaves. Only what is killed together with the machine shows whether commits are synced.
    Killed,
}

impl Stop {
    /// Every way to end.
    pub const ALL: [Self; 2] = [Self::Clean, Self::Killed];
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
