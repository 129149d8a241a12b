use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use eventstore_core::SubscriptionId;
use eventstore_core::backend::{LeaseLoss, LeaseToken};
use tokio::time::sleep;

use super::clock::millis;
use super::{Clock, Hold};
use crate::connection::Database;

/// How often the leases are renewed.
pub(super) const INTERVAL: Duration = Duration::from_secs(1);

/// How often to check, while a step keeps a lease from being renewed, whether it was renewed, or the step is over.
const STEP_INTERVAL: Duration = Duration::from_millis(100);

/// The leases that a store holds.
pub(super) struct Holdings {
    pub(super) clock: Clock,
    database: Arc<Database>,
    leases: Mutex<Leases>,
    renewed_at: AtomicI64,
    /// How many steps of projections are being committed.
    ending_steps: AtomicUsize,
}

#[derive(Debug, Default)]
struct Leases {
    /// Those to be renewed.
    renewing: HashMap<SubscriptionId, Arc<Hold>>,
    /// Those that were given and not given back, including lost ones: while the store closes, these store their last checkpoints.
    in_hand: HashSet<LeaseToken>,
}

impl Holdings {
    pub(super) fn new(clock: Clock, database: Arc<Database>) -> Self {
        Self {
            clock,
            database,
            leases: Mutex::default(),
            renewed_at: AtomicI64::default(),
            ending_steps: AtomicUsize::default(),
        }
    }

    pub(super) fn insert(&self, hold: &Arc<Hold>, given_at: i64) {
        let mut leases = self.leases();
        if leases.renewing.is_empty() {
            self.renewed(given_at);
        }
        leases.in_hand.insert(hold.token());
        leases.renewing.insert(hold.token().id, Arc::clone(hold));
    }

    /// Takes back what its holder gives back: it is not renewed any more.
    pub(super) fn remove(&self, hold: &Arc<Hold>) {
        self.leases().in_hand.remove(&hold.token());
        self.forget(hold);
    }

    pub(super) fn is_in_hand(&self, lease: LeaseToken) -> bool {
        self.leases().in_hand.contains(&lease)
    }

    pub(super) fn hold(&self, lease: LeaseToken) -> Option<Arc<Hold>> {
        let leases = self.leases();
        let hold = leases.renewing.get(&lease.id);
        hold.filter(|hold| hold.token() == lease).map(Arc::clone)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.leases().renewing.is_empty()
    }

    pub(super) fn all(&self) -> Vec<Arc<Hold>> {
        self.leases().renewing.values().map(Arc::clone).collect()
    }

    pub(super) fn is_older_than(&self, interval: Duration) -> bool {
        let age = Clock::now() - self.renewed_at.load(Ordering::SeqCst);
        age >= millis(interval)
    }

    pub(super) fn renewed(&self, at: i64) {
        self.renewed_at.store(at, Ordering::SeqCst);
    }

    /// Tells all holders that their leases are in doubt.
    pub(super) fn lose_all(&self) {
        for (_, hold) in self.leases().renewing.drain() {
            hold.lose(LeaseLoss::InDoubt);
        }
    }

    /// Says that a step is being committed, until the guard is dropped.
    pub(super) fn end_step(&self) -> EndingStep<'_> {
        self.ending_steps.fetch_add(1, Ordering::SeqCst);
        EndingStep(self)
    }

    /// Whether a step keeps every other process from being given a lease of this store.
    ///
    /// A step that is being committed counts until its renewal is taken in, which is a moment after the file is free again.
    fn has_step(&self) -> bool {
        self.database.has_open_step() || self.ending_steps.load(Ordering::SeqCst) > 0
    }

    /// Waits until another process may have the lease.
    ///
    /// It needs no task but that of the holder: a process that was stopped, and goes on, finds that the time has passed.
    pub(super) async fn until_in_doubt(&self, hold: &Hold) {
        loop {
            // Asked first: a step that is over by then has renewed the lease, unless it failed.
            let has_step = self.has_step();
            let left = u64::try_from(hold.until() - Clock::now()).unwrap_or(0);
            match left {
                0 if has_step => sleep(STEP_INTERVAL).await,
                0 => return,
                left => sleep(Duration::from_millis(left)).await,
            }
        }
    }

    pub(super) fn forget(&self, hold: &Arc<Hold>) {
        let renewing = &mut self.leases().renewing;
        let id = hold.token().id;
        if renewing.get(&id).is_some_and(|latest| Arc::ptr_eq(latest, hold)) {
            renewing.remove(&id);
        }
    }

    fn leases(&self) -> MutexGuard<'_, Leases> {
        self.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A step that is being committed.
pub(super) struct EndingStep<'h>(&'h Holdings);

impl Drop for EndingStep<'_> {
    fn drop(&mut self) {
        self.0.ending_steps.fetch_sub(1, Ordering::SeqCst);
    }
}
