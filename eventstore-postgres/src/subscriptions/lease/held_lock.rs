use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use eventstore_core::backend::LeaseLoss;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

/// A lease counts as lost this long after the last question that the server answered was asked: before the server, having heard
/// nothing, gives the lease to another process (ADR 23).
const DOUBT: Duration = Duration::from_secs(3);

/// What a lease and the task that owns its lock share.
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

    pub(super) fn watches_stream(&self) -> bool {
        self.watches_stream.load(Ordering::Relaxed)
    }

    pub(super) fn is_lost(&self) -> bool {
        self.lost.borrow().is_some()
    }

    pub(super) async fn until_lost(&self) -> LeaseLoss {
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
