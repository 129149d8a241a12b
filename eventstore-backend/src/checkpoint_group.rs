use std::collections::HashSet;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use eventstore_core::backend::LeaseToken;
use eventstore_core::{EventNumber, Result, SubscriptionId};
use tokio::sync::Mutex as AsyncMutex;
use tokio::sync::oneshot::{self, error::TryRecvError};

/// At most this many checkpoints are stored at once.
const MOST_AT_ONCE: usize = 1_000;

/// Stores together the checkpoints that arrive while others are being stored (ADR 48).
///
/// A checkpoint may miss its group: it was refused, or the caller that stored the group failed or was dropped. Then its own caller
/// stores it alone, and so learns the reason.
#[derive(Default)]
pub struct CheckpointGroup {
    waiting: Mutex<Vec<Waiting>>,
    /// Its holder stores the checkpoints of all callers that wait.
    turn: AsyncMutex<()>,
}

/// A checkpoint of a group, and the lease that it is stored under.
#[derive(Debug, Clone, Copy)]
pub struct CheckpointToSave {
    /// The lease of the subscription.
    pub lease: LeaseToken,
    /// The number of the event that the checkpoint moves to.
    pub checkpoint: EventNumber,
}

struct Waiting {
    to_save: CheckpointToSave,
    saved: oneshot::Sender<()>,
}

impl CheckpointGroup {
    /// Stores the checkpoint in a group, with all that wait; returns whether it was stored.
    ///
    /// `save` stores checkpoints, each of another subscription, and returns the subscriptions whose checkpoints were stored. It is called
    /// only if it is this caller's turn to store the group.
    ///
    /// If the future is dropped, the checkpoint may still be stored. Each other caller of a group that it was storing stores its own.
    ///
    /// # Errors
    ///
    /// What `save` returns, to the caller whose turn it was.
    pub async fn save<S>(
        &self,
        to_save: CheckpointToSave,
        save: impl FnOnce(Vec<CheckpointToSave>) -> S,
    ) -> Result<bool>
    where
        S: Future<Output = Result<HashSet<SubscriptionId>>>,
    {
        let (saved, mut answer) = oneshot::channel();
        self.waiting().push(Waiting { to_save, saved });
        let _turn = self.turn.lock().await;
        match answer.try_recv() {
            Ok(()) => return Ok(true),
            Err(TryRecvError::Closed) => return Ok(false),
            Err(TryRecvError::Empty) => {}
        }
        let group = self.take_group();
        let saved = save(group.iter().map(|waiting| waiting.to_save).collect()).await?;
        for waiting in group {
            if saved.contains(&waiting.to_save.lease.id) {
                // A caller who is gone is told nothing.
                let _ = waiting.saved.send(());
            }
        }
        Ok(answer.try_recv().is_ok())
    }

    /// Each subscription once: of two checkpoints the storage would keep either.
    fn take_group(&self) -> Vec<Waiting> {
        let mut waiting = self.waiting();
        let most = waiting.len().min(MOST_AT_ONCE);
        let mut subscriptions = HashSet::new();
        let mut group: Vec<_> = waiting.drain(..most).collect();
        // A caller that is left out finds its channel closed, and stores its checkpoint itself.
        group.retain(|waiting| !waiting.saved.is_closed() && subscriptions.insert(waiting.to_save.lease.id));
        group
    }

    fn waiting(&self) -> MutexGuard<'_, Vec<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for CheckpointGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckpointGroup").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use eventstore_core::backend::LeaseEpoch;
    use futures_util::future::{join3, join4};

    use super::*;

    /// What was given to a storage, group by group, which refuses the subscription 9.
    type Groups = Arc<Mutex<Vec<Vec<i64>>>>;

    fn to_save(id: i64, checkpoint: u32) -> CheckpointToSave {
        CheckpointToSave {
            lease: LeaseToken {
                id: SubscriptionId::new(id),
                epoch: LeaseEpoch::new(1),
            },
            checkpoint: checkpoint.into(),
        }
    }

    async fn save(group: &CheckpointGroup, groups: &Groups, id: i64) -> Result<bool> {
        let save = async |to_save: Vec<CheckpointToSave>| {
            // The others ask meanwhile.
            tokio::task::yield_now().await;
            let ids: Vec<_> = to_save.iter().map(|to_save| to_save.lease.id.get()).collect();
            let saved = ids.iter().filter(|id| **id != 9).copied().map(SubscriptionId::new);
            let saved = saved.collect();
            groups.lock().unwrap().push(ids);
            Ok(saved)
        };
        group.save(to_save(id, 1), save).await
    }

    #[tokio::test]
    async fn checkpoints_that_arrive_while_one_is_stored_are_stored_at_once() {
        let (group, groups) = (CheckpointGroup::default(), Groups::default());
        let saved = join4(
            save(&group, &groups, 1),
            save(&group, &groups, 2),
            save(&group, &groups, 9),
            save(&group, &groups, 2),
        );
        let (first, second, refused, again) = saved.await;
        assert_eq!(
            [first, second, refused, again].map(Result::unwrap),
            [true, true, false, false]
        );
        assert_eq!(*groups.lock().unwrap(), [vec![1], vec![2, 9]]);
    }

    #[tokio::test]
    async fn a_failure_reaches_the_caller_whose_turn_it_was() {
        let group = CheckpointGroup::default();
        let fail = async |_| {
            tokio::task::yield_now().await;
            Err(eventstore_core::Error::StoreClosed)
        };
        let saved = join3(
            group.save(to_save(1, 1), fail),
            group.save(to_save(2, 1), fail),
            group.save(to_save(3, 1), fail),
        );
        let (first, second, third) = saved.await;
        assert!(first.is_err() && second.is_err());
        assert!(!third.unwrap());
    }
}
