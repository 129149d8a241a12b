use std::time::Duration;

use crate::backend::{CheckpointOutcome, ParkOutcome};
use crate::{EventNumber, SubscriptionSettings};

/// How far everything is acknowledged, and how much of that is stored.
#[derive(Debug)]
pub(super) struct Checkpoints {
    threshold: u64,
    idle_after: Option<Duration>,
    /// Whether checkpoints are stored at all.
    is_durable: bool,
    acknowledged: EventNumber,
    stored: EventNumber,
    under_way: Option<EventNumber>,
    /// A save failed, and waits for its timer.
    is_waiting: bool,
    /// The next save need not reach the threshold.
    is_due: bool,
}

impl Checkpoints {
    pub(super) fn new(settings: &SubscriptionSettings, is_durable: bool) -> Self {
        Self {
            threshold: settings.checkpoint_threshold.get(),
            idle_after: settings.checkpoint_after,
            is_durable,
            acknowledged: EventNumber::ZERO,
            stored: EventNumber::ZERO,
            under_way: None,
            is_waiting: false,
            is_due: false,
        }
    }

    /// Everything up to this number is acknowledged.
    pub(super) fn acknowledged(&self) -> EventNumber {
        self.acknowledged
    }

    /// Everything up to this number is known to be stored as acknowledged.
    pub(super) fn stored(&self) -> EventNumber {
        self.stored
    }

    /// Whether everything acknowledged is known to be stored.
    pub(super) fn is_stored(&self) -> bool {
        self.acknowledged <= self.stored
    }

    pub(super) fn is_under_way(&self) -> bool {
        self.under_way.is_some()
    }

    /// Starts over from a stored checkpoint.
    pub(super) fn start(&mut self, stored: EventNumber) {
        self.acknowledged = stored;
        self.stored = stored;
        self.under_way = None;
        self.is_waiting = false;
        self.is_due = false;
    }

    /// Records what is acknowledged; returns whether that is more than before.
    pub(super) fn advance(&mut self, acknowledged: EventNumber) -> bool {
        let is_more = acknowledged > self.acknowledged;
        self.acknowledged = self.acknowledged.max(acknowledged);
        // A transient subscription stores nothing, so nothing is left to store when it stops.
        if !self.is_durable {
            self.stored = self.acknowledged;
        }
        is_more
    }

    /// Returns the checkpoint to store now, if any.
    pub(super) fn begin(&mut self) -> Option<EventNumber> {
        let gained = self.acknowledged.distance_from(self.stored);
        let is_enough = gained >= self.threshold || self.is_due;
        if !self.is_free() || gained == 0 || !is_enough {
            return None;
        }
        self.is_due = false;
        // Only one save is under way. A second one could arrive first, and what is acknowledged meanwhile shares the
        // next save.
        self.under_way = Some(self.acknowledged);
        self.under_way
    }

    /// Whether a checkpoint could be stored now.
    pub(super) fn is_free(&self) -> bool {
        self.under_way.is_none() && !self.is_waiting
    }

    /// This checkpoint is being stored in the same write as something else.
    pub(super) fn begin_with(&mut self, checkpoint: EventNumber) {
        self.is_due = false;
        self.under_way = Some(checkpoint);
    }

    /// Handles the outcome for a checkpoint that was to be stored in the same write as parked events.
    pub(super) fn finish_with(&mut self, outcome: &ParkOutcome) {
        let number = self.under_way.take().unwrap_or(self.stored);
        self.stored = match outcome {
            ParkOutcome::Parked => self.stored.max(number),
            // The storage holds a later checkpoint already, so everything up to it counts as stored.
            ParkOutcome::Superseded(later) => self.stored.max(*later),
            ParkOutcome::Drained(_) | ParkOutcome::SubscriptionGone | ParkOutcome::Fenced => self.stored,
        };
    }

    /// How long to wait before a checkpoint below the threshold is stored; `None` if no such wait is due.
    pub(super) fn idle_after(&self) -> Option<Duration> {
        self.idle_after.filter(|_| self.has_unsaved())
    }

    /// Nothing was acknowledged for a while.
    pub(super) fn idled(&mut self) {
        self.is_due |= self.has_unsaved();
    }

    /// The next save need not wait for anything but the save under way.
    pub(super) fn hurry(&mut self) {
        self.is_waiting = false;
        self.is_due = true;
    }

    pub(super) fn retry(&mut self) {
        self.is_waiting = false;
    }

    /// Whether an answer is about the save under way: the answer to a save of an earlier lease may come late.
    pub(super) fn awaits(&self, number: EventNumber) -> bool {
        self.under_way == Some(number)
    }

    /// Handles the awaited answer.
    pub(super) fn finish(&mut self, number: EventNumber, outcome: CheckpointOutcome) {
        self.under_way = None;
        self.stored = match outcome {
            CheckpointOutcome::Saved => self.stored.max(number),
            CheckpointOutcome::Superseded(later) => self.stored.max(later),
            CheckpointOutcome::SubscriptionGone | CheckpointOutcome::Fenced => self.stored,
        };
    }

    /// The save under way failed, and is to be retried after a while.
    pub(super) fn fail(&mut self) {
        self.under_way = None;
        self.is_waiting = true;
        // The retry is due at once when its timer fires, even if the threshold is not reached again.
        self.is_due = true;
    }

    fn has_unsaved(&self) -> bool {
        // What is in the save under way needs no idle timer, because the answer to that save is still to come.
        self.acknowledged > self.under_way.unwrap_or(self.stored)
    }
}
