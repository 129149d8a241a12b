use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use eventstore_core::{EventNumber, LeaseEpoch, LeaseToken, SubscriptionId};

/// What the holders of this process have stored, in a store that is shared with the Elixir `EventStore`: that takes a lock over
/// without an epoch, and is known by a checkpoint that is not the holder's.
///
/// Of each subscription the latest lease is kept, also when it is over: its holder may not know. ADR 40 tells why.
#[derive(Debug)]
pub(crate) struct Written {
    /// Of a lease that is not known here.
    otherwise: Range,
    leases: Mutex<HashMap<SubscriptionId, (LeaseEpoch, Range)>>,
}

/// Between what is known to be stored and what may be, the answer having been lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) lowest: i64,
    pub(crate) highest: i64,
}

impl Range {
    /// Where the epoch alone tells who may write.
    pub(crate) const ALL: Self = Self {
        lowest: i64::MIN,
        highest: i64::MAX,
    };

    /// Nowhere: no checkpoint is the holder's.
    const NONE: Self = Self {
        lowest: i64::MAX,
        highest: i64::MIN,
    };
}

impl Written {
    /// Whether each row has an epoch, which refuses the other leases of this library.
    pub(super) fn new(has_epochs: bool) -> Self {
        Self {
            otherwise: if has_epochs { Range::ALL } else { Range::NONE },
            leases: Mutex::default(),
        }
    }

    pub(super) fn begin(&self, lease: LeaseToken, checkpoint: EventNumber) {
        let stored = checkpoint.as_i64();
        let range = Range {
            lowest: stored,
            highest: stored,
        };
        self.leases().insert(lease.id, (lease.epoch, range));
    }

    /// Where the checkpoint may be now.
    pub(crate) fn range(&self, lease: LeaseToken) -> Range {
        self.change(lease, |_| {}).unwrap_or(self.otherwise)
    }

    /// Where the checkpoint may be now; this one is about to be stored.
    pub(crate) fn attempt(&self, lease: LeaseToken, checkpoint: EventNumber) -> Range {
        let attempted = checkpoint.as_i64();
        let before = self.change(lease, |range| range.highest = range.highest.max(attempted));
        before.unwrap_or(self.otherwise)
    }

    /// This checkpoint is stored.
    pub(crate) fn confirm(&self, lease: LeaseToken, checkpoint: EventNumber) {
        let stored = checkpoint.as_i64();
        self.change(lease, |range| range.lowest = range.lowest.max(stored));
    }

    /// What was known before; nothing of a lease that is not the latest one of this process.
    fn change(&self, lease: LeaseToken, change: impl FnOnce(&mut Range)) -> Option<Range> {
        let mut leases = self.leases();
        let (epoch, range) = leases.get_mut(&lease.id)?;
        if *epoch != lease.epoch {
            return None;
        }
        let before = *range;
        change(range);
        Some(before)
    }

    fn leases(&self) -> MutexGuard<'_, HashMap<SubscriptionId, (LeaseEpoch, Range)>> {
        self.leases.lock().unwrap_or_else(PoisonError::into_inner)
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
