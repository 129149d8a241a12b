use std::sync::{Mutex, PoisonError};

use tokio::runtime::Handle;
use tokio::sync::mpsc;

use super::{Command, LockOwner};
use crate::config::PostgresConfig;

/// The locks of all stores of a process that share a pool: on one connection, opened when the first lock is taken.
///
/// The task that owns the connection belongs to the runtime on which the first of the stores was connected, and is restarted if it
/// panics (ADR 42).
pub(crate) struct SharedLocks {
    config: PostgresConfig,
    runtime: Handle,
    /// The queue of commands is as long as there are callers that wait and leases that were dropped.
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

    /// The channel to the running task, or to a new task that replaces one that has ended.
    pub(super) fn commands(&self) -> mpsc::UnboundedSender<Command> {
        let mut commands = self.commands.lock().unwrap_or_else(PoisonError::into_inner);
        match &*commands {
            Some(running) if !running.is_closed() => running.clone(),
            _ => commands.insert(self.begin()).clone(),
        }
    }

    fn begin(&self) -> mpsc::UnboundedSender<Command> {
        let (commands, receiver) = mpsc::unbounded_channel();
        let owner = LockOwner::new(self.config.clone(), commands.downgrade());
        self.runtime.spawn(owner.run(receiver));
        commands
    }
}
