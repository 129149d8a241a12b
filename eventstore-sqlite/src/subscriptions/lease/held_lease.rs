use std::sync::Arc;

use async_trait::async_trait;
use eventstore_core::backend::{Lease, LeaseLoss, LeaseToken};
use tokio::sync::{mpsc, oneshot};

use super::{Command, Hold, Holdings, Release};

/// A lease that this store holds.
pub(super) struct HeldLease {
    hold: Arc<Hold>,
    holdings: Arc<Holdings>,
    keeper: mpsc::UnboundedSender<Command>,
    is_released: bool,
}

impl HeldLease {
    pub(super) fn new(hold: Arc<Hold>, holdings: Arc<Holdings>, keeper: mpsc::UnboundedSender<Command>) -> Self {
        Self {
            hold,
            holdings,
            keeper,
            is_released: false,
        }
    }

    fn give_back(&mut self, done: Option<oneshot::Sender<()>>) {
        self.is_released = true;
        self.holdings.remove(&self.hold);
        // If the task has ended, the lease ends by itself.
        let _ = self.keeper.send(Command::Release(Release {
            lease: self.hold.token(),
            until: self.hold.until(),
            done,
        }));
    }
}

#[async_trait]
impl Lease for HeldLease {
    fn token(&self) -> LeaseToken {
        self.hold.token()
    }

    async fn lost(&self) -> LeaseLoss {
        let in_doubt = self.holdings.until_in_doubt(&self.hold);
        self.hold.until_lost(in_doubt).await
    }

    fn watches_stream(&self) -> bool {
        self.hold.watches_stream()
    }

    async fn release(mut self: Box<Self>) {
        let (done, released) = oneshot::channel();
        self.give_back(Some(done));
        // An error means that the task has ended: the lease ends by itself.
        let _ = released.await;
    }
}

impl Drop for HeldLease {
    fn drop(&mut self) {
        if !self.is_released {
            self.give_back(None);
        }
    }
}
