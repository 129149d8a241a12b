use std::collections::HashMap;
use std::time::Instant;

use eventstore_core::backend::{AppendGroup, GroupId, QueuedAppend, Ticket};
use eventstore_core::{AppendReceipt, Result};
use tokio::task::yield_now;
use tokio::time::sleep;

use super::writer::{Caller, Remainder};
use super::{AppendOutcome, Committed, commit};
use crate::PostgresStore;
use crate::connection::{Attempts, exhausted, pause_after};

/// A group that is being committed: ends the group, however its task ends, and begins the next one.
///
/// Callers that were not answered learn of the end from their closed channels.
pub(super) struct RunningGroup {
    store: PostgresStore,
    group: GroupId,
    callers: HashMap<Ticket, Caller>,
    left: Remainder,
}

impl RunningGroup {
    pub(super) fn new(store: PostgresStore, group: GroupId, callers: HashMap<Ticket, Caller>) -> Self {
        Self {
            store,
            group,
            callers,
            left: Remainder::default(),
        }
    }

    pub(super) async fn take(mut self, group: AppendGroup) {
        let is_shared = group.appends().len() > 1;
        let began_at = Instant::now();
        let committed = commit(&self.store, group).await;
        self.tell_listeners(&committed, began_at);
        self.settle(committed);
        self.pause().await;
        if is_shared {
            // Callers that were just answered may send further appends, which then join those that waited meanwhile.
            yield_now().await;
        }
    }

    /// Groups are delivered to listeners in the order of their positions, so that the events join without a gap.
    fn tell_listeners(&self, committed: &Committed, began_at: Instant) {
        let mut appended: Vec<_> = committed.appended().collect();
        appended.sort_unstable_by_key(|(_, receipt)| receipt.first_position);
        for (append, receipt) in appended {
            self.store.inner.hub.committed(append, receipt, began_at);
        }
    }

    fn settle(&mut self, committed: Committed) {
        for (queued, fate) in committed.settled {
            match fate {
                AppendOutcome::Answered(answer) => self.tell(&queued, answer),
                AppendOutcome::Again if Attempts::are_exhausted_by(queued.attempts()) => {
                    self.tell(&queued, Err(exhausted()))
                }
                AppendOutcome::Again => self.left.again.push(queued),
                AppendOutcome::Alone => self.left.again.push(queued.patiently()),
            }
        }
        self.left.parts = committed.parts;
    }

    /// Appends that conflicted again and again are retried only after a pause.
    async fn pause(&self) {
        let attempts = self.left.again.iter().map(QueuedAppend::attempts).max();
        let pause = pause_after(attempts.unwrap_or_default());
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

impl Drop for RunningGroup {
    fn drop(&mut self) {
        let (left, callers) = (std::mem::take(&mut self.left), std::mem::take(&mut self.callers));
        self.store.inner.writer.end(self.group, left, callers);
        self.store.begin_groups();
    }
}
