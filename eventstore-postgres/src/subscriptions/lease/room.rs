use std::time::Duration;

use eventstore_core::Error;
use thiserror::Error as ThisError;
use tokio::time::Instant;

/// How long a count of the server's locks is valid: while there is room, and while there is none.
const COUNTED_FOR: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(1));

/// Leases fill the server's lock table to at most one half, no matter who holds the rest: every statement needs some of it.
const SHARE: i64 = 2;

/// The part of the free locks that may be taken before they are counted again: other sessions take locks at the same time.
const AT_ONCE: i64 = 8;

/// The server's lock table is as full as subscriptions may make it; a lease is given once others are released.
///
/// Raise `max_locks_per_transaction` to make more room, which requires a restart of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ThisError)]
#[error(
    "the lock table of the server has room for {capacity} locks, and {taken} are held: no more leases are taken, so that appends \
     find room; raise `max_locks_per_transaction`"
)]
#[non_exhaustive]
pub struct LockTableFull {
    /// How many locks the table has room for, according to the server's settings.
    pub capacity: i64,
    /// How many locks all sessions of the server hold.
    pub taken: i64,
}

impl From<LockTableFull> for Error {
    fn from(full: LockTableFull) -> Self {
        Self::Unavailable {
            message: full.to_string(),
            source: Some(Box::new(full)),
        }
    }
}

/// How many leases may be taken until the server's locks are counted again.
#[derive(Debug, Default)]
pub(super) struct Room {
    left: i64,
    counted_at: Option<Instant>,
    full: Option<LockTableFull>,
}

impl Room {
    pub(super) fn must_count(&self) -> bool {
        let (with_room, when_full) = COUNTED_FOR;
        let holds_for = if self.full.is_some() { when_full } else { with_room };
        let is_recent = self.counted_at.is_some_and(|at| at.elapsed() < holds_for);
        !is_recent || self.left <= 0 && self.full.is_none()
    }

    pub(super) fn counted(&mut self, capacity: i64, taken: i64) {
        let free = capacity / SHARE - taken;
        self.left = if free > 0 { (free / AT_ONCE).max(1) } else { 0 };
        self.full = (free <= 0).then_some(LockTableFull { capacity, taken });
        self.counted_at = Some(Instant::now());
    }

    /// Why no lease may be taken.
    pub(super) fn full(&self) -> Option<LockTableFull> {
        self.full
    }

    /// How many leases may be requested now; at least one.
    pub(super) fn at_once(&self) -> usize {
        usize::try_from(self.left.max(1)).unwrap_or(usize::MAX)
    }

    /// A lease was taken.
    pub(super) fn take(&mut self) {
        self.left -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn leases_fill_half_of_the_table_and_no_more() {
        let mut room = Room::default();
        let (capacity, mut taken) = (200, 20);
        while taken < 200 {
            if room.must_count() {
                room.counted(capacity, taken);
            }
            if room.full().is_some() {
                break;
            }
            room.take();
            taken += 1;
        }
        assert_eq!(taken, 100);
        let refused = Error::from(room.full().unwrap());
        assert!(
            matches!(refused, Error::Unavailable { source: Some(_), .. }),
            "{refused}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_table_is_counted_again_after_a_while() {
        let mut room = Room::default();
        room.counted(200, 150);
        assert!(!room.must_count());
        tokio::time::advance(COUNTED_FOR.1).await;
        assert!(room.must_count());
        room.counted(200, 99);
        assert!(!room.must_count());
        room.take();
        assert!(room.must_count());
    }
}
