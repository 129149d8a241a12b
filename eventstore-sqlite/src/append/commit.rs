use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Instant;

use eventstore_backend::{Admission, AppendOutcome, CommitGroup, CommittedGroup, Committer, copies_of};
use eventstore_core::backend::{AppendGroup, GroupLimits, QueuedAppend};
use eventstore_core::{Append, AppendReceipt, Error, Result};

use crate::changes::{Plan, find_stored, write};
use crate::connection::Database;
use crate::error::{failed, is_duplicate};
use crate::notify::Hub;
use crate::values::now;

/// The appends of one store, which share transactions (ADR 17).
pub(crate) struct GroupCommit(Committer<GroupWriter>);

impl GroupCommit {
    /// # Panics
    ///
    /// Outside a tokio runtime.
    pub(crate) fn new(database: Arc<Database>, hub: Arc<Hub>) -> Self {
        // While one group is written, the next one gathers: a second writer would only wait for the first.
        let limits = GroupLimits {
            prompt_groups: NonZeroUsize::MIN,
            patient_groups: NonZeroUsize::MIN,
            ..GroupLimits::default()
        };
        Self(Committer::new(GroupWriter { database, hub }, limits))
    }

    pub(crate) async fn append(&self, append: Append) -> Result<AppendReceipt> {
        // The time is set once, so that every attempt stores the same.
        self.0.append(append.with_default_created_at(now()?)).await
    }

    /// Refuses further appends, and waits for those that were called.
    pub(crate) async fn close(&self) {
        self.0.close().await;
    }
}

struct GroupWriter {
    database: Arc<Database>,
    hub: Arc<Hub>,
}

impl CommitGroup for GroupWriter {
    async fn commit(&self, group: AppendGroup, _: &Admission) -> CommittedGroup {
        self.database.label().grouped(group.appends().len());
        match self.commit_appends(group.appends()).await {
            Ok(answers) => {
                let mut answers = answers.into_iter();
                let next = |_: &QueuedAppend| answers.next().map_or(AppendOutcome::Again, AppendOutcome::Answered);
                CommittedGroup::with(group, next)
            }
            // One of the appends may be at fault: the others must not fail with it.
            Err(Error::Storage { .. } | Error::InvalidInput { .. }) if group.appends().len() > 1 => {
                CommittedGroup::undone(group.into_halves())
            }
            Err(error) => {
                let mut copy = copies_of(error);
                CommittedGroup::with(group, |_| AppendOutcome::Answered(Err(copy())))
            }
        }
    }

    /// The committer calls this in the order of positions, so that listeners get events without a gap.
    fn committed(&self, append: &Append, receipt: &AppendReceipt, began_at: Instant) {
        self.hub.committed(append, receipt, began_at);
    }
}

impl GroupWriter {
    async fn commit_appends(&self, appends: &[QueuedAppend]) -> Result<Vec<Result<AppendReceipt>>> {
        let appends: Vec<_> = appends.iter().map(QueuedAppend::append).collect();
        // To look up every id first takes another statement, and most ids are new.
        let looks_up_ids = appends.iter().any(|append| append.is_idempotent());
        if let Some(answers) = self.attempt(&appends, looks_up_ids).await? {
            return Ok(answers);
        }
        let answers = self.attempt(&appends, true).await?;
        answers.ok_or_else(|| Error::corrupt("an event has an id that is stored, but is not found by it"))
    }

    /// `None` if an id is stored already that was not looked up.
    async fn attempt(&self, appends: &[&Append], looks_up_ids: bool) -> Result<Option<Vec<Result<AppendReceipt>>>> {
        let mut transaction = self.database.begin_while_closing().await?;
        let streams = appends.iter().map(|append| append.stream());
        let mut plan = Plan::about(&mut transaction, streams, now()?).await?;
        if looks_up_ids {
            plan = plan.with_stored(find_stored(&mut transaction, appends.iter().copied()).await?);
        }
        let answers: Vec<_> = appends.iter().map(|append| plan.append(append)).collect();
        if plan.is_empty() {
            return Ok(Some(answers));
        }
        match write(&mut transaction, &plan).await {
            Ok(()) => transaction.commit().await?,
            Err(error) if is_duplicate(&error) => return Ok(None),
            Err(error) => return Err(failed(error)),
        }
        Ok(Some(answers))
    }
}
