use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use eventstore_core::SubscriptionId;
use eventstore_core::backend::{LeaseLoss, LeaseToken};
use tokio::time::sleep;
use tracing::info;

use super::clock::millis;
use super::{Clock, Hold, Renewal};

/// How often the leases are renewed.
pub(super) const INTERVAL: Duration = Duration::from_secs(1);

/// How often to see whether leases were renewed that could not be renewed during a step.
const STEP_INTERVAL: Duration = Duration::from_millis(100);

/// The leases that a store holds.
#[derive(Debug)]
pub(super) struct Holdings {
    pub(super) clock: Clock,
    held: Mutex<Held>,
    renewed_at: AtomicI64,
    /// Whether a step of a projection has begun, and the writer was not had since.
    has_step: AtomicBool,
}

#[derive(Debug, Default)]
struct Held {
    /// Those to be renewed.
    holds: HashMap<SubscriptionId, Arc<Hold>>,
    /// Those that were given and not given back, including lost ones: while the store closes, these store their last checkpoints.
    in_hand: HashSet<LeaseToken>,
}

impl Holdings {
    pub(super) fn new(clock: Clock) -> Self {
        Self {
            clock,
            held: Mutex::default(),
            renewed_at: AtomicI64::default(),
            has_step: AtomicBool::default(),
        }
    }

    pub(super) fn insert(&self, hold: &Arc<Hold>, given_at: i64) {
        let mut held = self.held();
        if held.holds.is_empty() {
            self.renewed_at.store(given_at, Ordering::SeqCst);
        }
        held.in_hand.insert(hold.token());
        held.holds.insert(hold.token().id, Arc::clone(hold));
    }

    /// Takes back what its holder gives back: it is not renewed any more.
    pub(super) fn remove(&self, hold: &Arc<Hold>) {
        self.held().in_hand.remove(&hold.token());
        self.forget(hold);
    }

    pub(super) fn is_in_hand(&self, lease: LeaseToken) -> bool {
        self.held().in_hand.contains(&lease)
    }

    pub(super) fn hold(&self, lease: LeaseToken) -> Option<Arc<Hold>> {
        let held = self.held();
        let hold = held.holds.get(&lease.id);
        hold.filter(|hold| hold.token() == lease).map(Arc::clone)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.held().holds.is_empty()
    }

    pub(super) fn all(&self) -> Vec<Arc<Hold>> {
        self.held().holds.values().map(Arc::clone).collect()
    }

    pub(super) fn is_older_than(&self, interval: Duration) -> bool {
        let age = self.clock.now() - self.renewed_at.load(Ordering::SeqCst);
        age >= millis(interval)
    }

    pub(super) fn take_in(&self, renewal: Renewal) {
        self.renewed_at.store(renewal.at, Ordering::SeqCst);
        for (hold, watches_stream) in renewal.renewed {
            hold.renew(renewal.at, watches_stream);
        }
        for (hold, loss) in renewal.lost {
            info!(id = hold.token().id.get(), ?loss, "the lease of a subscription ends");
            hold.lose(loss);
            self.forget(&hold);
        }
    }

    /// Tells all holders that their leases are in doubt.
    pub(super) fn lose_all(&self) {
        for (_, hold) in self.held().holds.drain() {
            hold.lose(LeaseLoss::InDoubt);
        }
    }

    /// Says that a step has begun: until it ends, no one can write to the file, and no lease of ours can be renewed or given to others.
    pub(super) fn step_begun(&self) {
        self.has_step.store(true, Ordering::SeqCst);
    }

    /// Says that the writer is in use by something else than a step, or that a step is about to end and the leases are renewed.
    pub(super) fn step_over(&self) {
        self.has_step.store(false, Ordering::SeqCst);
    }

    /// Waits until another process may have the lease.
    ///
    /// It needs no task but that of the holder: a process that was stopped, and goes on, finds that the time has passed.
    pub(super) async fn until_in_doubt(&self, hold: &Hold) {
        loop {
            let left = u64::try_from(hold.until() - self.clock.now()).unwrap_or(0);
            match left {
                0 if self.has_step.load(Ordering::SeqCst) => sleep(STEP_INTERVAL).await,
                0 => return,
                left => sleep(Duration::from_millis(left)).await,
            }
        }
    }

    fn forget(&self, hold: &Arc<Hold>) {
        let holds = &mut self.held().holds;
        if holds.get(&hold.token().id).is_some_and(|held| Arc::ptr_eq(held, hold)) {
            holds.remove(&hold.token().id);
        }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
