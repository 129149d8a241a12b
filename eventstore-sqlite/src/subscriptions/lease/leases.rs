use std::sync::{Arc, Mutex, PoisonError};

use eventstore_backend::{CheckpointGroup, CheckpointToSave};
use eventstore_core::backend::{AcquiredLease, CheckpointOutcome, LeaseToken, StreamWatch};
use eventstore_core::{Error, EventNumber, Result, SubscriptionKey};
use sqlx::SqliteConnection;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};

use super::{
    Acquisition, Clock, Command, Holdings, INTERVAL, Keeper, LeaseRow, Memberships, Renewal, Watching,
    extend_memberships, renew,
};
use crate::connection::{Database, SqliteTransaction};

/// The leases of one store, and what is stored under them.
///
/// The task that keeps them belongs to the runtime on which the store was opened, begins with the first lease, and begins again if it has
/// panicked.
pub(crate) struct Leases {
    database: Arc<Database>,
    holdings: Arc<Holdings>,
    checkpoints: CheckpointGroup,
    memberships: Memberships,
    runtime: Handle,
    keeper: Mutex<Option<mpsc::UnboundedSender<Command>>>,
}

impl Leases {
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub(crate) fn new(database: Arc<Database>) -> Self {
        Self {
            holdings: Arc::new(Holdings::new(Clock::of_this_machine(), Arc::clone(&database))),
            database,
            checkpoints: CheckpointGroup::default(),
            memberships: Memberships::default(),
            runtime: Handle::current(),
            keeper: Mutex::default(),
        }
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.holdings.clock
    }

    pub(in crate::subscriptions) fn database(&self) -> &Database {
        &self.database
    }

    /// What this store holds of groups.
    pub(in crate::subscriptions) fn memberships(&self) -> &Memberships {
        &self.memberships
    }

    pub(crate) async fn try_acquire(
        &self,
        key: &SubscriptionKey,
        start_after: EventNumber,
    ) -> Result<Option<AcquiredLease>> {
        let found = self.database.find_lease(key).await?;
        let was_given = |lease: &LeaseRow| lease.boot.is_some();
        let is_held = |lease: &LeaseRow| self.clock().is_held(lease.boot.as_deref(), lease.until);
        if found.as_ref().is_some_and(is_held) {
            return Ok(None);
        }
        let (reply, answer) = oneshot::channel();
        self.command(Command::TryAcquire(Acquisition {
            key: key.clone(),
            start_after,
            is_missing: found.is_none(),
            reply,
        }))?;
        match answer.await.map_err(|_| ended())? {
            // The holder is in the middle of a step, or another writer is: until that ends, no one else is given the lease.
            Err(Error::TimedOut { .. }) if found.as_ref().is_some_and(was_given) => Ok(None),
            answer => answer,
        }
    }

    pub(crate) async fn watch_stream(&self, lease: LeaseToken) -> Result<StreamWatch> {
        let Some(hold) = self.holdings.hold(lease) else {
            return Ok(StreamWatch::Unknown);
        };
        if hold.watches_stream() {
            return Ok(StreamWatch::Watching);
        }
        // Asked first, because a renewal would be a commit for nothing.
        if !self.database.has_stream_of(lease.id).await? {
            return Ok(StreamWatch::NoStream);
        }
        let (reply, answer) = oneshot::channel();
        self.command(Command::Watch(Watching { lease, reply }))?;
        answer.await.map_err(|_| ended())?
    }

    /// Once the store is being closed, refuses all but what its own holders store: their last checkpoints.
    pub(crate) fn refuse_if_closed_beside(&self, lease: LeaseToken) -> Result<()> {
        if self.holdings.is_in_hand(lease) || self.memberships.has_token(lease) {
            return Ok(());
        }
        self.database.refuse_if_closed()
    }

    /// Stores a checkpoint, together with others if some are stored at the same time (ADR 48).
    pub(crate) async fn save_checkpoint(
        &self,
        lease: LeaseToken,
        checkpoint: EventNumber,
    ) -> Result<CheckpointOutcome> {
        self.refuse_if_closed_beside(lease)?;
        let to_save = CheckpointToSave { lease, checkpoint };
        let save = |group| self.database.save_checkpoints(group);
        if self.checkpoints.save(to_save, save).await? {
            return Ok(CheckpointOutcome::Saved);
        }
        self.refuse_if_closed_beside(lease)?;
        self.database.save_checkpoint(lease, checkpoint).await
    }

    /// Commits a step, and renews the leases with it if it has lasted so long that they could not be renewed in time. Otherwise, others
    /// could have them as soon as the step has ended. So it does with the memberships of all groups.
    pub(crate) async fn commit_step(&self, mut step: SqliteTransaction) -> Result<()> {
        let _ending = self.holdings.end_step();
        let renewal = self.renewal_in(&mut step).await?;
        let lasted = step.lasted();
        if self.database.has_groups() && lasted > INTERVAL {
            extend_memberships(&mut step, self.clock(), lasted).await?;
        }
        step.commit().await?;
        // Not earlier: if the commit fails, others can have the leases at once, and their holders are told so.
        if let Some(renewal) = renewal {
            renewal.take_in(&self.holdings);
        }
        Ok(())
    }

    async fn renewal_in(&self, step: &mut SqliteConnection) -> Result<Option<Renewal>> {
        if self.holdings.is_empty() || !self.holdings.is_older_than(INTERVAL) {
            return Ok(None);
        }
        renew(step, &self.holdings).await.map(Some)
    }

    fn command(&self, command: Command) -> Result<()> {
        self.keeper().send(command).map_err(|_| ended())
    }

    /// The channel to the running task, or to a new one that replaces one that has ended.
    fn keeper(&self) -> mpsc::UnboundedSender<Command> {
        let mut keeper = self.keeper.lock().unwrap_or_else(PoisonError::into_inner);
        match &*keeper {
            Some(running) if !running.is_closed() => running.clone(),
            _ => keeper.insert(self.begin()).clone(),
        }
    }

    fn begin(&self) -> mpsc::UnboundedSender<Command> {
        let (commands, receiver) = mpsc::unbounded_channel();
        let (database, holdings) = (Arc::clone(&self.database), Arc::clone(&self.holdings));
        let keeper = Keeper::new(database, holdings, commands.downgrade());
        self.runtime.spawn(keeper.run(receiver));
        commands
    }
}

/// The task ended before it answered: by a panic, after which the next call starts another task, or with its runtime.
fn ended() -> Error {
    Error::Unavailable {
        message: "the task that keeps the leases has ended, perhaps with the runtime that the store was opened on"
            .to_owned(),
        source: None,
    }
}
