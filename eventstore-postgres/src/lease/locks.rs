use std::sync::{Arc, Mutex, PoisonError};

use eventstore_core::{AcquiredLease, Error, EventNumber, LeaseToken, Result, SubscriptionKey};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use super::{HeldLease, Holding, InHand, Range, Session, Written};
use crate::statements::Statements;
use crate::{Layout, PostgresConfig};

/// The locks of one process: all of them on one connection, opened when the first is taken.
///
/// The queue of commands is as long as there are callers who wait and leases that were dropped. The task that owns the connection
/// belongs to the runtime that the store was connected on, and is begun again after a panic.
pub(crate) struct LockSession {
    config: PostgresConfig,
    statements: Arc<Statements>,
    has_additions: bool,
    runtime: Handle,
    commands: Mutex<mpsc::UnboundedSender<Command>>,
    /// None where no other library shares the store.
    written: Option<Arc<Written>>,
    in_hand: Arc<InHand>,
}

pub(super) enum Command {
    TryAcquire {
        key: SubscriptionKey,
        start_after: EventNumber,
        reply: oneshot::Sender<Result<Option<(HeldLease, EventNumber)>>>,
    },
    Release {
        lease: LeaseToken,
        holding: Arc<Holding>,
        done: Option<oneshot::Sender<()>>,
    },
}

impl LockSession {
    pub(crate) fn new(
        config: PostgresConfig,
        statements: Arc<Statements>,
        layout: Layout,
        has_additions: bool,
    ) -> Self {
        let (ended, _) = mpsc::unbounded_channel();
        Self {
            config,
            statements,
            has_additions,
            runtime: Handle::current(),
            commands: Mutex::new(ended),
            written: (layout == Layout::Original).then(|| Arc::new(Written::new(has_additions))),
            in_hand: Arc::default(),
        }
    }

    pub(crate) async fn try_acquire(
        &self,
        key: &SubscriptionKey,
        start_after: EventNumber,
    ) -> Result<Option<AcquiredLease>> {
        let (reply, answer) = oneshot::channel();
        let command = Command::TryAcquire {
            key: key.clone(),
            start_after,
            reply,
        };
        self.commands().send(command).map_err(|_| ended())?;
        let acquired = answer.await.map_err(|_| ended())??;
        Ok(acquired.map(|(lease, checkpoint)| AcquiredLease {
            lease: Box::new(lease.kept_in(&self.in_hand)),
            checkpoint,
        }))
    }

    /// Whether this process was given the lease, and has not given it back.
    pub(crate) fn is_in_hand(&self, lease: LeaseToken) -> bool {
        self.in_hand.holds(lease)
    }

    /// Where the checkpoint of the lease's holder may be.
    pub(crate) fn range(&self, lease: LeaseToken) -> Range {
        self.written.as_ref().map_or(Range::ALL, |written| written.range(lease))
    }

    /// As [`range`](Self::range); this checkpoint is about to be stored.
    pub(crate) fn attempt(&self, lease: LeaseToken, checkpoint: EventNumber) -> Range {
        let written = self.written.as_ref();
        written.map_or(Range::ALL, |written| written.attempt(lease, checkpoint))
    }

    /// This checkpoint was not stored, and will not be by the same attempt.
    pub(crate) fn withdraw(&self, lease: LeaseToken, checkpoint: EventNumber) {
        if let Some(written) = &self.written {
            written.withdraw(lease, checkpoint);
        }
    }

    /// This checkpoint is stored.
    pub(crate) fn confirm(&self, lease: LeaseToken, checkpoint: EventNumber) {
        if let Some(written) = &self.written {
            written.confirm(lease, checkpoint);
        }
    }

    /// Where the task takes its commands, which is begun unless there is one.
    fn commands(&self) -> mpsc::UnboundedSender<Command> {
        let mut commands = self.commands.lock().unwrap_or_else(PoisonError::into_inner);
        if commands.is_closed() {
            let (sender, receiver) = mpsc::unbounded_channel();
            let (config, statements) = (self.config.clone(), Arc::clone(&self.statements));
            let written = self.written.clone();
            let session = Session::new(config, statements, self.has_additions, written, sender.downgrade());
            self.runtime.spawn(session.run(receiver));
            *commands = sender;
        }
        commands.clone()
    }
}

/// The task ended before it answered: by a panic, after which the next attempt begins another one, or with its runtime.
fn ended() -> Error {
    Error::Unavailable {
        message: "the task that keeps the leases has ended, perhaps with the runtime that the store was connected on"
            .to_owned(),
        source: None,
    }
}
