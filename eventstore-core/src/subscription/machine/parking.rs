use super::SubscriptionMachine;
use crate::{Effect, EndReason, ParkOutcome, Timer};

/// How events are put aside, together with the checkpoint that passes them: never while a checkpoint is stored.
impl SubscriptionMachine {
    /// Whether something began to be parked.
    pub(super) fn park(&mut self) -> bool {
        if self.delivery.aside() == 0 || !self.checkpoints.is_free() {
            return false;
        }
        let (events, checkpoint) = self.delivery.begin_parking(self.reading.received());
        // Whoever stands behind what is stored parks nothing.
        let checkpoint = checkpoint.max(self.checkpoints.stored());
        self.checkpoints.begin_with(checkpoint);
        self.want(Effect::Park { events, checkpoint });
        true
    }

    pub(super) fn finish_parking(&mut self, outcome: &ParkOutcome) {
        if !self.take_parking(outcome) {
            return;
        }
        match outcome {
            ParkOutcome::SubscriptionGone => self.end_held(EndReason::SubscriptionDeleted),
            ParkOutcome::Fenced => self.lose_lease(),
            _ => {
                self.proceed();
                self.save();
            }
        }
    }

    pub(super) fn fail_parking(&mut self) {
        if self.abandon_parking() {
            self.arm(Timer::CheckpointRetry, self.settings.retry_interval);
        }
    }

    /// Whether something was being parked.
    pub(super) fn abandon_parking(&mut self) -> bool {
        let was_under_way = self.delivery.abandon_parking();
        if was_under_way {
            self.checkpoints.fail();
        }
        was_under_way
    }

    /// Takes the awaited answer; `false` if none is awaited.
    pub(super) fn take_parking(&mut self, outcome: &ParkOutcome) -> bool {
        if !self.delivery.is_parking() {
            return false;
        }
        match outcome {
            ParkOutcome::Parked => self.delivery.finish_parking(),
            ParkOutcome::Drained(partitions) => self.delivery.drain(partitions),
            ParkOutcome::Superseded(later) => self.delivery.pass(*later),
            ParkOutcome::SubscriptionGone | ParkOutcome::Fenced => {
                self.delivery.abandon_parking();
            }
        }
        self.checkpoints.finish_with(outcome);
        true
    }
}
