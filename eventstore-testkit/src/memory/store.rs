use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use eventstore_core::backend::LeaseLoss;
use eventstore_core::{Error, EventNumber, Result, StreamName, StreamSelector};

use super::clock::now;
use super::node::Node;
use super::paused_notifications::PausedNotifications;
use super::state::State;
use crate::Payloads;

/// An in-memory event store: the reference with which other backends are compared, and a backend for tests.
///
/// Clones are the same node; [`another_node`](Self::another_node) is like a second process on the same storage. A node's
/// connections to its storage can be made to fail, as connections to a server would.
///
/// ```
/// use eventstore_core::{Append, EventType, EventWriter, ExpectedVersion, NewEvent, StreamName, StreamVersion};
/// use eventstore_testkit::MemoryStore;
/// use uuid::Uuid;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = MemoryStore::new();
/// let event = NewEvent::new(Uuid::now_v7(), EventType::new("OrderPlaced")?, "{}");
/// let append = Append::new(StreamName::new("order-17")?, ExpectedVersion::NoStream, vec![event])?;
/// assert_eq!(store.append(append).await?.last_version, StreamVersion::FIRST);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct MemoryStore {
    pub(super) state: Arc<Mutex<State>>,
    pub(super) node: Arc<Node>,
    pub(super) hard_deletes_enabled: bool,
}

impl MemoryStore {
    /// Creates an empty store with one node, without hard deletes.
    pub fn new() -> Self {
        Self::node_on(Arc::new(Mutex::new(State::new(now()))))
    }

    /// Returns the same node with hard deletes enabled; other handles stay as they are.
    #[must_use]
    pub fn with_hard_deletes(self) -> Self {
        Self {
            hard_deletes_enabled: true,
            ..self
        }
    }

    /// Returns the same storage, which from now on keeps payloads as JSON values in a normal form, and refuses payloads
    /// that are not JSON.
    #[must_use]
    pub fn with_json_payloads(self) -> Self {
        self.state().payloads = Payloads::Json;
        self
    }

    /// Returns another node on the same storage, with the same settings.
    #[must_use]
    pub fn another_node(&self) -> Self {
        Self {
            hard_deletes_enabled: self.hard_deletes_enabled,
            ..Self::node_on(Arc::clone(&self.state))
        }
    }

    /// Returns a copy of what is stored now, with its own node, like a copy of a file that is in use.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self {
            hard_deletes_enabled: self.hard_deletes_enabled,
            ..Self::node_on(Arc::new(Mutex::new(self.state().copied())))
        }
    }

    /// Returns the effects of the committed projection steps, in ascending order.
    pub fn effects(&self) -> Vec<u32> {
        let mut effects = self.state().effects.clone();
        effects.sort_unstable();
        effects
    }

    /// Pauses the notifications of this node, as if its connection for notifications were down, until the returned value
    /// is dropped; then its listeners are told that hints may have been lost.
    pub fn pause_notifications(&self) -> PausedNotifications {
        PausedNotifications::of(Arc::clone(&self.node))
    }

    /// Revokes all leases that this node holds, as if its connection for locks had been cut.
    pub fn revoke_leases(&self) {
        self.state().leases.retain(|_, mark| {
            let lost = mark.is_held_by(&self.node);
            if lost {
                mark.revoke(LeaseLoss::InDoubt);
            }
            !lost
        });
    }

    /// Tells the listeners of this node that a stream has reached this number, whether true or not.
    pub fn forge_hint(&self, selector: &StreamSelector, number: EventNumber) {
        self.node.tell(selector, number);
    }

    /// Makes the next `count` reads of this node fail with [`Error::Unavailable`].
    pub fn fail_next_reads(&self, count: u32) {
        self.node.fail_next_reads(count);
    }

    /// Creates a stream without events, unless the stream exists.
    pub fn create_empty_stream(&self, stream: &StreamName) {
        self.state().stream_or_new(stream, now());
    }

    fn node_on(state: Arc<Mutex<State>>) -> Self {
        let store = Self {
            state,
            node: Arc::default(),
            hard_deletes_enabled: false,
        };
        store.state().nodes.push(Arc::downgrade(&store.node));
        store
    }

    /// What a call works on, without the memberships that have ended by now; refused once the node has been closed.
    pub(super) fn open_state(&self) -> Result<MutexGuard<'_, State>> {
        if self.node.is_closed() {
            return Err(Error::StoreClosed);
        }
        let mut state = self.state();
        state.end_memberships();
        Ok(state)
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}
