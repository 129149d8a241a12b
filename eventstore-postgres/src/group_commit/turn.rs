use std::collections::HashMap;

use eventstore_core::{AppendGroup, AppendReceipt, GroupId, QueuedAppend, Result, Ticket};
use tokio::task::yield_now;

use super::{Caller, Committed, Fate, commit};
use crate::PostgresStore;
use crate::connection::{Attempts, exhausted};

/// The turn of one group: ends it, however the task ends that carries it out, and begins the next one.
///
/// Callers that were not answered learn that by their channels.
pub(super) struct Turn {
    store: PostgresStore,
    group: GroupId,
    callers: HashMap<Ticket, Caller>,
    end: End,
}

enum End {
    Finish(Vec<(QueuedAppend, Caller)>),
    Split(Vec<Vec<QueuedAppend>>),
}

impl Turn {
    pub(super) fn new(store: PostgresStore, group: GroupId, callers: HashMap<Ticket, Caller>) -> Self {
        Self {
            store,
            group,
            callers,
            end: End::Finish(Vec::new()),
        }
    }

    pub(super) async fn take(mut self, group: AppendGroup) {
        let is_shared = group.appends().len() > 1;
        let store = self.store.clone();
        match commit(store.session().await, group).await {
            Committed::Settled(settled) => self.settle(settled),
            Committed::Undone(parts) => self.end = End::Split(parts),
        }
        if is_shared {
            // Those who were just answered may have more: it goes with what waited meanwhile.
            yield_now().await;
        }
    }

    fn settle(&mut self, settled: Vec<(QueuedAppend, Fate)>) {
        let mut again = Vec::new();
        for (queued, fate) in settled {
            let Some(caller) = self.callers.remove(&queued.ticket()) else {
                continue;
            };
            match fate {
                Fate::Answered(answer) => tell(caller, answer),
                Fate::Again if Attempts::are_exhausted_by(queued.attempts()) => tell(caller, Err(exhausted())),
                Fate::Again => again.push((queued, caller)),
                Fate::Alone => again.push((queued.patiently(), caller)),
            }
        }
        self.end = End::Finish(again);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let writer = &self.store.inner.writer;
        match std::mem::replace(&mut self.end, End::Finish(Vec::new())) {
            End::Finish(again) => writer.finish(self.group, again),
            End::Split(parts) => writer.split(self.group, parts, std::mem::take(&mut self.callers)),
        }
        self.store.begin_groups();
    }
}

/// Whoever went away meanwhile needs no answer.
fn tell(caller: Caller, answer: Result<AppendReceipt>) {
    let _ = caller.send(answer);
}
