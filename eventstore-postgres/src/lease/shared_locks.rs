use std::sync::{Mutex, PoisonError};

use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::{Command, Session};
use crate::PostgresConfig;

/// The locks of all stores of a process that share a pool: on one connection, opened when the first is taken.
///
/// The task that owns it belongs to the runtime that the first of the stores was connected on, and is begun again if it panics
/// (ADR 42).
pub(crate) struct SharedLocks {
    config: PostgresConfig,
    runtime: Handle,
    /// The queue of commands is as long as there are callers who wait and leases that were dropped.
    commands: Mutex<Option<mpsc::UnboundedSender<Command>>>,
}

impl SharedLocks {
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub(crate) fn new(config: PostgresConfig) -> Self {
        Self {
            config,
            runtime: Handle::current(),
            commands: Mutex::default(),
        }
    }

    /// Where the session takes commands: the one that runs, or a new one in place of one that has ended.
    pub(super) fn commands(&self) -> mpsc::UnboundedSender<Command> {
        let mut commands = self.commands.lock().unwrap_or_else(PoisonError::into_inner);
        match &*commands {
            Some(running) if !running.is_closed() => running.clone(),
            _ => commands.insert(self.begin()).clone(),
        }
    }

    fn begin(&self) -> mpsc::UnboundedSender<Command> {
        let (commands, receiver) = mpsc::unbounded_channel();
        let session = Session::new(self.config.clone(), commands.downgrade());
        self.runtime.spawn(session.run(receiver));
        commands
    }
}
