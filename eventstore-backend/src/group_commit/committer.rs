use std::fmt;
use std::sync::Arc;

use eventstore_core::backend::{GroupLimits, Ticket};
use eventstore_core::{Append, AppendReceipt, Error, Result, StreamName};
use tokio::runtime::Handle;

use crate::group_commit::pending::Pending;
use crate::group_commit::running_group::Shared;
use crate::group_commit::{Admission, CommitGroup};

/// Lets concurrent appends share transactions (ADR 17).
pub struct Committer<C> {
    shared: Arc<Shared<C>>,
}

impl<C: CommitGroup> Committer<C> {
    /// Creates a committer whose groups run on the current runtime.
    ///
    /// # Panics
    ///
    /// Panics outside a tokio runtime.
    pub fn new(commit: C, limits: GroupLimits) -> Self {
        Self {
            shared: Arc::new(Shared {
                commit,
                pending: Pending::new(limits),
                admission: Admission::default(),
                runtime: Handle::current(),
            }),
        }
    }

    /// Makes an append in a transaction that concurrent appends share, and waits for its outcome.
    ///
    /// If the future is dropped, the append leaves the queue; if it is in a transaction already, it may be made.
    ///
    /// # Errors
    ///
    /// - what [`CommitGroup::commit`] answers
    /// - [`Error::StoreClosed`] after [`close`](Self::close)
    /// - [`Error::OutcomeUnknown`] if the task of the transaction ended without an answer
    pub async fn append(&self, append: Append) -> Result<AppendReceipt> {
        let stream = append.stream().clone();
        // There is no await between this line and `Waiting`: if the future were dropped there, nothing would withdraw
        // the append.
        let (ticket, answer) = self.shared.pending.submit(append)?;
        let mut waiting = Waiting {
            shared: &self.shared,
            ticket: Some(ticket),
            stream,
        };
        self.shared.begin_groups_in_place();
        let answer = answer.await;
        // The append is answered, so `Waiting` has nothing to withdraw.
        waiting.ticket = None;
        answer.unwrap_or_else(|_| {
            Err(Error::OutcomeUnknown {
                source: "the task that carried it out ended, perhaps with the runtime that the store was connected on"
                    .into(),
            })
        })
    }

    /// Refuses further appends, and waits until those that were submitted have their outcomes.
    ///
    /// The committer is closed from the first poll of this future on, even if the future is then dropped.
    pub async fn close(&self) {
        self.shared.pending.close().await;
    }
}

impl<C> fmt::Debug for Committer<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Committer").finish_non_exhaustive()
    }
}

/// Takes an append out of the queue if its caller goes away.
struct Waiting<'c, C: CommitGroup> {
    shared: &'c Arc<Shared<C>>,
    ticket: Option<Ticket>,
    stream: StreamName,
}

impl<C: CommitGroup> Drop for Waiting<'_, C> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket {
            self.shared.pending.withdraw(ticket, &self.stream);
            // The withdrawn append may have kept later appends to its stream from starting.
            self.shared.begin_groups();
        }
    }
}
