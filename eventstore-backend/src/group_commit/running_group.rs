use std::collections::HashMap;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use eventstore_core::backend::{AppendGroup, GroupId, QueuedAppend, Ticket};
use eventstore_core::{AppendReceipt, Result};
use tokio::runtime::Handle;
use tokio::task::yield_now;
use tokio::time::sleep;
use tracing::error;

use crate::group_commit::pending::{Caller, Pending, Remainder};
use crate::group_commit::{Admission, AppendOutcome, CommitGroup, CommittedGroup};

/// After so many steps in which no append came, no more are waited for. In one step, the callers may still be on their way: another thread
/// has taken their tasks.
const EMPTY_STEPS: u32 = 2;

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
        self.begin(|running, group| self.spawn(running.run(group)));
    }

    /// Does the same, and commits one of the groups now where that can be done in this thread.
    ///
    /// Only one, because the caller's own append may have been answered by then.
    pub(crate) fn begin_groups_in_place(self: &Arc<Self>) {
        let mut is_first = true;
        self.begin(|running, group| {
            let rest = Box::pin(running.run(group));
            if mem::take(&mut is_first) && self.is_at_home() && self.commit.commits_in_place() {
                self.run_in_place(rest);
            } else {
                self.spawn(rest);
            }
        });
    }

    fn begin(self: &Arc<Self>, mut begin: impl FnMut(RunningGroup<C>, AppendGroup)) {
        if !self.pending.begin() {
            return;
        }
        while let Some((group, callers)) = self.pending.next_group() {
            let running = RunningGroup {
                shared: Arc::clone(self),
                group: Some(group.id()),
                callers,
                left: Remainder::default(),
            };
            // What ends a group within this call also begins groups, which returns at once because this loop counts as busy.
            begin(running, group);
        }
    }

    /// Whether the current runtime is that of the groups: what a group waits for, such as a timer, must not end with another one.
    fn is_at_home(&self) -> bool {
        Handle::try_current().is_ok_and(|current| current.id() == self.runtime.id())
    }

    /// Runs a group in the current thread as far as it goes without waiting. The rest is carried out even if the caller goes away.
    fn run_in_place(&self, mut group: Pin<Box<impl Future<Output = ()> + Send + 'static>>) {
        let mut context = Context::from_waker(Waker::noop());
        // As in a task of its own: callers that were not answered learn of the panic from their closed channels.
        let polled = catch_unwind(AssertUnwindSafe(|| group.as_mut().poll(&mut context)));
        match polled {
            Ok(Poll::Ready(())) => {}
            // A new task is polled at least once, so that nothing it waits for is missed.
            Ok(Poll::Pending) => self.spawn(group),
            Err(_) => error!("a group of appends panicked"),
        }
    }

    /// A runtime that has ended drops the task within this call.
    fn spawn(&self, group: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(group);
    }
}

/// A group that is being committed: ends the group, however its task ends, and begins the next one.
///
/// Callers that were not answered learn of the end from their closed channels.
struct RunningGroup<C: CommitGroup> {
    shared: Arc<Shared<C>>,
    /// `None` once the group has ended.
    group: Option<GroupId>,
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
        let answers = self.settle(committed);
        if !is_shared && self.left.again.is_empty() {
            // The group has ended when its caller is answered, so that a further append of that caller begins at once.
            self.end();
            answer(answers);
            return self.shared.begin_groups_in_place();
        }
        let answered = answers.len();
        answer(answers);
        // The group stays under way during the pause, so that no later append overtakes those that return.
        self.pause().await;
        if is_shared {
            self.gather(answered).await;
        }
        self.end();
        self.shared.begin_groups_in_place();
    }

    /// Callers that were just answered may send further appends: these join those that waited meanwhile.
    ///
    /// The tasks of the callers run between the steps. Most callers of a server send nothing more, so this ends soon after no more come.
    async fn gather(&self, answered: usize) {
        let (mut waiting, mut empty_steps) = (self.shared.pending.waiting(), 0);
        while waiting < answered && empty_steps < EMPTY_STEPS {
            yield_now().await;
            let before = mem::replace(&mut waiting, self.shared.pending.waiting());
            empty_steps = if waiting > before { 0 } else { empty_steps + 1 };
        }
    }

    fn end(&mut self) {
        if let Some(group) = self.group.take() {
            let (left, callers) = (mem::take(&mut self.left), mem::take(&mut self.callers));
            self.shared.pending.end(group, left, callers);
        }
    }

    /// Returns the answers to those that are not retried, with the callers that still wait for them.
    fn settle(&mut self, committed: CommittedGroup) -> Vec<(Caller, Result<AppendReceipt>)> {
        let mut answers = Vec::new();
        for (queued, outcome) in committed.settled {
            let attempts = queued.attempts();
            let (queued, answer) = match outcome {
                AppendOutcome::Answered(answer) => (queued, Some(answer)),
                AppendOutcome::Again => (queued, self.shared.commit.give_up_after(attempts).map(Err)),
                AppendOutcome::Alone => (queued.patiently(), None),
            };
            match answer {
                Some(answer) => answers.extend(self.callers.remove(&queued.ticket()).map(|caller| (caller, answer))),
                None => self.left.again.push(queued),
            }
        }
        self.left.parts = committed.parts;
        answers
    }

    /// Appends that conflicted again and again are retried only after a pause.
    async fn pause(&self) {
        let attempts = self.left.again.iter().map(QueuedAppend::attempts).max();
        let pause = self.shared.commit.pause_after(attempts.unwrap_or_default());
        if !pause.is_zero() {
            sleep(pause).await;
        }
    }
}

impl<C: CommitGroup> Drop for RunningGroup<C> {
    fn drop(&mut self) {
        if self.group.is_some() {
            self.end();
            self.shared.begin_groups();
        }
    }
}

/// A caller that has gone away meanwhile needs no answer.
fn answer(answers: Vec<(Caller, Result<AppendReceipt>)>) {
    for (caller, answer) in answers {
        let _ = caller.send(answer);
    }
}
