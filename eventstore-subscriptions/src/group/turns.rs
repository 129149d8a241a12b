use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock};

/// Lets the handler of an event that may have ended a process run alone: whatever else the group handles here waits meanwhile, so that no
/// other event can be blamed for what it does (ADR 65).
#[derive(Debug, Clone, Default)]
pub(crate) struct Turns(Arc<RwLock<()>>);

/// The turns of one partition, which handles one event at a time.
#[derive(Debug)]
pub(crate) struct PartitionTurns {
    all: Turns,
    /// The turn of the event that is about to be handled alone.
    alone: Mutex<Option<OwnedRwLockWriteGuard<()>>>,
}

/// The right to call the handler.
#[derive(Debug)]
pub(crate) enum Turn {
    /// Dropping it ends the call. The turn lasts until it is cancelled: until it is stored that the event has ended no process.
    Alone { _turn: Alone },
    /// Dropping it ends the turn.
    Beside { _others: OwnedRwLockReadGuard<()> },
}

#[derive(Debug)]
pub(crate) struct Alone {
    guard: Option<OwnedRwLockWriteGuard<()>>,
    turns: Arc<PartitionTurns>,
}

impl Drop for Alone {
    fn drop(&mut self) {
        *self.turns.reserved() = self.guard.take();
    }
}

impl Turns {
    pub(crate) fn of_a_partition(&self) -> Arc<PartitionTurns> {
        Arc::new(PartitionTurns {
            all: self.clone(),
            alone: Mutex::default(),
        })
    }
}

impl PartitionTurns {
    /// Waits until nothing else is handled. The next turn of the partition is one alone. One that was reserved before and not used is given up.
    pub(crate) async fn reserve_alone(&self) {
        self.cancel();
        let turn = Arc::clone(&self.all.0).write_owned().await;
        *self.reserved() = Some(turn);
    }

    /// Waits for the turn of the next event of the partition.
    pub(crate) async fn next(self: &Arc<Self>) -> Turn {
        let alone = self.reserved().take();
        match alone {
            Some(guard) => Turn::Alone {
                _turn: Alone {
                    guard: Some(guard),
                    turns: Arc::clone(self),
                },
            },
            None => Turn::Beside {
                _others: Arc::clone(&self.all.0).read_owned().await,
            },
        }
    }

    /// Ends a turn alone that was reserved and is not needed, or over.
    pub(crate) fn cancel(&self) {
        *self.reserved() = None;
    }

    fn reserved(&self) -> MutexGuard<'_, Option<OwnedRwLockWriteGuard<()>>> {
        self.alone.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn an_event_alone_waits_for_the_others_and_they_for_it() {
        let turns = Turns::default();
        let (one, other) = (turns.of_a_partition(), turns.of_a_partition());
        let shared = (one.next().await, other.next().await);
        assert!(one.reserve_alone().now_or_never().is_none());
        drop(shared);
        one.reserve_alone().await;
        assert!(other.next().now_or_never().is_none());
        let alone = one.next().await;
        assert!(matches!(alone, Turn::Alone { .. }));
        drop(alone);
        assert!(other.next().now_or_never().is_none(), "it may still be blamed");
        one.cancel();
        assert!(matches!(other.next().await, Turn::Beside { .. }));
    }

    #[tokio::test]
    async fn a_partition_does_not_wait_for_a_turn_that_it_has_not_used_itself() {
        let turns = Turns::default();
        let (one, other) = (turns.of_a_partition(), turns.of_a_partition());
        one.reserve_alone().await;
        assert!(one.reserve_alone().now_or_never().is_some());
        drop(one.next().await);
        one.cancel();
        drop(other.next().await);
    }

    #[tokio::test]
    async fn a_reserved_turn_that_is_cancelled_or_forgotten_holds_up_no_one() {
        let turns = Turns::default();
        let (one, other) = (turns.of_a_partition(), turns.of_a_partition());
        one.reserve_alone().await;
        one.cancel();
        drop(other.next().await);
        one.reserve_alone().await;
        drop(one);
        drop(other.next().await);
    }
}
