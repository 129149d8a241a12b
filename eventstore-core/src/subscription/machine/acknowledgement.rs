use std::time::Duration;

use super::SubscriptionMachine;
use crate::machine::{Effect, SubscriberId, Timer};
use crate::{EventNumber, Refusal};

/// No event waits longer for its redelivery, unless the interval between attempts is itself longer.
const LONGEST_BACK_OFF: Duration = Duration::from_mins(1);

/// What subscribers answer about the events delivered to them.
impl SubscriptionMachine {
    pub(super) fn acknowledge(&mut self, subscriber: SubscriberId, number: EventNumber) {
        if self.delivery.acknowledge(subscriber, number) {
            self.proceed();
        } else {
            self.reject(subscriber, number);
        }
    }

    pub(super) fn refuse(&mut self, subscriber: SubscriberId, number: EventNumber, instead: &Refusal) {
        let had = match instead {
            Refusal::Skip => self.delivery.skip(subscriber, number),
            Refusal::Retry => self.hold_back(subscriber, number, None),
            Refusal::RetryAfter(delay) => self.hold_back(subscriber, number, Some(*delay)),
            Refusal::Park { reason } => self.delivery.park(subscriber, number, reason),
        };
        if had {
            self.proceed();
        } else {
            self.reject(subscriber, number);
        }
    }

    pub(super) fn redeliver(&mut self, number: EventNumber) {
        self.delivery.release(number);
        self.proceed();
    }

    fn hold_back(&mut self, subscriber: SubscriberId, number: EventNumber, delay: Option<Duration>) -> bool {
        let Some(attempts) = self.delivery.hold_back(subscriber, number) else {
            return false;
        };
        self.arm(
            Timer::Redelivery(number),
            delay.unwrap_or_else(|| self.back_off(attempts)),
        );
        true
    }

    fn back_off(&self, attempts: u32) -> Duration {
        let first = self.settings.retry_interval;
        // The saturation is harmless, because the result is bounded by the longest back-off.
        let doubled = first.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1)));
        // An interval that is longer than the longest back-off stays as it is: a back-off must not shorten it.
        doubled.min(first.max(LONGEST_BACK_OFF))
    }

    fn reject(&mut self, subscriber: SubscriberId, number: EventNumber) {
        // An answer to a delivery of an earlier lease is late and not wrong. It is ignored, because the event is
        // delivered again.
        if !(EventNumber::FIRST..=self.acknowledgeable_late).contains(&number) {
            self.emit(Effect::RejectAcknowledgement { subscriber, number });
        }
    }
}
