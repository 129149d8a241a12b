use std::sync::Arc;

use async_trait::async_trait;
use eventstore_core::backend::{Lease, LeaseLoss, LeaseToken};
use tokio::sync::oneshot;

use super::{HeldLock, InHand, LeaseTable};

/// The task to which a lease is given back.
pub(super) trait LeaseOwner: Send + Sync {
    fn take_back(&self, release: Release);
}

/// A lease that is given back.
pub(super) struct Release {
    pub(super) table: Arc<LeaseTable>,
    pub(super) lease: LeaseToken,
    pub(super) holding: Arc<HeldLock>,
    pub(super) done: Option<oneshot::Sender<()>>,
}

/// A lock that this process holds.
pub(super) struct HeldLease {
    table: Arc<LeaseTable>,
    token: LeaseToken,
    holding: Arc<HeldLock>,
    owner: Box<dyn LeaseOwner>,
    in_hand: Option<Arc<InHand>>,
    released: bool,
}

impl HeldLease {
    pub(super) fn new(
        table: Arc<LeaseTable>,
        token: LeaseToken,
        holding: Arc<HeldLock>,
        owner: impl LeaseOwner + 'static,
    ) -> Self {
        Self {
            table,
            token,
            holding,
            owner: Box::new(owner),
            in_hand: None,
            released: false,
        }
    }

    /// The same lease, which is known to be held by this process until it is given back.
    pub(super) fn kept_in(mut self, in_hand: &Arc<InHand>) -> Self {
        in_hand.put(self.token);
        self.in_hand = Some(Arc::clone(in_hand));
        self
    }

    fn give_back(&mut self, done: Option<oneshot::Sender<()>>) {
        self.released = true;
        if let Some(in_hand) = self.in_hand.take() {
            in_hand.remove(self.token);
        }
        self.owner.take_back(Release {
            table: Arc::clone(&self.table),
            lease: self.token,
            holding: Arc::clone(&self.holding),
            done,
        });
    }
}

#[async_trait]
impl Lease for HeldLease {
    fn token(&self) -> LeaseToken {
        self.token
    }

    async fn lost(&self) -> LeaseLoss {
        self.holding.until_lost().await
    }

    fn watches_stream(&self) -> bool {
        self.holding.watches_stream()
    }

    async fn release(mut self: Box<Self>) {
        let (done, released) = oneshot::channel();
        self.give_back(Some(done));
        // An error means the same as an answer: the task no longer holds the lock.
        let _ = released.await;
    }
}

impl Drop for HeldLease {
    fn drop(&mut self) {
        if !self.released {
            self.give_back(None);
        }
    }
}
