use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use eventstore_core::backend::{Lease, LeaseLoss, LeaseToken};

use super::lease_mark::LeaseMark;
use super::state::State;

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
        self.mark.until_lost().await
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
            // The lease may have been revoked and given to another holder, whose mark has the same id and stays.
            .is_some_and(|held| Arc::ptr_eq(held, &self.mark))
        {
            state.leases.remove(&self.token.id);
        }
    }
}
