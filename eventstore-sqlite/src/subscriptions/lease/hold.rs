use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use eventstore_core::backend::{LeaseLoss, LeaseToken};
use tokio::sync::watch;

use super::Clock;

/// What a lease and the task that renews it share.
#[derive(Debug)]
pub(super) struct Hold {
    token: LeaseToken,
    lost: watch::Sender<Option<LeaseLoss>>,
    watches_stream: AtomicBool,
    /// When the lease ends, by the machine's clock.
    until: AtomicI64,
}

impl Hold {
    pub(super) fn new(token: LeaseToken, given_at: i64, watches_stream: bool) -> Arc<Self> {
        Arc::new(Self {
            token,
            lost: watch::Sender::new(None),
            watches_stream: watches_stream.into(),
            until: Clock::end_of(given_at).into(),
        })
    }

    pub(super) fn token(&self) -> LeaseToken {
        self.token
    }

    /// Only the first loss counts.
    pub(super) fn lose(&self, loss: LeaseLoss) {
        self.lost.send_if_modified(|lost| {
            let is_first = lost.is_none();
            *lost = lost.or(Some(loss));
            is_first
        });
    }

    pub(super) fn is_lost(&self) -> bool {
        self.lost.borrow().is_some()
    }

    pub(super) fn renew(&self, at: i64, watches_stream: bool) {
        self.until.fetch_max(Clock::end_of(at), Ordering::SeqCst);
        self.watches_stream.fetch_or(watches_stream, Ordering::SeqCst);
    }

    pub(super) fn until(&self) -> i64 {
        self.until.load(Ordering::SeqCst)
    }

    pub(super) fn watches_stream(&self) -> bool {
        self.watches_stream.load(Ordering::SeqCst)
    }

    /// Waits until the lease is lost, at the latest when `in_doubt` is ready.
    pub(super) async fn until_lost(&self, in_doubt: impl Future<Output = ()>) -> LeaseLoss {
        let mut lost = self.lost.subscribe();
        tokio::select! {
            biased;
            _ = lost.wait_for(Option::is_some) => {}
            () = in_doubt => self.lose(LeaseLoss::InDoubt),
        }
        let lost = *self.lost.borrow();
        lost.unwrap_or(LeaseLoss::InDoubt)
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};

    use eventstore_core::SubscriptionId;
    use eventstore_core::backend::LeaseEpoch;
    use futures_util::FutureExt;

    use super::*;

    fn hold() -> Arc<Hold> {
        let token = LeaseToken {
            id: SubscriptionId::new(1),
            epoch: LeaseEpoch::new(1),
        };
        Hold::new(token, 0, true)
    }

    #[tokio::test]
    async fn tells_the_first_loss_for_ever() {
        let hold = hold();
        assert!(hold.until_lost(pending()).now_or_never().is_none());
        hold.lose(LeaseLoss::SubscriptionDeleted);
        hold.lose(LeaseLoss::InDoubt);
        for _ in 0..2 {
            assert_eq!(hold.until_lost(ready(())).await, LeaseLoss::SubscriptionDeleted);
        }
    }

    #[tokio::test]
    async fn stays_lost_once_it_was_in_doubt() {
        let hold = hold();
        assert_eq!(hold.until_lost(ready(())).await, LeaseLoss::InDoubt);
        hold.renew(10, true);
        assert_eq!(hold.until_lost(pending()).await, LeaseLoss::InDoubt);
    }
}
