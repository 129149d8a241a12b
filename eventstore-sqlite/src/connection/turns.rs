use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use eventstore_core::{Error, Result};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::error::timed_out;

/// Lets the changes of one store write one after the other.
///
/// A file has one writer at a time. In a queue of the store's own, callers are served in order, which SQLite's busy handler does not promise.
#[derive(Debug)]
pub(super) struct Turns {
    turn: Arc<Semaphore>,
    patience: Duration,
    open_steps: Arc<AtomicUsize>,
}

/// No other change of the store writes until this is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    _permit: OwnedSemaphorePermit,
}

impl Turns {
    pub(super) fn new(patience: Duration) -> Self {
        Self {
            turn: Arc::new(Semaphore::new(1)),
            patience,
            open_steps: Arc::default(),
        }
    }

    /// Waits until the changes before this one have ended.
    pub(super) async fn next(&self) -> Result<Turn> {
        match timeout(self.patience, Arc::clone(&self.turn).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(Turn { _permit: permit }),
            Ok(Err(_)) => Err(Error::StoreClosed),
            Err(_) if self.has_open_step() => Err(timed_out(
                // Perhaps the change is made through the store from within that step, and would wait for itself forever.
                "a step of a projection has the only writer of the file; what the step itself changes belongs in its transaction",
                None,
            )),
            Err(_) => Err(timed_out("another change of this store did not end in time", None)),
        }
    }

    /// Whether a step of a projection of this store writes.
    pub(super) fn has_open_step(&self) -> bool {
        self.open_steps.load(Ordering::SeqCst) > 0
    }

    /// The steps of projections that are open.
    pub(super) fn open_steps(&self) -> &Arc<AtomicUsize> {
        &self.open_steps
    }
}
