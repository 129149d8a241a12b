use super::SubscriptionMachine;
use super::phase::Phase;
use crate::EventNumber;
use crate::backend::{CheckpointOutcome, ParkOutcome, ParkedBacklog};
use crate::machine::{Effect, EndReason, Input, SubscriberId, Timer};

impl SubscriptionMachine {
    pub(super) fn handle_acquiring(&mut self, input: &Input) {
        match *input {
            Input::Joined {
                subscriber,
                buffer_size,
            } => self.delivery.join(subscriber, buffer_size),
            Input::Left { subscriber } => self.leave_early(subscriber),
            Input::Acquired { checkpoint, ref parked } => self.activate(checkpoint, parked.clone()),
            Input::AcquireFailed => self.arm(Timer::AcquireRetry, self.settings.retry_interval),
            Input::TimerFired(Timer::AcquireRetry) => self.emit(Effect::Acquire),
            Input::Failed => self.end(EndReason::Failed),
            // A read or a save of an earlier lease may still answer: its answer no longer matters.
            _ => {}
        }
    }

    pub(super) fn handle_active(&mut self, input: Input) {
        match input {
            Input::Joined {
                subscriber,
                buffer_size,
            } => {
                self.delivery.join(subscriber, buffer_size);
                self.proceed();
            }
            Input::Left { subscriber } => self.leave(subscriber),
            Input::PageRead {
                after,
                events,
                scanned_to,
                is_last,
            } => self.receive(after, events, scanned_to, is_last),
            Input::HandedOver { after, events, up_to } => self.take_over(after, events, up_to),
            Input::StreamMissing => self.reach_end(),
            Input::StreamDeleted => self.stop(EndReason::StreamDeleted),
            Input::ReadFailed => self.fail_read(),
            Input::PageDamaged => self.narrow_read(),
            Input::Hinted(hint) => self.take_hint(hint),
            Input::Acknowledged { subscriber, number } => self.acknowledge(subscriber, number),
            Input::Refused {
                subscriber,
                number,
                instead,
            } => self.refuse(subscriber, number, &instead),
            Input::CheckpointStored { number, outcome } => self.finish_save(number, outcome),
            Input::CheckpointFailed { number } => self.fail_save(number),
            Input::Parked(outcome) => self.finish_parking(&outcome),
            Input::ParkFailed => self.fail_parking(),
            Input::TimerFired(timer) => self.handle_timer(timer),
            Input::LeaseLost => self.lose_lease(),
            Input::Failed => self.stop(EndReason::Failed),
            Input::Acquired { .. } | Input::AcquireFailed | Input::Notified(_) => {}
        }
    }

    pub(super) fn handle_stopping(&mut self, input: &Input, reason: EndReason) {
        match *input {
            Input::Left { subscriber } => self.delivery.leave(subscriber),
            Input::CheckpointStored { number, outcome } if self.checkpoints.awaits(number) => {
                self.checkpoints.finish(number, outcome);
                match outcome {
                    CheckpointOutcome::SubscriptionGone => self.end_gone(reason),
                    CheckpointOutcome::Fenced => self.end_held(reason),
                    CheckpointOutcome::Saved | CheckpointOutcome::Superseded(_) => self.stop(reason),
                }
            }
            Input::CheckpointFailed { number } if self.checkpoints.awaits(number) => self.end_held(reason),
            Input::Parked(ref outcome) if self.take_parking(outcome) => {
                match outcome {
                    ParkOutcome::SubscriptionGone => return self.end_gone(reason),
                    ParkOutcome::Fenced => return self.end_held(reason),
                    _ => {}
                }
                self.advance();
                self.stop(reason);
            }
            Input::ParkFailed if self.abandon_parking() => self.end_held(reason),
            Input::LeaseLost | Input::TimerFired(Timer::Stop) => self.end_held(reason),
            // An acknowledgement that comes now is not taken, because nothing would store it after the last save
            // (ADR 41).
            _ => {}
        }
    }

    /// Ends once the last checkpoint is stored, or when that takes too long.
    pub(super) fn stop(&mut self, reason: EndReason) {
        let is_new = !matches!(self.phase, Phase::Stopping(_));
        self.phase = Phase::Stopping(reason);
        // This function runs again after each save, because events may have been acknowledged while that save was under
        // way.
        if !self.checkpoints.is_under_way() {
            self.checkpoints.hurry();
            self.save();
        }
        if !self.checkpoints.is_under_way() {
            self.end_held(reason);
        } else if is_new {
            // Armed once: the limit is for the whole stop, however many saves it takes.
            self.arm(Timer::Stop, self.settings.stop_timeout);
        }
    }

    pub(super) fn end_held(&mut self, reason: EndReason) {
        let reason = self.judged(reason);
        self.emit(Effect::Release);
        self.end(reason);
    }

    /// The caller that stops the subscription has to learn that its last acknowledgements are stored nowhere.
    fn end_gone(&mut self, reason: EndReason) {
        self.end_held(match reason {
            EndReason::Stopped => EndReason::SubscriptionDeleted,
            reason => reason,
        });
    }

    fn judged(&self, reason: EndReason) -> EndReason {
        let is_saved = self.checkpoints.is_stored() && self.delivery.to_park() == 0;
        match reason {
            EndReason::Stopped if !is_saved => EndReason::Unsaved,
            reason => reason,
        }
    }

    fn activate(&mut self, checkpoint: EventNumber, parked: ParkedBacklog) {
        self.phase = Phase::Active;
        self.delivery.start(parked);
        self.reading.start(checkpoint);
        self.checkpoints.start(checkpoint);
        self.arm(Timer::Poll, self.settings.poll_interval);
        self.proceed();
    }

    pub(super) fn lose_lease(&mut self) {
        self.phase = Phase::Acquiring;
        self.acknowledgeable_late = self.acknowledgeable_late.max(self.delivery.delivered());
        self.delivery.clear();
        // `Release` comes before `Acquire`: the driver drops what the lost lease has under way, so that none of it can
        // answer under the next lease. The checkpoints start over only when there is a new lease, so that `leave_early`
        // can tell whether all is stored.
        self.emit(Effect::Release);
        self.emit(Effect::Acquire);
    }

    fn leave_early(&mut self, subscriber: SubscriberId) {
        self.delivery.leave(subscriber);
        if self.delivery.subscribers().is_empty() {
            // Without a lease nothing can be stored, so acknowledgements that were not stored before are reported as
            // `Unsaved`.
            self.end(self.judged(EndReason::Stopped));
        }
    }

    fn leave(&mut self, subscriber: SubscriberId) {
        self.delivery.leave(subscriber);
        if self.delivery.subscribers().is_empty() {
            self.stop(EndReason::Stopped);
        } else {
            self.proceed();
        }
    }

    fn end(&mut self, reason: EndReason) {
        self.phase = Phase::Ended(reason);
        self.delivery.clear();
        self.emit(Effect::End(reason));
    }

    fn handle_timer(&mut self, timer: Timer) {
        match timer {
            Timer::ReadRetry => self.retry_read(),
            Timer::CheckpointRetry => {
                self.checkpoints.retry();
                self.save();
            }
            Timer::CheckpointIdle => {
                self.checkpoints.idled();
                self.save();
            }
            Timer::Poll => self.poll(),
            Timer::Stop if self.reading.is_blocked() => self.stop(EndReason::Failed),
            // Timers are never cancelled, so one that an earlier phase armed may still fire.
            Timer::Stop | Timer::AcquireRetry => {}
            Timer::Redelivery(number) => self.redeliver(number),
        }
    }
}
