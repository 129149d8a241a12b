use super::SubscriptionMachine;
use crate::EventNumber;
use crate::backend::{CheckpointOutcome, Hint};
use crate::machine::{Effect, EndReason, PartitionedEvent, Timer};

/// What an active subscription does after a change.
impl SubscriptionMachine {
    /// Does everything that can be done now.
    pub(super) fn proceed(&mut self) {
        // Events are delivered before `read_on`, because how many still wait decides whether a page is due.
        for (subscriber, events) in self.delivery.give_out() {
            self.emit(Effect::Deliver { subscriber, events });
        }
        self.advance();
        if self.reading.is_blocked() && self.delivery.first_outstanding().is_none() {
            return self.stop(EndReason::Failed);
        }
        self.read_on();
    }

    /// Parks events or stores the checkpoint, if either is due and possible now.
    pub(super) fn save(&mut self) {
        if self.park() {
            return;
        }
        if let Some(number) = self.checkpoints.begin() {
            self.emit(Effect::SaveCheckpoint(number));
        }
    }

    pub(super) fn receive(
        &mut self,
        after: EventNumber,
        events: Vec<PartitionedEvent>,
        scanned_to: EventNumber,
        is_last: bool,
    ) {
        if !self.reading.awaits(after) {
            return;
        }
        if !self.reading.finish(scanned_to, is_last) {
            return self.fail_read();
        }
        self.delivery.receive(events);
        self.pause_if_in_vain();
        self.proceed();
    }

    pub(super) fn take_over(&mut self, after: EventNumber, events: Vec<PartitionedEvent>, up_to: EventNumber) {
        if !self.reading.awaits(after) {
            return;
        }
        // Events that make no progress would be asked for again at once and for ever, so they count as a failed read.
        if up_to <= after {
            return self.fail_read();
        }
        self.reading.join(up_to);
        self.delivery.receive(events);
        self.proceed();
    }

    pub(super) fn reach_end(&mut self) {
        self.reading.finish_without_stream();
        self.pause_if_in_vain();
        self.proceed();
    }

    /// Keeps a flood of hints that lead to no events from causing many reads.
    fn pause_if_in_vain(&mut self) {
        if let Some(pause) = self.reading.pause() {
            self.arm(Timer::ReadRetry, pause);
        }
    }

    pub(super) fn fail_read(&mut self) {
        if self.reading.fail() {
            self.arm(Timer::ReadRetry, self.settings.retry_interval);
        }
    }

    /// Delivers the events before a damaged one before it ends the subscription, if that does not take long.
    pub(super) fn narrow_read(&mut self) {
        if self.reading.narrow() {
            self.arm(Timer::Stop, self.settings.stop_timeout);
        }
        self.proceed();
    }

    pub(super) fn retry_read(&mut self) {
        self.reading.retry();
        self.proceed();
    }

    pub(super) fn take_hint(&mut self, hint: Hint) {
        self.reading.hinted(hint);
        self.read_on();
    }

    pub(super) fn poll(&mut self) {
        self.arm(Timer::Poll, self.settings.poll_interval);
        self.reading.doubt();
        self.read_on();
    }

    pub(super) fn finish_save(&mut self, number: EventNumber, outcome: CheckpointOutcome) {
        if !self.checkpoints.awaits(number) {
            return;
        }
        self.checkpoints.finish(number, outcome);
        match outcome {
            CheckpointOutcome::SubscriptionGone => self.end_held(EndReason::SubscriptionDeleted),
            CheckpointOutcome::Fenced => self.lose_lease(),
            CheckpointOutcome::Saved | CheckpointOutcome::Superseded(_) => self.save(),
        }
    }

    pub(super) fn fail_save(&mut self, number: EventNumber) {
        if self.checkpoints.awaits(number) {
            self.checkpoints.fail();
            self.arm(Timer::CheckpointRetry, self.settings.retry_interval);
        }
    }

    /// Moves the acknowledged position over numbers that no one waits for, and stores it.
    pub(super) fn advance(&mut self) {
        let first_outstanding = self.delivery.first_outstanding();
        let reached = first_outstanding.map_or(self.reading.received(), EventNumber::previous);
        let is_more = self.checkpoints.advance(reached);
        if is_more || self.delivery.to_park() > 0 {
            self.save();
        }
        if !is_more {
            return;
        }
        // Every acknowledgement arms the timer again, so it measures the time without one.
        if let Some(after) = self.checkpoints.idle_after() {
            self.arm(Timer::CheckpointIdle, after);
        }
    }

    fn read_on(&mut self) {
        if let Some((limit, max_bytes)) = self.reading.begin(self.delivery.waiting()) {
            let after = self.reading.received();
            self.emit(Effect::Read {
                after,
                limit,
                max_bytes,
            });
        }
    }
}
