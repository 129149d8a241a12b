use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use eventstore_core::backend::{Lease, LeaseLoss, LeaseToken};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until};

use super::{Command, InHand, LeaseTable, Release};

/// A lease counts as lost this long after the last question that the server answered was asked: before the server, having heard
/// nothing, gives the lease to another process (ADR 23).
const DOUBT: Duration = Duration::from_secs(3);

/// What a lease and the session of its lock share.
#[derive(Debug)]
pub(super) struct HeldLock {
    lost: watch::Sender<Option<LeaseLoss>>,
    watches_stream: AtomicBool,
    /// When the last question that the server answered was asked, on the connection of all locks.
    confirmed: watch::Receiver<Instant>,
}

impl HeldLock {
    pub(super) fn new(confirmed: watch::Receiver<Instant>, watches_stream: bool) -> Arc<Self> {
        Arc::new(Self {
            lost: watch::Sender::new(None),
            watches_stream: watches_stream.into(),
            confirmed,
        })
    }

    /// Only the first loss counts.
    pub(super) fn lose(&self, loss: LeaseLoss) {
        self.lost.send_if_modified(|lost| {
            let is_first = lost.is_none();
            *lost = lost.or(Some(loss));
            is_first
        });
    }

    pub(super) fn watch_stream(&self) {
        self.watches_stream.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_lost(&self) -> bool {
        self.lost.borrow().is_some()
    }

    async fn until_lost(&self) -> LeaseLoss {
        let mut lost = self.lost.subscribe();
        tokio::select! {
            // The sender lives as long as `self`.
            lost = lost.wait_for(Option::is_some) => lost.ok().and_then(|lost| *lost).unwrap_or(LeaseLoss::InDoubt),
            () = self.until_in_doubt() => LeaseLoss::InDoubt,
        }
    }

    /// Needs no task but its own: a process that was stopped, and goes on, finds that the time has passed.
    async fn until_in_doubt(&self) {
        loop {
            let deadline = *self.confirmed.borrow() + DOUBT;
            if deadline <= Instant::now() {
                return;
            }
            sleep_until(deadline).await;
        }
    }
}

/// A lock that this process holds.
pub(super) struct HeldLease {
    table: Arc<LeaseTable>,
    token: LeaseToken,
    holding: Arc<HeldLock>,
    commands: mpsc::UnboundedSender<Command>,
    in_hand: Option<Arc<InHand>>,
    released: bool,
}

impl HeldLease {
    pub(super) fn new(
        table: Arc<LeaseTable>,
        token: LeaseToken,
        holding: Arc<HeldLock>,
        commands: mpsc::UnboundedSender<Command>,
    ) -> Self {
        Self {
            table,
            token,
            holding,
            commands,
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
        let release = Command::Release(Release {
            table: Arc::clone(&self.table),
            lease: self.token,
            holding: Arc::clone(&self.holding),
            done,
        });
        // An error means that the session has ended, and the lock with it.
        let _ = self.commands.send(release);
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
        self.holding.watches_stream.load(Ordering::Relaxed)
    }

    async fn release(mut self: Box<Self>) {
        let (done, released) = oneshot::channel();
        self.give_back(Some(done));
        // An error means the same as an answer: the session no longer holds the lock.
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

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    /// Behaviours: T53.
    #[tokio::test(start_paused = true)]
    async fn is_in_doubt_when_nothing_was_confirmed_for_long() {
        let confirmed = watch::Sender::new(Instant::now());
        let holding = HeldLock::new(confirmed.subscribe(), true);
        for _ in 0..10 {
            tokio::time::advance(DOUBT / 2).await;
            assert_eq!(holding.until_lost().now_or_never(), None);
            confirmed.send_replace(Instant::now());
        }
        assert_eq!(holding.until_lost().await, LeaseLoss::InDoubt);
        assert_eq!(confirmed.borrow().elapsed(), DOUBT);
    }

    #[tokio::test(start_paused = true)]
    async fn tells_the_first_loss_for_ever() {
        let confirmed = watch::Sender::new(Instant::now());
        let holding = HeldLock::new(confirmed.subscribe(), true);
        assert!(!holding.is_lost());
        holding.lose(LeaseLoss::SubscriptionDeleted);
        holding.lose(LeaseLoss::InDoubt);
        for _ in 0..2 {
            assert_eq!(holding.until_lost().await, LeaseLoss::SubscriptionDeleted);
        }
    }
}
