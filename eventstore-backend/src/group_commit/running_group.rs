use std::collections::HashMap;
use std::mem;
use std::sync::Arc;
use std::time::Instant;

use eventstore_core::backend::{AppendGroup, GroupId, QueuedAppend, Ticket};
use eventstore_core::{AppendReceipt, Result};
use tokio::runtime::Handle;
use tokio::task::yield_now;
use tokio::time::sleep;

use crate::group_commit::pending::{Caller, Pending, Remainder};
use crate::group_commit::{Admission, AppendOutcome, CommitGroup, CommittedGroup};

/// What the groups of one committer share.
pub(crate) struct Shared<C> {
    pub(crate) commit: C,
    pub(crate) pending: Pending,
    pub(crate) admission: Admission,
    pub(crate) runtime: Handle,
}

impl<C: CommitGroup> Shared<C> {
    /// Begins as many groups as may be under way.
    pub(crate) fn begin_groups(self: &Arc<Self>) {
        if !self.pending.begin() {
            return;
        }
        while let Some((group, callers)) = self.pending.next_group() {
            let running = RunningGroup {
                shared: Arc::clone(self),
                group: group.id(),
                callers,
                left: Remainder::default(),
            };
            // A runtime that has ended drops the task within this call. The drop calls `begin_groups` too, which
            // returns at once because this loop counts as busy.
            self.runtime.spawn(running.run(group));
        }
    }
}

/// A group that is being committed: ends the group, however its task ends, and begins the next one.
///
/// Callers that were not answered learn of the end from their closed channels.
struct RunningGroup<C: CommitGroup> {
    shared: Arc<Shared<C>>,
    group: GroupId,
    callers: HashMap<Ticket, Caller>,
    left: Remainder,
}

impl<C: CommitGroup> RunningGroup<C> {
    async fn run(mut self, group: AppendGroup) {
        let is_shared = group.appends().len() > 1;
        let began_at = Instant::now();
        let committed = self.shared.commit.commit(group, &self.shared.admission).await;
        // The listeners of this process are told before the callers get their receipts (ADR 36).
        for (append, receipt) in committed.appended() {
            self.shared.commit.committed(append, receipt, began_at);
        }
        self.settle(committed);
        // The callers are answered already. The group stays under way during the pause, so that no later append
        // overtakes those that return.
        self.pause().await;
        if is_shared {
            // Callers that were just answered may send further appends, which then join those that waited meanwhile.
            yield_now().await;
        }
    }

    fn settle(&mut self, committed: CommittedGroup) {
        for (queued, outcome) in committed.settled {
            match outcome {
                AppendOutcome::Answered(answer) => self.tell(&queued, answer),
                AppendOutcome::Again => match self.shared.commit.give_up_after(queued.attempts()) {
                    Some(error) => self.tell(&queued, Err(error)),
                    None => self.left.again.push(queued),
                },
                AppendOutcome::Alone => self.left.again.push(queued.patiently()),
            }
        }
        self.left.parts = committed.parts;
    }

    /// Appends that conflicted again and again are retried only after a pause.
    async fn pause(&self) {
        let attempts = self.left.again.iter().map(QueuedAppend::attempts).max();
        let pause = self.shared.commit.pause_after(attempts.unwrap_or_default());
        if !pause.is_zero() {
            sleep(pause).await;
        }
    }

    /// A caller that has gone away meanwhile needs no answer.
    fn tell(&mut self, queued: &QueuedAppend, answer: Result<AppendReceipt>) {
        if let Some(caller) = self.callers.remove(&queued.ticket()) {
            let _ = caller.send(answer);
        }
    }
}

impl<C: CommitGroup> Drop for RunningGroup<C> {
    fn drop(&mut self) {
        let (left, callers) = (mem::take(&mut self.left), mem::take(&mut self.callers));
        self.shared.pending.end(self.group, left, callers);
        self.shared.begin_groups();
    }
}
