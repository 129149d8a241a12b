use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use eventstore_core::SubscriptionId;

/// The subscriptions of which parked events are being replayed.
#[derive(Debug, Default)]
pub(crate) struct RunningReplays {
    of: Mutex<HashSet<SubscriptionId>>,
}

/// A replay that is running; it has ended once this is dropped.
#[derive(Debug)]
pub(crate) struct RunningReplay<'a> {
    replays: &'a RunningReplays,
    id: SubscriptionId,
}

impl RunningReplays {
    /// Begins a replay; nothing if one of the same subscription is running.
    pub(crate) fn begin(&self, id: SubscriptionId) -> Option<RunningReplay<'_>> {
        let is_first = self.lock().insert(id);
        // Made only then: dropping one ends the replay.
        is_first.then(|| RunningReplay { replays: self, id })
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<SubscriptionId>> {
        self.of.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for RunningReplay<'_> {
    fn drop(&mut self) {
        self.replays.lock().remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscription_has_one_replay_at_a_time() {
        let (replays, one, two) = (
            RunningReplays::default(),
            SubscriptionId::new(1),
            SubscriptionId::new(2),
        );
        let running = replays.begin(one).unwrap();
        assert!(replays.begin(one).is_none() && replays.begin(two).is_some());
        drop(running);
        assert!(replays.begin(one).is_some());
    }
}
