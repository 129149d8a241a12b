use std::fmt;
use std::num::NonZeroU32;
use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

/// How often [`Subscriptions::run`](crate::Subscriptions::run) gives an event to a handler that fails, and what happens then.
///
/// ```
/// use std::num::NonZeroU32;
/// use std::time::Duration;
///
/// use eventstore_subscriptions::{GiveUp, RetryPolicy};
///
/// let three = NonZeroU32::new(3).expect("not zero");
/// let policy = RetryPolicy::new(three, GiveUp::Park).with_delay(Duration::from_millis(100), Duration::from_secs(5));
/// # let _ = policy;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// How often an event is handled at most; default 5.
    ///
    /// Attempts are counted under one lease: the count begins again after a restart in good order. Attempts that ended the process, as an
    /// abort or a lack of memory does, count on; see [`Delivery::attempt`](crate::Delivery::attempt).
    pub attempts: NonZeroU32,
    /// The wait before the second attempt; it doubles each time, and each wait is lengthened by a random part of itself; default 1 s.
    pub min_delay: Duration,
    /// The longest wait, without the random part; default 1 min.
    pub max_delay: Duration,
    /// What happens to an event whose last attempt failed; default [`GiveUp::Stop`].
    pub then: GiveUp,
}

/// What happens to an event that was handled without success as often as the policy allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GiveUp {
    /// The event is parked as a dead letter with the error as the reason, and so is whatever comes later in its partition, until it is
    /// [replayed](crate::replay_parked) or discarded.
    Park,
    /// The event counts as handled.
    Skip,
    /// The subscription stops with the handler's error; the event is delivered again when it is run again.
    Stop,
}

impl fmt::Display for RetryPolicy {
    /// As in `park after 5 attempts`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let then = match self.then {
            GiveUp::Park => "park",
            GiveUp::Skip => "skip",
            GiveUp::Stop => "stop",
        };
        let attempts = if self.attempts == NonZeroU32::MIN {
            "attempt"
        } else {
            "attempts"
        };
        write!(f, "{then} after {} {attempts}", self.attempts)
    }
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self::new(const { NonZeroU32::new(5).unwrap() }, GiveUp::Stop)
    }
}

impl RetryPolicy {
    /// Creates a policy of at most this many attempts with the default delays.
    pub const fn new(attempts: NonZeroU32, then: GiveUp) -> Self {
        Self {
            attempts,
            min_delay: Duration::from_secs(1),
            max_delay: Duration::from_mins(1),
            then,
        }
    }

    /// Sets the wait before the second attempt, and the longest wait.
    #[must_use]
    pub const fn with_delay(self, min: Duration, max: Duration) -> Self {
        Self {
            min_delay: min,
            max_delay: max,
            ..self
        }
    }

    /// Whether an event is not to be handled for another time: processes have ended in the attempts before.
    pub(crate) fn is_beyond(&self, attempt: u32) -> bool {
        attempt > self.attempts.get()
    }

    /// How long to wait after this failed attempt; `None` if it was the last one.
    pub(crate) fn delay_after(&self, attempt: u32) -> Option<Duration> {
        if attempt >= self.attempts.get() {
            return None;
        }
        let delays = ExponentialBuilder::default()
            .with_min_delay(self.min_delay.min(self.max_delay))
            .with_max_delay(self.max_delay)
            .without_max_times()
            .with_jitter();
        let nth = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX);
        // Beyond this many doublings, every delay is the longest one.
        Some(delays.build().nth(nth.min(64)).unwrap_or(self.max_delay))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_longer_each_time_up_to_a_limit_and_gives_up_after_the_last_attempt() {
        let attempts = NonZeroU32::new(100).unwrap();
        let (min, max) = (Duration::from_millis(10), Duration::from_millis(100));
        let policy = RetryPolicy::new(attempts, GiveUp::Skip).with_delay(min, max);
        for (attempt, delay) in [(1, 10), (2, 20), (3, 40), (4, 80), (5, 100), (99, 100)] {
            let least = Duration::from_millis(delay);
            let waited = policy.delay_after(attempt).unwrap();
            assert!((least..=2 * least).contains(&waited), "{attempt}: {waited:?}");
        }
        assert_eq!(policy.delay_after(100), None);
        assert_eq!(RetryPolicy::new(NonZeroU32::MIN, GiveUp::Stop).delay_after(1), None);
    }
}
