use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use eventstore_core::backend::LeaseToken;

/// The leases that this process has been given and has not given back, including lost ones: while the store closes, checkpoints are
/// stored only under these.
#[derive(Debug, Default)]
pub(super) struct InHand(Mutex<HashSet<LeaseToken>>);

impl InHand {
    pub(super) fn put(&self, lease: LeaseToken) {
        self.leases().insert(lease);
    }

    pub(super) fn remove(&self, lease: LeaseToken) {
        self.leases().remove(&lease);
    }

    pub(super) fn holds(&self, lease: LeaseToken) -> bool {
        self.leases().contains(&lease)
    }

    fn leases(&self) -> MutexGuard<'_, HashSet<LeaseToken>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
