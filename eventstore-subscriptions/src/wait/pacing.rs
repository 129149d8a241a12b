use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use eventstore_core::EventNumber;

/// No pause between two reads of a checkpoint is shorter.
const SHORTEST: Duration = Duration::from_millis(5);

/// No pause between two reads of a checkpoint is longer.
const LONGEST: Duration = Duration::from_millis(500);

/// How long to pause before a checkpoint that is to reach a number is read again.
pub(super) struct Pacing {
    target: EventNumber,
    /// When the checkpoint was first read as it is, and its number.
    changed: Option<(Duration, EventNumber)>,
    backoff: ExponentialBackoff,
}

impl Pacing {
    pub(super) fn new(target: EventNumber) -> Self {
        Self {
            target,
            changed: None,
            backoff: backoff(),
        }
    }

    /// How long to pause after this checkpoint was read, at this time since the wait began: as long as the checkpoint
    /// still needs if it keeps its rate, or longer and longer while it does not move.
    pub(super) fn pause_after(&mut self, checkpoint: EventNumber, now: Duration) -> Duration {
        let earlier = self.changed;
        if earlier.is_some_and(|(_, earlier)| earlier == checkpoint) {
            return self.back_off();
        }
        self.changed = Some((now, checkpoint));
        self.backoff = backoff();
        earlier
            .and_then(|(since, earlier)| {
                let moved = checkpoint.distance_from(earlier);
                extrapolate(now.saturating_sub(since), moved, self.target.distance_from(checkpoint))
            })
            .map_or_else(|| self.back_off(), |estimate| estimate.clamp(SHORTEST, LONGEST))
    }

    /// How long to pause after a read that tells nothing new: longer each time.
    pub(super) fn back_off(&mut self) -> Duration {
        self.backoff.next().unwrap_or(LONGEST)
    }
}

fn backoff() -> ExponentialBackoff {
    ExponentialBuilder::default()
        .with_min_delay(SHORTEST)
        // The jitter adds up to as much again.
        .with_max_delay(LONGEST / 2)
        .without_max_times()
        .with_jitter()
        .build()
}

/// How long the rest takes if `moved` took this long; `None` if nothing moved forward.
fn extrapolate(took: Duration, moved: u64, rest: u64) -> Option<Duration> {
    let nanos = took.as_nanos().saturating_mul(rest.into()).checked_div(moved.into())?;
    Some(u64::try_from(nanos).map_or(Duration::MAX, Duration::from_nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn pause(pacing: &mut Pacing, checkpoint: u32, now: u64) -> Duration {
        pacing.pause_after(checkpoint.into(), ms(now))
    }

    #[test]
    fn a_checkpoint_that_moves_is_read_again_when_it_should_have_arrived() {
        let mut pacing = Pacing::new(100_u32.into());
        pause(&mut pacing, 0, 0);
        assert_eq!(pause(&mut pacing, 20, 10), ms(40));
        assert_eq!(pause(&mut pacing, 90, 50), ms(40) / 7);
    }

    #[test]
    fn the_rate_counts_from_when_the_checkpoint_last_moved() {
        let mut pacing = Pacing::new(30_u32.into());
        for now in [0, 10, 50] {
            pause(&mut pacing, 10, now);
        }
        assert_eq!(pause(&mut pacing, 20, 100), ms(100));
    }

    #[test]
    fn an_estimate_stays_within_the_limits() {
        let mut pacing = Pacing::new(EventNumber::MAX);
        pause(&mut pacing, 0, 0);
        assert_eq!(pause(&mut pacing, 1, 1_000), LONGEST);
        let mut pacing = Pacing::new(1_001_u32.into());
        pause(&mut pacing, 0, 0);
        assert_eq!(pause(&mut pacing, 1_000, 10), SHORTEST);
    }

    #[test]
    fn a_checkpoint_that_does_not_move_is_read_ever_more_rarely() {
        let mut pacing = Pacing::new(9_u32.into());
        for least in [5, 10, 20, 40, 80, 160, 250, 250].map(ms) {
            let paused = pause(&mut pacing, 3, 0);
            assert!((least..=2 * least).contains(&paused), "{least:?}: {paused:?}");
        }
    }

    #[test]
    fn a_checkpoint_that_was_set_back_begins_again() {
        let mut pacing = Pacing::new(9_u32.into());
        for now in 0..9 {
            pause(&mut pacing, 8, now);
        }
        let paused = pause(&mut pacing, 2, 10);
        assert!((SHORTEST..=2 * SHORTEST).contains(&paused), "{paused:?}");
        assert_eq!(pause(&mut pacing, 3, 20), ms(60));
    }
}
