use std::sync::{Arc, Mutex, PoisonError};

use eventstore_core::{Error, Lease, Result, SubscriptionId};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use super::{HeldLease, Holding, Session};
use crate::PostgresConfig;
use crate::statements::Statements;

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
}

pub(super) enum Command {
    TryAcquire {
        id: SubscriptionId,
        reply: oneshot::Sender<Result<Option<HeldLease>>>,
    },
    Release {
        id: SubscriptionId,
        holding: Arc<Holding>,
        done: Option<oneshot::Sender<()>>,
    },
}

impl LockSession {
    pub(crate) fn new(config: PostgresConfig, statements: Arc<Statements>, has_additions: bool) -> Self {
        let (ended, _) = mpsc::unbounded_channel();
        Self {
            config,
            statements,
            has_additions,
            runtime: Handle::current(),
            commands: Mutex::new(ended),
        }
    }

    pub(crate) async fn try_acquire(&self, id: SubscriptionId) -> Result<Option<Box<dyn Lease>>> {
        let (reply, answer) = oneshot::channel();
        self.commands()
            .send(Command::TryAcquire { id, reply })
            .map_err(|_| ended())?;
        Ok(match answer.await.map_err(|_| ended())?? {
            Some(lease) => Some(Box::new(lease)),
            None => None,
        })
    }

    /// Where the task takes its commands, which is begun unless there is one.
    fn commands(&self) -> mpsc::UnboundedSender<Command> {
        let mut commands = self.commands.lock().unwrap_or_else(PoisonError::into_inner);
        if commands.is_closed() {
            let (sender, receiver) = mpsc::unbounded_channel();
            let (config, statements) = (self.config.clone(), Arc::clone(&self.statements));
            let session = Session::new(config, statements, self.has_additions, sender.downgrade());
            self.runtime.spawn(session.run(receiver));
            *commands = sender;
        }
        commands.clone()
    }
}

/// The task ended before it answered: by a panic, after which the next attempt begins another one, or with its runtime.
fn ended() -> Error {
    Error::Unavailable {
        message: "the task that keeps the leases has ended, perhaps with the runtime that the store was connected on".to_owned(),
        source: None,
    }
}
