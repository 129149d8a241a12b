use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use eventstore_core::backend::{LeaseEpoch, LeaseToken};
use eventstore_core::{EventNumber, SubscriptionId};

/// What the holders of this process have stored, in a store that is shared with the Elixir `EventStore`. That library takes a lock
/// over without an epoch, and is recognized by a checkpoint that is not the holder's.
///
/// Of each subscription the latest lease is kept, even after it is over: its holder may not know yet. ADR 40 gives the reason.
#[derive(Debug)]
pub(crate) struct Written {
    /// The range for a lease that is not known here.
    otherwise: Range,
    leases: Mutex<HashMap<SubscriptionId, Known>>,
}

/// What is known about the latest lease of a subscription.
#[derive(Debug)]
struct Known {
    epoch: LeaseEpoch,
    /// The latest checkpoint that is known to be stored.
    stored: i64,
    /// Later checkpoints that may be stored: they are on their way, or no answer came.
    attempts: Vec<i64>,
}

/// From what is known to be stored to what may be stored, its answer having been lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) lowest: i64,
    pub(crate) highest: i64,
}

impl Range {
    /// If the epoch alone decides who may write.
    pub(crate) const ALL: Self = Self {
        lowest: i64::MIN,
        highest: i64::MAX,
    };

    /// Empty: no checkpoint is the holder's.
    const NONE: Self = Self {
        lowest: i64::MAX,
        highest: i64::MIN,
    };
}

impl Written {
    /// Takes whether each row has an epoch, which fences the other leases of this library.
    pub(super) fn new(has_epochs: bool) -> Self {
        Self {
            otherwise: if has_epochs { Range::ALL } else { Range::NONE },
            leases: Mutex::default(),
        }
    }

    pub(super) fn begin(&self, lease: LeaseToken, checkpoint: EventNumber) {
        let known = Known {
            epoch: lease.epoch,
            stored: checkpoint.as_i64(),
            attempts: Vec::new(),
        };
        self.leases().insert(lease.id, known);
    }

    /// Where the checkpoint may be now.
    pub(crate) fn range(&self, lease: LeaseToken) -> Range {
        self.with(lease, |known| known.range()).unwrap_or(self.otherwise)
    }

    /// Where the checkpoint may be now; this one is about to be stored.
    pub(crate) fn attempt(&self, lease: LeaseToken, checkpoint: EventNumber) -> Range {
        // Before the attempt is added: the row cannot hold this checkpoint yet, unless an earlier attempt, which the
        // range has already, or another holder has stored it.
        let range = self.range(lease);
        self.with(lease, |known| known.attempts.push(checkpoint.as_i64()));
        range
    }

    /// This checkpoint is stored.
    pub(crate) fn confirm(&self, lease: LeaseToken, checkpoint: EventNumber) {
        self.with(lease, |known| {
            known.stored = known.stored.max(checkpoint.as_i64());
            known.attempts.retain(|attempt| *attempt > known.stored);
        });
    }

    /// This checkpoint was not stored, and the same attempt will not store it later.
    pub(crate) fn withdraw(&self, lease: LeaseToken, checkpoint: EventNumber) {
        self.with(lease, |known| {
            let attempts = &mut known.attempts;
            if let Some(at) = attempts.iter().position(|attempt| *attempt == checkpoint.as_i64()) {
                attempts.swap_remove(at);
            }
        });
    }

    /// `None` for a lease that is not the latest one of this process: nothing is known about it.
    fn with<T>(&self, lease: LeaseToken, look: impl FnOnce(&mut Known) -> T) -> Option<T> {
        let mut leases = self.leases();
        let known = leases.get_mut(&lease.id).filter(|known| known.epoch == lease.epoch);
        known.map(look)
    }

    fn leases(&self) -> MutexGuard<'_, HashMap<SubscriptionId, Known>> {
        self.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn range(&self) -> Range {
        Range {
            lowest: self.stored,
            highest: self.attempts.iter().copied().fold(self.stored, i64::max),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(lowest: i64, highest: i64) -> Range {
        Range { lowest, highest }
    }

    fn lease(epoch: i64) -> LeaseToken {
        LeaseToken {
            id: SubscriptionId::new(1),
            epoch: LeaseEpoch::new(epoch),
        }
    }

    #[test]
    fn knows_what_is_stored_as_closely_as_the_answers_tell() {
        let written = Written::new(true);
        written.begin(lease(7), 3.into());
        assert_eq!(written.attempt(lease(7), 5.into()), range(3, 3));
        // No answer came.
        assert_eq!(written.attempt(lease(7), 8.into()), range(3, 5));
        written.confirm(lease(7), 8.into());
        assert_eq!(written.range(lease(7)), range(8, 8));
    }

    #[test]
    fn what_was_refused_is_no_ones() {
        let written = Written::new(true);
        written.begin(lease(7), 3.into());
        for checkpoint in [9, 5] {
            written.attempt(lease(7), checkpoint.into());
        }
        written.withdraw(lease(7), 9.into());
        assert_eq!(written.range(lease(7)), range(3, 5));
        written.withdraw(lease(7), 5.into());
        assert_eq!(written.range(lease(7)), range(3, 3));
    }

    #[test]
    fn knows_the_latest_lease_only() {
        for (has_epochs, otherwise) in [(true, Range::ALL), (false, Range::NONE)] {
            let written = Written::new(has_epochs);
            assert_eq!(written.range(lease(7)), otherwise);
            written.begin(lease(7), 3.into());
            written.begin(lease(8), 4.into());
            assert_eq!(written.attempt(lease(7), 9.into()), otherwise);
            written.confirm(lease(7), 9.into());
            assert_eq!(written.range(lease(8)), range(4, 4));
        }
    }
}
