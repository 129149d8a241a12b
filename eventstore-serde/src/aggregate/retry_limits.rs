use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder, FuturesTimerSleeper, Sleeper};
use eventstore_core::{Error, Result};

/// The pauses of one call, as long as it is tried again.
pub(super) type Pauses = ExponentialBackoff;

/// How often a call is retried after a conflict with another call, and how long it waits before each retry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryLimits {
    /// The maximum number of retries.
    pub retries: usize,
    /// The pause before the first retry; each later pause is twice the previous one, plus a random part up to as much
    /// again.
    pub first_pause: Duration,
    /// The longest pause, without the random part.
    pub longest_pause: Duration,
}

impl Default for RetryLimits {
    /// Retries ten times, with pauses from 2 ms to 200 ms.
    fn default() -> Self {
        Self {
            retries: 10,
            first_pause: Duration::from_millis(2),
            longest_pause: Duration::from_millis(200),
        }
    }
}

impl RetryLimits {
    pub(super) fn pauses(self) -> Pauses {
        ExponentialBuilder::default()
            .with_min_delay(self.first_pause)
            .with_max_delay(self.longest_pause)
            .with_max_times(self.retries)
            .with_jitter()
            .build()
    }
}

/// Waits before the next attempt, or gives the error back if there is none.
pub(super) async fn pause_or(error: Error, pauses: &mut Pauses) -> Result<()> {
    let pause = pauses.next().ok_or(error)?;
    FuturesTimerSleeper.sleep(pause).await;
    Ok(())
}
