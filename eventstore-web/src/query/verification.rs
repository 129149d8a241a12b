use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::JoinHandle;

use super::{Check, Verifier};

/// How many findings are kept: more say no more.
const KEPT: usize = 1_000;

/// The latest check of a store.
#[derive(Debug, Default)]
pub(crate) struct Verification {
    running: Mutex<Option<Running>>,
}

#[derive(Debug)]
struct Running {
    progress: Arc<Mutex<Progress>>,
    task: JoinHandle<()>,
}

/// What a check has told so far.
#[derive(Debug, Default, Clone)]
pub(crate) struct Progress {
    /// About how much there is to look at.
    pub(crate) total: u64,
    pub(crate) looked_at: u64,
    /// Whether each is damage, and what it is.
    pub(crate) findings: Vec<(bool, String)>,
    /// How the check has ended, if it has.
    pub(crate) outcome: Option<Result<(), String>>,
}

impl Verification {
    /// Begins a check unless one is running.
    pub(crate) fn begin(&self, verifier: Arc<dyn Verifier>) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running.as_ref().is_some_and(|running| !running.task.is_finished()) {
            return;
        }
        let progress = Arc::default();
        let task = tokio::spawn(check(verifier, Arc::clone(&progress)));
        *running = Some(Running { progress, task });
    }

    pub(crate) fn progress(&self) -> Option<Progress> {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.as_ref().map(|running| lock(&running.progress).clone())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn check(verifier: Arc<dyn Verifier>, progress: Arc<Mutex<Progress>>) {
    let outcome = verifier.verify(&mut |check| lock(&progress).add(check)).await;
    lock(&progress).outcome = Some(outcome);
}

impl Progress {
    fn add(&mut self, check: Check) {
        match check {
            Check::Total(total) => self.total = total,
            Check::LookedAt(count) => self.looked_at = self.looked_at.saturating_add(count),
            Check::Finding { is_damage, text } if self.findings.len() < KEPT => self.findings.push((is_damage, text)),
            Check::Finding { .. } => {}
        }
    }
}

fn lock(progress: &Mutex<Progress>) -> MutexGuard<'_, Progress> {
    progress.lock().unwrap_or_else(PoisonError::into_inner)
}
