use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use eventstore_core::backend::{AppendGroup, AppendQueue, GroupId, GroupLimits, QueuedAppend, Ticket};
use eventstore_core::{Append, AppendReceipt, Error, Result, StreamName};
use tokio::sync::{Notify, oneshot};

/// The channel to a caller that waits for an answer.
pub(crate) type Caller = oneshot::Sender<Result<AppendReceipt>>;

/// What is left of a group that has ended: appends to retry, or parts that no other append joins.
#[derive(Default)]
pub(crate) struct Remainder {
    pub(crate) again: Vec<QueuedAppend>,
    pub(crate) parts: Vec<Vec<QueuedAppend>>,
}

/// The appends that are not answered yet, and their callers.
pub(crate) struct Pending {
    state: Mutex<State>,
    /// Rings whenever an append has left the queue.
    ended: Notify,
}

struct State {
    queue: AppendQueue,
    /// The callers of the appends in the queue; those of a group that is under way are with the group.
    callers: HashMap<Ticket, Caller>,
    is_closed: bool,
    /// A caller is starting groups, and goes on until there is none.
    is_busy: bool,
}

impl Pending {
    pub(crate) fn new(limits: GroupLimits) -> Self {
        Self {
            state: Mutex::new(State {
                queue: AppendQueue::new(limits),
                callers: HashMap::new(),
                is_closed: false,
                is_busy: false,
            }),
            ended: Notify::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn submit(&self, append: Append) -> Result<(Ticket, oneshot::Receiver<Result<AppendReceipt>>)> {
        let (caller, answer) = oneshot::channel();
        let mut state = self.state();
        // Under the lock of the queue: once `close` has set the flag and found the queue idle, no append can enter it.
        if state.is_closed {
            return Err(Error::StoreClosed);
        }
        let ticket = state.queue.submit(Arc::new(append));
        state.callers.insert(ticket, caller);
        Ok((ticket, answer))
    }

    pub(crate) fn withdraw(&self, ticket: Ticket, stream: &StreamName) {
        let mut state = self.state();
        if state.queue.withdraw(ticket, stream) {
            state.callers.remove(&ticket);
            self.ended.notify_waiters();
        }
    }

    /// Ends a group. Its remaining appends are retried, unless their callers have gone away.
    pub(crate) fn end(&self, group: GroupId, left: Remainder, mut callers: HashMap<Ticket, Caller>) {
        let mut state = self.state();
        let Remainder { mut again, mut parts } = left;
        // A caller that goes away from now on finds its append in the queue.
        let mut is_wanted = |queued: &QueuedAppend| {
            let caller = callers.remove(&queued.ticket()).filter(|caller| !caller.is_closed());
            caller.is_some_and(|caller| state.callers.insert(queued.ticket(), caller).is_none())
        };
        again.retain(&mut is_wanted);
        for part in &mut parts {
            part.retain(&mut is_wanted);
        }
        if parts.is_empty() {
            state.queue.finish(group, again);
        } else {
            // Its callers wait for them: what is to be tried again beside the parts is a part of its own.
            if !again.is_empty() {
                parts.push(again);
            }
            state.queue.split(group, parts);
        }
        self.ended.notify_waiters();
    }

    /// How many appends wait for a group.
    pub(crate) fn waiting(&self) -> usize {
        self.state().callers.len()
    }

    /// Whether the caller is to start groups: one caller at a time does, until there is none.
    pub(crate) fn begin(&self) -> bool {
        !std::mem::replace(&mut self.state().is_busy, true)
    }

    /// The next group, and the callers that wait for it; if there is none, the caller that starts groups is done.
    pub(crate) fn next_group(&self) -> Option<(AppendGroup, HashMap<Ticket, Caller>)> {
        let mut state = self.state();
        let Some(group) = state.queue.next_group() else {
            // The flag falls under the lock under which no group was found. So an append that is submitted meanwhile is
            // either found here, or its caller finds the flag down and starts groups itself.
            state.is_busy = false;
            return None;
        };
        let tickets = group.appends().iter().map(QueuedAppend::ticket);
        let callers = tickets.filter_map(|ticket| Some((ticket, state.callers.remove(&ticket)?)));
        let callers = callers.collect();
        Some((group, callers))
    }

    /// Refuses further appends, and waits until none is in the queue or in a group.
    pub(crate) async fn close(&self) {
        self.state().is_closed = true;
        loop {
            // Before the queue is examined: `notify_waiters` wakes only futures that exist already, and an end in
            // between would be missed.
            let ended = self.ended.notified();
            if self.state().queue.is_idle() {
                return;
            }
            ended.await;
        }
    }
}
