use std::collections::VecDeque;
use std::time::Duration;

use crate::{
    CheckpointOutcome, Effect, EndReason, EventNumber, Hint, Input, Page, Progress, RecordedEvent,
    SubscriptionSettings, SubscriptionStatus, Timer,
};

/// A persistent subscription as a machine without I/O, clock or randomness.
///
/// Feed it with [`handle`](Self::handle), then drain [`poll_effect`](Self::poll_effect) and do what it says.
///
/// # Contract
///
/// - Events are delivered in the order of their numbers, none skipped, none twice while the lease is held.
/// - The checkpoint never passes an unacknowledged event and never moves backwards.
/// - At most `buffer_size` events are with the subscriber, and at most `max_size` wait in memory.
#[derive(Debug)]
pub struct SubscriptionMachine {
    settings: SubscriptionSettings,
    phase: Phase,
    /// Read, not delivered.
    queue: VecDeque<RecordedEvent>,
    /// Delivered, not acknowledged, in the order of delivery.
    in_flight: VecDeque<EventNumber>,
    received: EventNumber,
    delivered: EventNumber,
    acknowledged: EventNumber,
    checkpoint: EventNumber,
    /// Acknowledgements up to here may be for deliveries under an earlier lease.
    forgiven: EventNumber,
    reading: Reading,
    /// How many events a read may ask for: fewer after one that failed, which may have been too large for its time.
    page_size: u32,
    saving: Saving,
    effects: VecDeque<Effect>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Acquiring,
    Active,
    Stopping(EndReason),
    Ended(EndReason),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Reading {
    step: ReadStep,
    /// There may be events beyond `received`, nobody knows how many.
    unknown: bool,
    /// The highest number heard of since the last read began.
    hinted: EventNumber,
    /// The end of the stream has been seen, and no full page since.
    live: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum ReadStep {
    #[default]
    Idle,
    UnderWay,
    /// A failed read waits for its timer.
    Waiting,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Saving {
    under_way: Option<EventNumber>,
    /// A failed save waits for its timer.
    waiting: bool,
    /// The next save need not reach the threshold.
    due: bool,
}

impl SubscriptionMachine {
    /// A subscription that begins by asking for its lease.
    pub fn new(settings: SubscriptionSettings) -> Self {
        Self {
            page_size: settings.max_size.get(),
            settings,
            phase: Phase::Acquiring,
            queue: VecDeque::new(),
            in_flight: VecDeque::new(),
            received: EventNumber::ZERO,
            delivered: EventNumber::ZERO,
            acknowledged: EventNumber::ZERO,
            checkpoint: EventNumber::ZERO,
            forgiven: EventNumber::ZERO,
            reading: Reading::default(),
            saving: Saving::default(),
            effects: VecDeque::from([Effect::Acquire]),
        }
    }

    /// Takes in what happened.
    pub fn handle(&mut self, input: Input) {
        match self.phase {
            Phase::Acquiring => self.handle_acquiring(&input),
            Phase::Active => self.handle_active(input),
            Phase::Stopping(reason) => self.handle_stopping(&input, reason),
            Phase::Ended(_) => {}
        }
    }

    /// The next thing to do; `None` until something more happens.
    #[must_use]
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// How far the subscription has come.
    pub fn progress(&self) -> Progress {
        Progress {
            status: self.status(),
            received: self.received,
            acknowledged: self.acknowledged,
            checkpoint: self.checkpoint,
            queued: self.queue.len(),
            in_flight: self.in_flight.len(),
            caught_up: self.is_caught_up(),
        }
    }

    fn is_caught_up(&self) -> bool {
        let idle = self.reading.step == ReadStep::Idle && !self.has_more();
        let settled = self.queue.is_empty() && self.in_flight.is_empty();
        self.phase == Phase::Active && self.reading.live && idle && settled
    }

    fn status(&self) -> SubscriptionStatus {
        match self.phase {
            Phase::Acquiring => SubscriptionStatus::Acquiring,
            Phase::Active if self.has_more() && self.reading.step == ReadStep::Idle => SubscriptionStatus::OverCapacity,
            Phase::Active if self.reading.live => SubscriptionStatus::Live,
            Phase::Active => SubscriptionStatus::CatchingUp,
            Phase::Stopping(_) => SubscriptionStatus::Stopping,
            Phase::Ended(reason) => SubscriptionStatus::Ended(reason),
        }
    }

    fn handle_acquiring(&mut self, input: &Input) {
        match *input {
            Input::Acquired { checkpoint } => self.activate(checkpoint),
            Input::AcquireFailed => self.arm(Timer::AcquireRetry, self.settings.retry_interval),
            Input::TimerFired(Timer::AcquireRetry) => self.effects.push_back(Effect::Acquire),
            Input::Stop => self.end(EndReason::Stopped),
            Input::Failed => self.end(EndReason::Failed),
            // A read or a save of an earlier lease may still answer: what it says no longer matters.
            _ => {}
        }
    }

    fn handle_active(&mut self, input: Input) {
        match input {
            Input::PageRead { after, page } => self.receive(after, page),
            Input::StreamMissing => self.reached_end(),
            Input::StreamDeleted => self.stop(EndReason::StreamDeleted),
            Input::ReadFailed => self.read_failed(),
            Input::Hinted(hint) => self.hinted(hint),
            Input::Acknowledged { number } => self.acknowledge(number),
            Input::CheckpointStored { number, outcome } => self.checkpoint_stored(number, outcome),
            Input::CheckpointFailed { number } => self.checkpoint_failed(number),
            Input::TimerFired(timer) => self.timer_fired(timer),
            Input::LeaseLost => self.lease_lost(),
            Input::Stop => self.stop(EndReason::Stopped),
            Input::Failed => self.stop(EndReason::Failed),
            Input::Acquired { .. } | Input::AcquireFailed => {}
        }
    }

    fn handle_stopping(&mut self, input: &Input, reason: EndReason) {
        match *input {
            Input::CheckpointStored { number, outcome } if self.is_saving(number) => {
                self.note_stored(number, outcome);
                match outcome {
                    CheckpointOutcome::SubscriptionGone => self.end_held(reason),
                    CheckpointOutcome::Saved | CheckpointOutcome::Superseded(_) => {
                        self.stop(reason);
                    }
                }
            }
            Input::CheckpointFailed { number } if self.is_saving(number) => self.end_held(reason),
            Input::LeaseLost => self.end_held(reason),
            _ => {}
        }
    }

    fn activate(&mut self, checkpoint: EventNumber) {
        self.phase = Phase::Active;
        self.received = checkpoint;
        self.delivered = checkpoint;
        self.acknowledged = checkpoint;
        self.checkpoint = checkpoint;
        self.reading = Reading {
            unknown: true,
            ..Reading::default()
        };
        self.saving = Saving::default();
        self.arm(Timer::Poll, self.settings.poll_interval);
        self.read_on();
    }

    fn lease_lost(&mut self) {
        self.phase = Phase::Acquiring;
        self.forgiven = self.forgiven.max(self.delivered);
        self.queue.clear();
        self.in_flight.clear();
        self.effects.push_back(Effect::Release);
        self.effects.push_back(Effect::Acquire);
    }

    fn receive(&mut self, after: EventNumber, page: Page) {
        // A page that was asked for under an earlier lease may begin elsewhere.
        if self.reading.step != ReadStep::UnderWay || after != self.received {
            return;
        }
        if !page.is_last && page.scanned_to <= after {
            // Reading on from here would ask the same again, at once and for ever.
            return self.read_failed();
        }
        self.reading.step = ReadStep::Idle;
        self.reading.live = page.is_last;
        self.page_size = self.page_size.saturating_mul(2).min(self.settings.max_size.get());
        self.reading.unknown |= !page.is_last;
        self.queue.extend(page.events);
        self.received = self.received.max(page.scanned_to);
        self.deliver();
        self.advance(self.acknowledged);
        self.read_on();
    }

    fn reached_end(&mut self) {
        if self.reading.step != ReadStep::UnderWay {
            return;
        }
        self.reading.step = ReadStep::Idle;
        self.reading.live = true;
        self.read_on();
    }

    fn read_failed(&mut self) {
        if self.reading.step != ReadStep::UnderWay {
            return;
        }
        self.reading.unknown = true;
        self.reading.step = ReadStep::Waiting;
        self.page_size = self.page_size.div_ceil(2);
        self.arm(Timer::ReadRetry, self.settings.retry_interval);
    }

    fn retry_read(&mut self) {
        if self.reading.step == ReadStep::Waiting {
            self.reading.step = ReadStep::Idle;
            self.read_on();
        }
    }

    fn hinted(&mut self, hint: Hint) {
        match hint {
            Hint::UpTo(number) => self.reading.hinted = self.reading.hinted.max(number),
            Hint::Unknown => self.reading.unknown = true,
        }
        self.read_on();
    }

    fn has_more(&self) -> bool {
        self.reading.unknown || self.reading.hinted > self.received
    }

    /// Reads when half of the memory is free, so that the subscriber does not wait for the next page.
    fn read_on(&mut self) {
        if self.reading.step != ReadStep::Idle || !self.has_more() {
            return;
        }
        let room = self.room();
        if room.saturating_mul(2) < self.settings.max_size.get() {
            return;
        }
        self.reading.step = ReadStep::UnderWay;
        self.reading.unknown = false;
        self.reading.hinted = EventNumber::ZERO;
        self.effects.push_back(Effect::Read {
            after: self.received,
            limit: room.min(self.page_size),
        });
    }

    fn room(&self) -> u32 {
        let queued = u32::try_from(self.queue.len()).unwrap_or(u32::MAX);
        self.settings.max_size.get().saturating_sub(queued)
    }

    fn deliver(&mut self) {
        let buffer_size = usize::try_from(self.settings.buffer_size.get()).unwrap_or(usize::MAX);
        let free = buffer_size.saturating_sub(self.in_flight.len()).min(self.queue.len());
        if free == 0 {
            return;
        }
        let events: Vec<_> = self.queue.drain(..free).collect();
        self.in_flight.extend(events.iter().map(|event| event.event_number));
        self.delivered = self.in_flight.back().copied().unwrap_or(self.delivered);
        self.effects.push_back(Effect::Deliver(events));
    }

    fn acknowledge(&mut self, number: EventNumber) {
        match self.in_flight.binary_search(&number) {
            Ok(index) => {
                self.in_flight.drain(..=index);
                self.deliver();
                self.advance(number);
                self.read_on();
            }
            Err(_) if (EventNumber::FIRST..=self.forgiven).contains(&number) => {}
            Err(_) => self.effects.push_back(Effect::RejectAcknowledgement { number }),
        }
    }

    /// Moves over numbers that no event has, once nothing before them is outstanding, and stores what was gained.
    fn advance(&mut self, acknowledged: EventNumber) {
        let is_settled = self.in_flight.is_empty() && self.queue.is_empty();
        let reached = if is_settled { self.received } else { acknowledged };
        if reached > self.acknowledged {
            self.acknowledged = reached;
            self.save();
            self.arm_idle_save();
        }
    }

    fn save(&mut self) {
        let gained = self.acknowledged.distance_from(self.checkpoint);
        let enough = gained >= self.settings.checkpoint_threshold.get() || self.saving.due;
        if self.saving.under_way.is_some() || self.saving.waiting || gained == 0 || !enough {
            return;
        }
        self.saving.due = false;
        self.saving.under_way = Some(self.acknowledged);
        self.effects.push_back(Effect::SaveCheckpoint(self.acknowledged));
    }

    fn has_unsaved(&self) -> bool {
        self.acknowledged > self.saving.under_way.unwrap_or(self.checkpoint)
    }

    fn arm_idle_save(&mut self) {
        if let Some(after) = self.settings.checkpoint_after
            && self.has_unsaved()
        {
            self.arm(Timer::CheckpointIdle, after);
        }
    }

    fn checkpoint_stored(&mut self, number: EventNumber, outcome: CheckpointOutcome) {
        if !self.is_saving(number) {
            return;
        }
        self.note_stored(number, outcome);
        match outcome {
            CheckpointOutcome::SubscriptionGone => self.end_held(EndReason::SubscriptionDeleted),
            CheckpointOutcome::Saved | CheckpointOutcome::Superseded(_) => self.save(),
        }
    }

    /// Whether an answer is about the save under way: one of an earlier lease may come late.
    fn is_saving(&self, number: EventNumber) -> bool {
        self.saving.under_way == Some(number)
    }

    fn note_stored(&mut self, number: EventNumber, outcome: CheckpointOutcome) {
        self.saving.under_way = None;
        self.checkpoint = match outcome {
            CheckpointOutcome::Saved => self.checkpoint.max(number),
            CheckpointOutcome::Superseded(later) => self.checkpoint.max(later),
            CheckpointOutcome::SubscriptionGone => self.checkpoint,
        };
    }

    fn checkpoint_failed(&mut self, number: EventNumber) {
        if self.is_saving(number) {
            self.saving = Saving {
                under_way: None,
                waiting: true,
                due: true,
            };
            self.arm(Timer::CheckpointRetry, self.settings.retry_interval);
        }
    }

    fn timer_fired(&mut self, timer: Timer) {
        match timer {
            Timer::AcquireRetry => {}
            Timer::ReadRetry => self.retry_read(),
            Timer::CheckpointRetry => {
                self.saving.waiting = false;
                self.save();
            }
            Timer::CheckpointIdle => {
                self.saving.due |= self.has_unsaved();
                self.save();
            }
            Timer::Poll => {
                self.arm(Timer::Poll, self.settings.poll_interval);
                self.hinted(Hint::Unknown);
            }
        }
    }

    /// Ends once the last checkpoint is stored.
    fn stop(&mut self, reason: EndReason) {
        self.phase = Phase::Stopping(reason);
        if self.saving.under_way.is_some() {
            return;
        }
        self.saving = Saving {
            due: true,
            ..Saving::default()
        };
        self.save();
        if self.saving.under_way.is_none() {
            self.end_held(reason);
        }
    }

    fn end_held(&mut self, reason: EndReason) {
        self.effects.push_back(Effect::Release);
        self.end(reason);
    }

    fn end(&mut self, reason: EndReason) {
        self.phase = Phase::Ended(reason);
        self.queue.clear();
        self.in_flight.clear();
        self.effects.push_back(Effect::End(reason));
    }

    fn arm(&mut self, timer: Timer, after: Duration) {
        self.effects.push_back(Effect::ArmTimer(timer, after));
    }
}
