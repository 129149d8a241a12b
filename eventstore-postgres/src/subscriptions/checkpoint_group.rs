use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use eventstore_core::backend::LeaseToken;
use eventstore_core::{Error, EventNumber, Result, SubscriptionId};
use tokio::sync::Mutex as AsyncMutex;
use tokio::sync::oneshot::{self, error::TryRecvError};

use crate::connection::{PooledSessions, Session};
use crate::error::writing;
use crate::subscriptions::lease::{Range, StoreLocks};

/// At most this many checkpoints are stored by one statement.
const MOST_AT_ONCE: usize = 1_000;

/// The checkpoints that are stored by one statement: those that are asked for while the statement before is under way.
///
/// A checkpoint that was not stored in the group, because its row was locked, it was refused, or the caller that ran the statement
/// failed or was dropped, is stored by a statement of its own, which also tells the reason (ADR 48).
#[derive(Default)]
pub(crate) struct CheckpointGroup {
    waiting: Mutex<Vec<Waiting>>,
    /// Its holder stores the checkpoints of all callers that wait.
    turn: AsyncMutex<()>,
}

struct Waiting {
    lease: LeaseToken,
    checkpoint: EventNumber,
    saved: oneshot::Sender<()>,
}

impl CheckpointGroup {
    /// Whether the checkpoint was stored together with others; a failure only if it was this caller who stored them.
    ///
    /// If the future is dropped, it may be stored later, and the others' are stored one by one.
    pub(crate) async fn save(
        &self,
        sessions: &PooledSessions,
        locks: &StoreLocks,
        lease: LeaseToken,
        checkpoint: EventNumber,
    ) -> Result<bool> {
        let (saved, mut answer) = oneshot::channel();
        self.waiting().push(Waiting {
            lease,
            checkpoint,
            saved,
        });
        let _turn = self.turn.lock().await;
        match answer.try_recv() {
            Ok(()) => return Ok(true),
            Err(TryRecvError::Closed) => return Ok(false),
            Err(TryRecvError::Empty) => {}
        }
        let group = self.take_group();
        save_at_once(sessions, locks, group).await?;
        Ok(answer.try_recv().is_ok())
    }

    /// Each subscription once: of two checkpoints the server would store either.
    fn take_group(&self) -> Vec<Waiting> {
        let mut waiting = self.waiting();
        let most = waiting.len().min(MOST_AT_ONCE);
        let mut subscriptions = HashSet::new();
        let mut group: Vec<_> = waiting.drain(..most).collect();
        // A caller that is left out finds its channel closed, and uses a statement of its own.
        group.retain(|waiting| !waiting.saved.is_closed() && subscriptions.insert(waiting.lease.id));
        group
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn save_at_once(sessions: &PooledSessions, locks: &StoreLocks, group: Vec<Waiting>) -> Result<()> {
    let mut session = sessions.session_while_closing().await?;
    let ranges = group
        .iter()
        .map(|waiting| locks.attempt(waiting.lease, waiting.checkpoint))
        .collect();
    let saved = session.save_checkpoints(&group, ranges).await;
    // The checkpoints may be stored, so they remain attempts: if one is found in its row later, no other holder has
    // stored it (ADR 40).
    if let Err(Error::OutcomeUnknown { .. }) = &saved {
        return saved.map(drop);
    }
    let is_saved = |waiting: &Waiting| saved.as_ref().is_ok_and(|saved| saved.contains(&waiting.lease.id));
    for waiting in group {
        if is_saved(&waiting) {
            locks.confirm(waiting.lease, waiting.checkpoint);
            // A caller who is gone is told nothing.
            let _ = waiting.saved.send(());
        } else {
            locks.withdraw(waiting.lease, waiting.checkpoint);
        }
    }
    saved.map(drop)
}

impl Session<'_> {
    /// Those that were stored.
    async fn save_checkpoints(&mut self, group: &[Waiting], ranges: Vec<Range>) -> Result<HashSet<SubscriptionId>> {
        let sql = if self.has_additions() {
            &self.statements().save_checkpoints
        } else {
            &self.statements().save_checkpoints_without_additions
        };
        let query = sql
            .query_scalar::<i64>()
            .bind(group.iter().map(|waiting| waiting.lease.id.get()).collect::<Vec<_>>())
            .bind(
                group
                    .iter()
                    .map(|waiting| waiting.lease.epoch.get())
                    .collect::<Vec<_>>(),
            )
            .bind(
                group
                    .iter()
                    .map(|waiting| waiting.checkpoint.as_i64())
                    .collect::<Vec<_>>(),
            )
            .bind(ranges.iter().map(|range| range.lowest).collect::<Vec<_>>())
            .bind(ranges.iter().map(|range| range.highest).collect::<Vec<_>>());
        let saved = self
            .write(async |connection| query.fetch_all(connection).await)
            .await
            .map_err(writing)?;
        Ok(saved.into_iter().map(SubscriptionId::new).collect())
    }
}
