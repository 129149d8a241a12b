use std::time::Duration;

/// When the file is checked next: soon after a sign of a change, then less and less often.
///
/// A sign is no change yet: the log is written to, then made durable, and only then do others see what was committed. Each pause is about
/// as long as the time since the sign. So a commit is found after at most twice the time that it took.
#[derive(Debug)]
pub(super) struct Pace {
    next: Duration,
    longest: Duration,
}

impl Pace {
    /// The first pause after a sign.
    pub(super) const SHORTEST: Duration = Duration::from_millis(1);

    /// The pause after each change that was found. It bounds what the checks cost while one change follows another.
    pub(super) const REST: Duration = Duration::from_millis(5);

    const LONGEST: Duration = Duration::from_millis(100);

    /// Where the system tells of each write to the file, the checks are only for a write that it did not tell of.
    const LONGEST_IF_TOLD: Duration = Duration::from_secs(1);

    pub(super) fn new(writes_are_told: bool) -> Self {
        Self {
            next: Self::SHORTEST,
            longest: if writes_are_told {
                Self::LONGEST_IF_TOLD
            } else {
                Self::LONGEST
            },
        }
    }

    /// There was a sign of a change, or a change.
    pub(super) fn quicken(&mut self) {
        self.next = Self::SHORTEST;
    }

    /// How long to pause now.
    pub(super) fn pause(&mut self) -> Duration {
        let pause = self.next;
        self.next = (pause * 2).min(self.longest);
        pause
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pauses(pace: &mut Pace, count: usize) -> Vec<u128> {
        (0..count).map(|_| pace.pause().as_millis()).collect()
    }

    #[test]
    fn pauses_grow_until_the_next_sign() {
        let mut polled = Pace::new(false);
        assert_eq!(pauses(&mut polled, 9), [1, 2, 4, 8, 16, 32, 64, 100, 100]);
        polled.quicken();
        assert_eq!(pauses(&mut polled, 2), [1, 2]);
        let mut told = Pace::new(true);
        assert_eq!(pauses(&mut told, 12)[9..], [512, 1_000, 1_000]);
    }
}
