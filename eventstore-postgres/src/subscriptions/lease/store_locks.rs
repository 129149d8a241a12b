use std::sync::Arc;

use eventstore_core::backend::{AcquiredLease, LeaseToken, StreamWatch};
use eventstore_core::{Error, EventNumber, Result, SubscriptionKey};
use tokio::sync::oneshot;

use super::{Acquisition, Command, InHand, LeaseTable, Range, SharedLocks, Watching};
use crate::connection::SessionContext;

/// The locks of one store, on the connection that the stores of a process share (ADR 42).
pub(crate) struct StoreLocks {
    table: Arc<LeaseTable>,
    shared: Arc<SharedLocks>,
    in_hand: Arc<InHand>,
}

impl StoreLocks {
    pub(crate) fn new(context: &SessionContext, shared: Arc<SharedLocks>) -> Self {
        Self {
            table: Arc::new(LeaseTable::new(context)),
            shared,
            in_hand: Arc::default(),
        }
    }

    pub(crate) async fn try_acquire(
        &self,
        key: &SubscriptionKey,
        start_after: EventNumber,
    ) -> Result<Option<AcquiredLease>> {
        let (reply, answer) = oneshot::channel();
        let command = Command::TryAcquire(Acquisition {
            table: Arc::clone(&self.table),
            key: key.clone(),
            start_after,
            reply,
        });
        self.shared.commands().send(command).map_err(|_| ended())?;
        let acquired = answer.await.map_err(|_| ended())??;
        Ok(acquired.map(|(lease, checkpoint)| AcquiredLease {
            lease: Box::new(lease.kept_in(&self.in_hand)),
            checkpoint,
        }))
    }

    pub(crate) async fn watch_stream(&self, lease: LeaseToken) -> Result<StreamWatch> {
        let (reply, answer) = oneshot::channel();
        let command = Command::Watch(Watching {
            table: Arc::clone(&self.table),
            lease,
            reply,
        });
        self.shared.commands().send(command).map_err(|_| ended())?;
        answer.await.map_err(|_| ended())?
    }

    /// Whether this process was given the lease, and has not given it back.
    pub(crate) fn is_in_hand(&self, lease: LeaseToken) -> bool {
        self.in_hand.holds(lease)
    }

    /// The range in which the checkpoint of the lease's holder may be.
    pub(crate) fn range(&self, lease: LeaseToken) -> Range {
        self.table
            .written
            .as_ref()
            .map_or(Range::ALL, |written| written.range(lease))
    }

    /// The same as [`range`](Self::range); this checkpoint is about to be stored.
    pub(crate) fn attempt(&self, lease: LeaseToken, checkpoint: EventNumber) -> Range {
        let written = self.table.written.as_ref();
        written.map_or(Range::ALL, |written| written.attempt(lease, checkpoint))
    }

    /// This checkpoint was not stored, and the same attempt will not store it later.
    pub(crate) fn withdraw(&self, lease: LeaseToken, checkpoint: EventNumber) {
        if let Some(written) = &self.table.written {
            written.withdraw(lease, checkpoint);
        }
    }

    /// This checkpoint is stored.
    pub(crate) fn confirm(&self, lease: LeaseToken, checkpoint: EventNumber) {
        if let Some(written) = &self.table.written {
            written.confirm(lease, checkpoint);
        }
    }
}

/// The task ended before it answered: by a panic, after which the next call starts another task, or with its runtime.
fn ended() -> Error {
    Error::Unavailable {
        message: "the task that keeps the leases has ended, perhaps with the runtime that the store was connected on"
            .to_owned(),
        source: None,
    }
}
