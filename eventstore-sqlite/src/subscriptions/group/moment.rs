use std::time::Duration;

use eventstore_core::backend::Membership;

use crate::subscriptions::Clock;
use crate::subscriptions::lease::millis;

/// How long a read may take: memberships that are renewed meanwhile last longer than those of its beginning.
const LONGEST_READ: Duration = Duration::from_mins(1);

/// A moment by the clock of leases, with which statements compare when memberships end.
#[derive(Debug)]
pub(in crate::subscriptions) struct Moment {
    /// The run of the machine.
    pub(in crate::subscriptions) boot: String,
    pub(in crate::subscriptions) now: i64,
    /// A membership that seems to end later is of another run of the machine.
    pub(in crate::subscriptions) latest_end: i64,
}

impl Moment {
    /// To be taken inside a transaction that writes: no membership is renewed between it and the end of the transaction.
    pub(in crate::subscriptions) fn of_a_change(clock: &Clock) -> Self {
        Self::with_slack(clock, Duration::ZERO)
    }

    pub(in crate::subscriptions) fn of_a_read(clock: &Clock) -> Self {
        Self::with_slack(clock, LONGEST_READ)
    }

    fn with_slack(clock: &Clock, slack: Duration) -> Self {
        let now = Clock::now();
        Self {
            boot: clock.boot().to_owned(),
            now,
            latest_end: now.saturating_add(millis(Membership::DURATION + slack)),
        }
    }

    /// Whether a membership with these columns lasts.
    pub(super) fn is_before(&self, boot: &str, until: i64) -> bool {
        boot == self.boot && self.now < until && until <= self.latest_end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_membership_lasts_until_it_ends_and_only_in_its_run_of_the_machine() {
        let moment = Moment::of_a_change(&Clock::of_this_machine());
        let (boot, now) = (moment.boot.as_str(), moment.now);
        assert!(moment.is_before(boot, now + 3_000));
        assert!(!moment.is_before(boot, now), "it has ended");
        assert!(!moment.is_before(boot, now + 3_001), "no membership lasts for as long");
        assert!(!moment.is_before("another run", now + 3_000));
    }
}
