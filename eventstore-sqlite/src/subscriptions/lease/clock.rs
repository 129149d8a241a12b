use std::fs;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use tracing::warn;

/// How long a lease lasts if it is not renewed.
const DURATION: Duration = Duration::from_secs(3);

/// The clock that timers use on Linux: while the machine sleeps, both stop, and so do all processes that could take a lease.
const CLOCK: ClockId = ClockId::Monotonic;

/// Linux names each run of a machine.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// The clock of leases: all processes of the machine share it, no one sets it, and it starts over with the machine.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    boot: String,
}

impl Clock {
    pub(crate) fn of_this_machine() -> Self {
        let boot = fs::read_to_string(BOOT_ID);
        if let (true, Err(error)) = (cfg!(target_os = "linux"), &boot) {
            // Processes that can read it would take the leases of this one, and the other way round.
            warn!(%error, "{BOOT_ID} cannot be read, so leases are not safe from other processes that read it");
        }
        let boot = boot.unwrap_or_default();
        Self {
            boot: boot.trim().to_owned(),
        }
    }

    /// The run of the machine that the clock is of; empty where runs have no names.
    pub(in crate::subscriptions) fn boot(&self) -> &str {
        &self.boot
    }

    /// In milliseconds.
    pub(in crate::subscriptions) fn now() -> i64 {
        let now = Duration::try_from(clock_gettime(CLOCK)).unwrap_or_default();
        millis(now)
    }

    /// When a lease ends that is given or renewed at this time.
    pub(super) fn end_of(given_at: i64) -> i64 {
        given_at.saturating_add(millis(DURATION))
    }

    /// Whether the lease with these columns is held. They must have been read before this call: a lease that seems to last for longer than
    /// a lease lasts is of another run of the machine.
    pub(crate) fn is_held(&self, boot: Option<&str>, until: Option<i64>) -> bool {
        let now = Self::now();
        let lasts = |until| now < until && until <= Self::end_of(now);
        boot == Some(&self.boot) && until.is_some_and(lasts)
    }
}

pub(in crate::subscriptions) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_is_held_until_it_ends_and_only_in_its_run_of_the_machine() {
        let clock = Clock::of_this_machine();
        let now = Clock::now();
        let boot = Some(clock.boot());
        assert!(clock.is_held(boot, Some(Clock::end_of(now))));
        assert!(!clock.is_held(boot, Some(now)), "it has ended");
        assert!(!clock.is_held(boot, Some(now + 60_000)), "no lease lasts for as long");
        assert!(!clock.is_held(Some("another run"), Some(Clock::end_of(now))));
        assert!(!clock.is_held(None, None));
    }

    /// Timers stop while the machine is suspended. A clock that went on would end all leases before their holders are told.
    #[test]
    fn stands_still_whenever_timers_do() {
        assert_eq!(CLOCK, ClockId::Monotonic);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn names_the_run_of_the_machine() {
        assert_eq!(Clock::of_this_machine().boot().len(), 36);
    }
}
