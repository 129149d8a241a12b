use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use eventstore_core::backend::{AppendGroup, AppendQueue, GroupId, GroupLimits, QueuedAppend, Ticket};
use eventstore_core::{Append, AppendReceipt, Error, Result, StreamName, Timestamp};
use tokio::runtime::Handle;
use tokio::sync::{Mutex as AsyncMutex, MutexGuard as AsyncMutexGuard, Notify, oneshot};

use super::RunningGroup;
use crate::PostgresStore;

/// The channel to a caller that waits for an answer.
pub(super) type Caller = oneshot::Sender<Result<AppendReceipt>>;

/// What is left of a group that has ended: appends to retry, or parts that no other append joins.
#[derive(Default)]
pub(super) struct Remainder {
    pub(super) again: Vec<QueuedAppend>,
    pub(super) parts: Vec<Vec<QueuedAppend>>,
}

/// Lets concurrent appends share transactions (ADR 17).
pub(crate) struct Writer {
    state: Mutex<State>,
    /// Rings whenever an append has left the queue.
    ended: Notify,
    /// Held while a prompt group is at the server. The next group is prepared meanwhile, but is sent only then: it would cost more to
    /// wait for `$all` on the server (ADR 19).
    turnstile: AsyncMutex<()>,
    runtime: Handle,
}

struct State {
    queue: AppendQueue,
    callers: HashMap<Ticket, Caller>,
    is_closed: bool,
    /// A caller is starting groups, and goes on until there is none.
    is_busy: bool,
}

impl Writer {
    pub(crate) fn new(connections: usize) -> Self {
        Self {
            state: Mutex::new(State {
                queue: AppendQueue::new(limits(connections)),
                callers: HashMap::new(),
                is_closed: false,
                is_busy: false,
            }),
            ended: Notify::new(),
            turnstile: AsyncMutex::new(()),
            runtime: Handle::current(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn submit(&self, append: Append) -> Result<(Ticket, oneshot::Receiver<Result<AppendReceipt>>)> {
        let (caller, answer) = oneshot::channel();
        let mut state = self.state();
        if state.is_closed {
            return Err(Error::StoreClosed);
        }
        let ticket = state.queue.submit(Arc::new(append));
        state.callers.insert(ticket, caller);
        Ok((ticket, answer))
    }

    fn withdraw(&self, ticket: Ticket, stream: &StreamName) {
        let mut state = self.state();
        if state.queue.withdraw(ticket, stream) {
            state.callers.remove(&ticket);
            self.ended.notify_waiters();
        }
    }

    /// Ends a group. Its remaining appends are retried, unless their callers have gone away.
    pub(super) fn end(&self, group: GroupId, left: Remainder, mut callers: HashMap<Ticket, Caller>) {
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
            state.queue.split(group, parts);
        }
        self.ended.notify_waiters();
    }

    /// Waits until no other prompt group is at the server.
    pub(super) async fn turnstile(&self) -> AsyncMutexGuard<'_, ()> {
        self.turnstile.lock().await
    }

    /// Whether the caller is to start groups: one caller at a time does, until there is none.
    fn begin(&self) -> bool {
        !std::mem::replace(&mut self.state().is_busy, true)
    }

    /// The next group, and the callers that wait for it; if there is none, the caller that starts groups is done.
    fn next_group(&self) -> Option<(AppendGroup, HashMap<Ticket, Caller>)> {
        let mut state = self.state();
        let Some(group) = state.queue.next_group() else {
            state.is_busy = false;
            return None;
        };
        let tickets = group.appends().iter().map(QueuedAppend::ticket);
        let callers = tickets.filter_map(|ticket| Some((ticket, state.callers.remove(&ticket)?)));
        let callers = callers.collect();
        Some((group, callers))
    }

    /// Whether nothing may be begun any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.state().is_closed
    }

    pub(crate) async fn close(&self) {
        self.state().is_closed = true;
        loop {
            let ended = self.ended.notified();
            if self.state().queue.is_idle() {
                return;
            }
            ended.await;
        }
    }
}

/// Several groups leave most of a pool to others, if the pool is not too small for that.
fn limits(connections: usize) -> GroupLimits {
    let some_of = |most| NonZeroUsize::new(most).unwrap_or(NonZeroUsize::MIN);
    GroupLimits {
        prompt_groups: some_of((connections / 2).min(2)),
        patient_groups: some_of(connections / 3),
        ..GroupLimits::default()
    }
}

impl PostgresStore {
    /// Appends in a transaction shared with concurrent appends.
    pub(crate) async fn append_in_group(&self, append: Append) -> Result<AppendReceipt> {
        self.inner.config.refuse_other_event_types([&append])?;
        let stream = append.stream().clone();
        let append = stamped(append);
        let (ticket, answer) = self.inner.writer.submit(append)?;
        self.begin_groups();
        let mut waiting = Waiting {
            store: self,
            ticket: Some(ticket),
            stream,
        };
        let answer = answer.await;
        waiting.ticket = None;
        answer.unwrap_or_else(|_| {
            Err(Error::OutcomeUnknown {
                source: "the task that carried it out ended, perhaps with the runtime that the store was connected on"
                    .into(),
            })
        })
    }

    /// Begins as many groups as may be under way.
    pub(super) fn begin_groups(&self) {
        let writer = &self.inner.writer;
        if !writer.begin() {
            return;
        }
        while let Some((group, callers)) = writer.next_group() {
            let turn = RunningGroup::new(self.without_timeout(), group.id(), callers);
            writer.runtime.spawn(turn.take(group));
        }
    }
}

/// Sets the time of the append once, so that every attempt stores the same.
fn stamped(append: Append) -> Append {
    match Timestamp::try_from(SystemTime::now()) {
        Ok(now) => append.with_default_created_at(now),
        Err(_) => append,
    }
}

/// Takes an append out of the queue if its caller goes away.
struct Waiting<'s> {
    store: &'s PostgresStore,
    ticket: Option<Ticket>,
    stream: StreamName,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            self.store.inner.writer.withdraw(ticket, &self.stream);
            self.store.begin_groups();
        }
    }
}
