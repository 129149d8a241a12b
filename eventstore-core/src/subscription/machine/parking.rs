use super::SubscriptionMachine;
use crate::backend::ParkOutcome;
use crate::machine::{Effect, EndReason, Timer};

/// How events are parked, together with the checkpoint that passes them: never while a checkpoint is being stored.
impl SubscriptionMachine {
    /// Starts to park events, if any are due; returns whether it did.
    pub(super) fn park(&mut self) -> bool {
        if self.delivery.to_park() == 0 || !self.checkpoints.is_free() {
            return false;
        }
        let (events, checkpoint) = self.delivery.begin_parking(self.reading.received());
        // The storage parks nothing for a holder whose checkpoint is behind the stored one.
        let checkpoint = checkpoint.max(self.checkpoints.stored());
        self.checkpoints.begin_with(checkpoint);
        self.emit(Effect::Park { events, checkpoint });
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

    /// Abandons the parking under way; returns whether there was one.
    pub(super) fn abandon_parking(&mut self) -> bool {
        let was_under_way = self.delivery.abandon_parking();
        if was_under_way {
            self.checkpoints.fail();
        }
        was_under_way
    }

    /// Handles the awaited answer; returns `false` if none is awaited.
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
