mod acknowledgement;
mod checkpoints;
mod delivery;
mod load;
#[cfg(test)]
mod model;
mod outstanding;
mod parked_events;
mod parking;
mod partition_queues;
mod phase;
mod phases;
mod reading;
mod steps;
mod subscribers;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::Duration;

use self::checkpoints::Checkpoints;
use self::delivery::Delivery;
use self::phase::Phase;
use self::reading::Reading;
use crate::machine::{Effect, Input, SubscriberId, Timer};
use crate::{EventNumber, Progress, SubscriptionSettings, SubscriptionStatus};

/// A subscription as a state machine without I/O, clock or randomness.
///
/// Feed it with [`handle`](Self::handle), then drain [`poll_effect`](Self::poll_effect) and carry out each effect.
///
/// # Contract
///
/// - No event is skipped. While the lease is held, none is delivered twice, unless its subscriber left, or refused it or an earlier event
///   that was delivered to the same subscriber.
/// - Events of a partition are delivered in the order of their numbers, and are with one subscriber at a time. The same holds for events
///   without a partition if `concurrency_limit` is 1.
/// - The checkpoint never passes an unacknowledged event and never moves backward.
/// - At most `buffer_size` events are in flight with a subscriber, and no further one once their payloads have `buffer_bytes`. At most
///   `max_size` events with `max_bytes` wait in memory, or a single larger one, besides those that were taken back from subscribers.
#[derive(Debug)]
pub struct SubscriptionMachine {
    settings: SubscriptionSettings,
    phase: Phase,
    reading: Reading,
    delivery: Delivery,
    checkpoints: Checkpoints,
    /// Acknowledgements up to this number may be for deliveries under an earlier lease.
    acknowledgeable_late: EventNumber,
    is_notified: bool,
    effects: VecDeque<Effect>,
}

impl SubscriptionMachine {
    /// Creates a subscription that starts by requesting its lease; subscribers have to join it.
    pub fn new(settings: SubscriptionSettings) -> Self {
        Self::with_checkpoints(settings, true)
    }

    /// Creates a subscription whose checkpoints are not stored anywhere.
    ///
    /// It requests a lease like any other subscription, but its driver need not share one with other processes: it may answer `Acquired` at
    /// once.
    pub fn transient(settings: SubscriptionSettings) -> Self {
        Self::with_checkpoints(settings, false)
    }

    /// Processes one input.
    pub fn handle(&mut self, input: Input) {
        if let Input::Notified(is_notified) = input {
            self.is_notified = is_notified;
        }
        match self.phase {
            Phase::Acquiring => self.handle_acquiring(&input),
            Phase::Active => self.handle_active(input),
            Phase::Stopping(reason) => self.handle_stopping(&input, reason),
            Phase::Ended(_) => {}
        }
    }

    /// Returns the next effect to carry out; `None` until something else happens.
    #[must_use]
    pub fn poll_effect(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// Whether this event is in flight with this subscriber.
    ///
    /// A driver that buffers deliveries asks before it passes on a refusal: the refusal takes back the event and all that was delivered
    /// after it, also from the buffer.
    pub fn is_in_flight(&self, subscriber: SubscriberId, number: EventNumber) -> bool {
        self.delivery.subscribers().holds(subscriber, number)
    }

    /// Returns how far the subscription has come.
    pub fn progress(&self) -> Progress {
        Progress {
            status: self.status(),
            received: self.reading.received(),
            acknowledged: self.checkpoints.acknowledged(),
            checkpoint: self.checkpoints.stored(),
            queued: self.delivery.waiting().events,
            in_flight: self.delivery.subscribers().in_flight(),
            subscribers: self.delivery.subscribers().len(),
            head: self.reading.end(),
            caught_up: self.is_caught_up(),
            is_notified: self.is_notified,
        }
    }

    /// Returns the highest number that is known to exist, or that a hint named and no read has refuted.
    pub fn head(&self) -> EventNumber {
        self.reading.head()
    }

    fn with_checkpoints(settings: SubscriptionSettings, is_durable: bool) -> Self {
        Self {
            phase: Phase::Acquiring,
            reading: Reading::new(&settings),
            delivery: Delivery::new(&settings),
            checkpoints: Checkpoints::new(&settings, is_durable),
            acknowledgeable_late: EventNumber::ZERO,
            is_notified: true,
            effects: VecDeque::from([Effect::Acquire]),
            settings,
        }
    }

    fn is_caught_up(&self) -> bool {
        let is_settled = self.delivery.first_outstanding().is_none();
        self.phase == Phase::Active && self.reading.is_at_the_end() && is_settled
    }

    fn status(&self) -> SubscriptionStatus {
        match self.phase {
            Phase::Acquiring => SubscriptionStatus::Acquiring,
            Phase::Active if self.reading.is_held_back() => SubscriptionStatus::OverCapacity,
            Phase::Active if self.reading.is_live() => SubscriptionStatus::Live,
            Phase::Active => SubscriptionStatus::CatchingUp,
            Phase::Stopping(_) => SubscriptionStatus::Stopping,
            Phase::Ended(reason) => SubscriptionStatus::Ended(reason),
        }
    }

    fn emit(&mut self, effect: Effect) {
        self.effects.push_back(effect);
    }

    fn arm(&mut self, timer: Timer, after: Duration) {
        self.emit(Effect::ArmTimer(timer, after));
    }
}
