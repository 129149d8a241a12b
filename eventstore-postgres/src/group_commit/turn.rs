use std::collections::HashMap;
use std::time::Instant;

use eventstore_core::{AppendGroup, AppendReceipt, GroupId, QueuedAppend, Result, Ticket};
use tokio::task::yield_now;
use tokio::time::sleep;

use super::writer::{Caller, Left};
use super::{Committed, Fate, commit};
use crate::PostgresStore;
use crate::connection::{Attempts, exhausted, pause_after};

/// The turn of one group: ends it, however the task ends that carries it out, and begins the next one.
///
/// Callers that were not answered learn that by their channels.
pub(super) struct Turn {
    store: PostgresStore,
    group: GroupId,
    callers: HashMap<Ticket, Caller>,
    left: Left,
}

impl Turn {
    pub(super) fn new(store: PostgresStore, group: GroupId, callers: HashMap<Ticket, Caller>) -> Self {
        Self {
            store,
            group,
            callers,
            left: Left::default(),
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
            // Those who were just answered may have more: it goes with what waited meanwhile.
            yield_now().await;
        }
    }

    /// In the order of their positions, so that what is handed over joins.
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
                Fate::Answered(answer) => self.tell(&queued, answer),
                Fate::Again if Attempts::are_exhausted_by(queued.attempts()) => self.tell(&queued, Err(exhausted())),
                Fate::Again => self.left.again.push(queued),
                Fate::Alone => self.left.again.push(queued.patiently()),
            }
        }
        self.left.parts = committed.parts;
    }

    /// Those who met others over and over go again only later.
    async fn pause(&self) {
        let attempts = self.left.again.iter().map(QueuedAppend::attempts).max();
        let pause = pause_after(attempts.unwrap_or_default());
        if !pause.is_zero() {
            sleep(pause).await;
        }
    }

    /// Whoever went away meanwhile needs no answer.
    fn tell(&mut self, queued: &QueuedAppend, answer: Result<AppendReceipt>) {
        if let Some(caller) = self.callers.remove(&queued.ticket()) {
            let _ = caller.send(answer);
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let (left, callers) = (std::mem::take(&mut self.left), std::mem::take(&mut self.callers));
        self.store.inner.writer.end(self.group, left, callers);
        self.store.begin_groups();
    }
}
