use std::sync::Arc;

use eventstore_core::{Error, Lease, Result, SubscriptionId};
use tokio::sync::{mpsc, oneshot};

use super::{HeldLease, Holding, Session};
use crate::PostgresConfig;
use crate::statements::Statements;

/// The locks of one process: all of them on one connection, opened when the first is taken.
///
/// The queue of commands is as long as there are callers who wait and leases that were dropped.
pub(crate) struct LockSession {
    commands: mpsc::UnboundedSender<Command>,
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
        let (commands, receiver) = mpsc::unbounded_channel();
        let session = Session::new(config, statements, has_additions, commands.downgrade());
        tokio::spawn(session.run(receiver));
        Self { commands }
    }

    pub(crate) async fn try_acquire(&self, id: SubscriptionId) -> Result<Option<Box<dyn Lease>>> {
        let (reply, answer) = oneshot::channel();
        self.commands
            .send(Command::TryAcquire { id, reply })
            .map_err(|_| closed())?;
        Ok(match answer.await.map_err(|_| closed())?? {
            Some(lease) => Some(Box::new(lease)),
            None => None,
        })
    }
}

pub(super) fn closed() -> Error {
    Error::Unavailable {
        message: "the store has been closed".to_owned(),
        source: None,
    }
}
