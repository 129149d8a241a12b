use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use eventstore_core::{
    Append, AppendReceipt, CheckpointOutcome, Error, EventNumber, EventReader, EventWriter, Lease, Listener, Notifier,
    Page, PageRequest, Result, StreamDirectory, StreamInfo, StreamName, StreamSelector, SubscriptionId,
    SubscriptionKey, SubscriptionLocks, SubscriptionRecord, SubscriptionStore,
};

use super::clock::now;
use super::lease::{LeaseMark, MemoryLease};
use super::listener::MemoryListener;
use super::node::Node;
use super::state::State;

/// An event store in memory: the reference that other backends are compared with, and a backend for tests.
///
/// Clones are the same node; [`another_node`](Self::another_node) is like a second process on the same storage. A
/// node's connections to its storage can be made to fail, as those to a server would.
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
    state: Arc<Mutex<State>>,
    node: Arc<Node>,
}

impl MemoryStore {
    /// An empty store with one node.
    pub fn new() -> Self {
        Self::node_on(Arc::new(Mutex::new(State::new(now()))))
    }

    /// Another node on the same storage.
    #[must_use]
    pub fn another_node(&self) -> Self {
        Self::node_on(Arc::clone(&self.state))
    }

    /// From now on this node hears of no event, as if its connection for notifications were down.
    pub fn pause_notifications(&self) {
        self.node.pause();
    }

    /// This node hears of events again; its listeners are told that hints may have been lost.
    pub fn resume_notifications(&self) {
        self.node.resume();
    }

    /// Takes away all leases that this node holds, as if its connection for locks had been cut.
    pub fn revoke_leases(&self) {
        self.state().leases.retain(|_, mark| {
            let lost = mark.is_held_by(&self.node);
            if lost {
                mark.revoke();
            }
            !lost
        });
    }

    /// The next `count` reads of this node fail with [`Error::Unavailable`].
    pub fn fail_next_reads(&self, count: u32) {
        self.node.fail_next_reads(count);
    }

    /// Puts a stream without events there, unless the stream exists.
    pub fn create_empty_stream(&self, stream: &StreamName) {
        self.state().create_stream(stream, now());
    }

    fn node_on(state: Arc<Mutex<State>>) -> Self {
        let store = Self {
            state,
            node: Arc::default(),
        };
        store.state().nodes.push(Arc::downgrade(&store.node));
        store
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl EventWriter for MemoryStore {
    async fn append(&self, append: Append) -> Result<AppendReceipt> {
        self.state().append(&append, now())
    }
}

#[async_trait]
impl EventReader for MemoryStore {
    async fn read_page(&self, request: PageRequest) -> Result<Page> {
        if self.node.takes_read_failure() {
            return Err(Error::Unavailable {
                message: "this read was to fail".to_owned(),
                source: None,
            });
        }
        self.state().read_page(&request)
    }
}

#[async_trait]
impl StreamDirectory for MemoryStore {
    async fn stream_info(&self, selector: &StreamSelector) -> Result<StreamInfo> {
        self.state().stream_info(selector)
    }
}

impl Notifier for MemoryStore {
    fn listen(&self, selector: &StreamSelector) -> Box<dyn Listener> {
        Box::new(MemoryListener(self.node.listen(selector.clone())))
    }
}

#[async_trait]
impl SubscriptionStore for MemoryStore {
    async fn find_or_create_subscription(
        &self,
        key: &SubscriptionKey,
        start_after: EventNumber,
    ) -> Result<SubscriptionRecord> {
        self.state().find_or_create_subscription(key, start_after)
    }

    async fn save_checkpoint(&self, id: SubscriptionId, checkpoint: EventNumber) -> Result<CheckpointOutcome> {
        Ok(self.state().save_checkpoint(id, checkpoint))
    }
}

#[async_trait]
impl SubscriptionLocks for MemoryStore {
    async fn try_acquire(&self, id: SubscriptionId) -> Result<Option<Box<dyn Lease>>> {
        match self.state().leases.entry(id) {
            Entry::Occupied(_) => Ok(None),
            Entry::Vacant(free) => {
                let mark = Arc::clone(free.insert(Arc::new(LeaseMark::new(&self.node))));
                let state = Arc::clone(&self.state);
                Ok(Some(Box::new(MemoryLease { state, id, mark })))
            }
        }
    }
}
