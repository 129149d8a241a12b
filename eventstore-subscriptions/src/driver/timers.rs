use std::collections::BTreeMap;
use std::time::Duration;

use eventstore_core::machine::Timer;
use tokio::time::{Instant, sleep_until};

/// A shorter delay would keep the driver busy without rest.
const SHORTEST: Duration = Duration::from_millis(1);

/// A longer delay means never.
const LONGEST: Duration = Duration::from_hours(100 * 365 * 24);

/// The armed timers of one subscription, one of each kind.
#[derive(Debug, Default)]
pub(super) struct Timers {
    deadlines: BTreeMap<Timer, Instant>,
}

impl Timers {
    pub(super) fn arm(&mut self, timer: Timer, after: Duration) {
        self.deadlines
            .insert(timer, Instant::now() + after.clamp(SHORTEST, LONGEST));
    }

    /// Waits for the earliest timer and disarms it; waits for ever if none is armed. Dropping the future loses nothing.
    pub(super) async fn next(&mut self) -> Timer {
        let earliest = self.deadlines.iter().min_by_key(|(_, deadline)| **deadline);
        let Some((timer, deadline)) = earliest.map(|(timer, deadline)| (*timer, *deadline)) else {
            return std::future::pending().await;
        };
        sleep_until(deadline).await;
        self.deadlines.remove(&timer);
        timer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn fires_the_earliest_first_and_bears_any_duration() {
        let mut timers = Timers::default();
        timers.arm(Timer::Poll, Duration::MAX);
        timers.arm(Timer::ReadRetry, Duration::from_millis(50));
        timers.arm(Timer::AcquireRetry, Duration::ZERO);
        assert_eq!(timers.next().await, Timer::AcquireRetry);
        assert_eq!(timers.next().await, Timer::ReadRetry);
        assert_eq!(timers.deadlines.keys().collect::<Vec<_>>(), [&Timer::Poll]);
    }
}
