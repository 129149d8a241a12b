use std::sync::{Arc, Mutex, PoisonError, Weak};

use async_trait::async_trait;
use eventstore_core::backend::{Lease, LeaseLoss, LeaseToken};
use tokio::sync::watch;

use super::node::Node;
use super::state::State;

/// A held lease: its holder, and whether it has been lost.
#[derive(Debug)]
pub(super) struct LeaseMark {
    holder: Weak<Node>,
    lost: watch::Sender<Option<LeaseLoss>>,
}

impl LeaseMark {
    pub(super) fn new(holder: &Arc<Node>) -> Self {
        Self {
            holder: Arc::downgrade(holder),
            lost: watch::Sender::new(None),
        }
    }

    pub(super) fn is_held_by(&self, node: &Arc<Node>) -> bool {
        self.holder.ptr_eq(&Arc::downgrade(node))
    }

    pub(super) fn revoke(&self, loss: LeaseLoss) {
        self.lost.send_replace(Some(loss));
    }
}

pub(super) struct MemoryLease {
    pub(super) state: Arc<Mutex<State>>,
    pub(super) token: LeaseToken,
    pub(super) mark: Arc<LeaseMark>,
}

#[async_trait]
impl Lease for MemoryLease {
    fn token(&self) -> LeaseToken {
        self.token
    }

    async fn lost(&self) -> LeaseLoss {
        let mut lost = self.mark.lost.subscribe();
        let lost = lost.wait_for(Option::is_some).await;
        // The sender lives in the mark, which this lease holds, so that the wait cannot fail.
        lost.ok().and_then(|lost| *lost).unwrap_or(LeaseLoss::InDoubt)
    }

    /// It is told of every stream that is created.
    fn watches_stream(&self) -> bool {
        true
    }

    async fn release(self: Box<Self>) {}
}

impl Drop for MemoryLease {
    fn drop(&mut self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state
            .leases
            .get(&self.token.id)
            .is_some_and(|held| Arc::ptr_eq(held, &self.mark))
        {
            state.leases.remove(&self.token.id);
        }
    }
}
