use std::collections::BTreeMap;
use std::time::Duration;

use eventstore_core::Timer;
use tokio::time::{Instant, sleep_until};

/// The armed timers of one subscription, one of each kind.
#[derive(Debug, Default)]
pub(crate) struct Timers {
    deadlines: BTreeMap<Timer, Instant>,
}

impl Timers {
    pub(crate) fn arm(&mut self, timer: Timer, after: Duration) {
        self.deadlines.insert(timer, Instant::now() + after);
    }

    /// Waits for the earliest timer and disarms it; for ever if none is armed. Dropping the future loses nothing.
    pub(crate) async fn next(&mut self) -> Timer {
        let earliest = self.deadlines.iter().min_by_key(|(_, deadline)| **deadline);
        let Some((timer, deadline)) = earliest.map(|(timer, deadline)| (*timer, *deadline)) else {
            return std::future::pending().await;
        };
        sleep_until(deadline).await;
        self.deadlines.remove(&timer);
        timer
    }
}
