use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Instant;

use eventstore_backend::{Admission, AppendOutcome, CommitGroup, CommittedGroup, Committer, copies_of};
use eventstore_core::backend::{AppendGroup, GroupLimits, QueuedAppend};
use eventstore_core::{Append, AppendReceipt, Error, Result};

use crate::changes::{Plan, find_stored, write};
use crate::connection::{Database, Writer, may_block};
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
        let appends: Vec<_> = group.appends().iter().map(QueuedAppend::to_shared).collect();
        match self
            .database
            .change_in_task(move |writer| append(writer, &appends))
            .await
        {
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

    fn commits_in_place(&self) -> bool {
        may_block()
    }

    /// The committer calls this in the order of positions, so that listeners get events without a gap.
    fn committed(&self, append: &Append, receipt: &AppendReceipt, began_at: Instant) {
        self.hub.committed(append, receipt, began_at);
    }
}

fn append(writer: &mut Writer, appends: &[Arc<Append>]) -> Result<Vec<Result<AppendReceipt>>> {
    // To look up every id first takes longer, and most ids are new.
    let looks_up_ids = appends.iter().any(|append| append.is_idempotent());
    if let Some(answers) = attempt(writer, appends, looks_up_ids)? {
        return Ok(answers);
    }
    let answers = attempt(writer, appends, true)?;
    answers.ok_or_else(|| Error::corrupt("an event has an id that is stored, but is not found by it"))
}

/// `None` if an id is stored already that was not looked up.
fn attempt(
    writer: &mut Writer,
    appends: &[Arc<Append>],
    looks_up_ids: bool,
) -> Result<Option<Vec<Result<AppendReceipt>>>> {
    let change = writer.begin()?;
    let streams = appends.iter().map(|append| append.stream());
    let mut plan = Plan::about(&change, streams, now()?)?;
    if looks_up_ids {
        plan = plan.with_stored(find_stored(&change, appends.iter().map(Arc::as_ref))?);
    }
    let answers: Vec<_> = appends.iter().map(|append| plan.append(append)).collect();
    if plan.is_empty() {
        return Ok(Some(answers));
    }
    match write(&change, &plan) {
        Ok(()) => change.commit()?,
        Err(error) if is_duplicate(&error) => return Ok(None),
        Err(error) => return Err(failed(error)),
    }
    Ok(Some(answers))
}
