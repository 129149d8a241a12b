use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use eventstore_core::{Error, Result};
use tokio::time::sleep;

/// How many times a call is attempted that conflicts with others.
const ATTEMPTS: u32 = 20;

/// The pause before the third attempt, and the longest pause; the second attempt follows immediately.
const PAUSES: (Duration, Duration) = (Duration::from_millis(1), Duration::from_millis(100));

/// Counts the attempts of one call and pauses between them, with random pauses so that calls that collided do not collide again.
pub(crate) struct Attempts {
    made: u32,
    allowed: u32,
    /// In a transaction of the caller's, a retry after the server aborted a statement would meet the same conflict again.
    survive_abortion: bool,
    last: Option<Error>,
}

impl Attempts {
    pub(crate) fn new(survive_abortion: bool) -> Self {
        Self {
            made: 0,
            allowed: ATTEMPTS,
            survive_abortion,
            last: None,
        }
    }

    pub(crate) fn and_more(self, attempts: usize) -> Self {
        let more = u32::try_from(attempts).unwrap_or(u32::MAX);
        Self {
            allowed: self.allowed.saturating_add(more),
            ..self
        }
    }

    /// Judges an attempt: `None` asks for another one, which may start immediately.
    pub(crate) async fn judge<T>(&mut self, attempt: Result<Option<T>>) -> Result<Option<T>> {
        match attempt {
            Ok(None) => {}
            Err(aborted @ Error::Aborted { .. }) if self.survive_abortion => self.last = Some(aborted),
            settled => return settled,
        }
        self.made += 1;
        if self.made >= self.allowed {
            return Err(self.last.take().unwrap_or_else(exhausted));
        }
        sleep(pause_after(self.made)).await;
        Ok(None)
    }

    /// Whether no further attempt is made after this many.
    pub(crate) fn are_exhausted_by(attempts: u32) -> bool {
        attempts >= ATTEMPTS
    }
}

/// How long to wait after this many attempts: longer each time, with a random part that differs between calls.
pub(crate) fn pause_after(attempts: u32) -> Duration {
    let (first, longest) = PAUSES;
    let Some(index) = attempts.checked_sub(2) else {
        return Duration::ZERO;
    };
    let mut pauses = ExponentialBuilder::default()
        .with_min_delay(first)
        .with_max_delay(longest)
        .with_jitter()
        .without_max_times()
        .build();
    pauses
        .nth(usize::try_from(index.min(ATTEMPTS)).unwrap_or_default())
        .unwrap_or(longest)
}

/// The error for a caller whose every attempt collided with another call.
pub(crate) fn exhausted() -> Error {
    Error::Aborted {
        source: format!("others got in the way during {ATTEMPTS} attempts").into(),
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn pauses_grow_and_the_last_abortion_is_told_in_the_end() {
        let (started, mut attempts) = (Instant::now(), Attempts::new(true));
        let mut times = Vec::new();
        let error = loop {
            times.push(started.elapsed());
            let attempt = Err::<Option<()>, _>(Error::Aborted {
                source: format!("attempt {}", times.len()).into(),
            });
            if let Err(error) = attempts.judge(attempt).await {
                break error;
            }
        };
        assert_eq!(times.len(), 20);
        assert_eq!(times[1], Duration::ZERO);
        assert!(times.windows(2).skip(1).all(|times| times[0] < times[1]), "{times:?}");
        assert!((Duration::from_millis(500)..Duration::from_secs(5)).contains(&started.elapsed()));
        assert!(
            matches!(&error, Error::Aborted { source } if source.to_string() == "attempt 20"),
            "{error:?}"
        );
    }

    #[test]
    fn two_who_met_do_not_pause_alike() {
        let pauses: std::collections::HashSet<_> = (0..100).map(|_| pause_after(10)).collect();
        assert!(pauses.len() > 10, "{pauses:?}");
    }
}
