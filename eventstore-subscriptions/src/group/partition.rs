use std::sync::Arc;

use eventstore_core::backend::HeldPartition;
use eventstore_core::{EventNumber, PartitionNumber};
use tokio_util::sync::CancellationToken;

use super::feed::{Feed, PartitionReader};
use super::partition_lease::PartitionLocks;
use super::turns::{PartitionTurns, Turns};
use crate::driver::{BackgroundWork, Driver, Means};
use crate::event_source::EventSource;
use crate::subscribe::Plan;
use crate::subscribers::Subscribers;
use crate::{Subscription, Subscriptions};

/// A partition that a member holds.
pub(super) struct Partition {
    held: HeldPartition,
    /// The stored checkpoint, as long as it is not running: its subscription knows better then.
    stored: EventNumber,
    /// A later checkpoint is being stored.
    is_being_stored: bool,
    /// Tells it from what the member held of the same partition before.
    pub(super) tenure: u64,
    /// `None` while there are no events of it.
    pub(super) running: Option<Signals>,
    /// Another member is to have it.
    pub(super) is_to_stop: bool,
    /// This process has handled its events before, under an earlier lease.
    was_running_before: bool,
}

/// How a running partition is ended.
#[derive(Debug, Clone, Default)]
pub(super) struct Signals {
    /// In good order.
    pub(super) stop: CancellationToken,
    /// At once: another member may have it.
    pub(super) lost: CancellationToken,
}

/// A partition whose events are to be handled.
pub(super) struct Started {
    pub(super) partition: PartitionNumber,
    pub(super) subscription: Subscription,
    pub(super) turns: Arc<PartitionTurns>,
    pub(super) signals: Signals,
    /// The name under which it is stored.
    pub(super) name: String,
}

impl Partition {
    pub(super) fn new(held: HeldPartition, tenure: u64, was_running_before: bool) -> Self {
        Self {
            stored: held.checkpoint,
            is_being_stored: false,
            held,
            tenure,
            running: None,
            is_to_stop: false,
            was_running_before,
        }
    }

    pub(super) fn held(&self) -> &HeldPartition {
        &self.held
    }

    /// Whether this checkpoint is to be stored; it then is being stored.
    pub(super) fn begin_to_store(&mut self, checkpoint: EventNumber) -> bool {
        let is_due = self.running.is_none() && !self.is_to_stop && !self.is_being_stored && checkpoint > self.stored;
        self.is_being_stored |= is_due;
        is_due
    }

    /// The checkpoint is stored, if there is one; otherwise storing it has failed.
    pub(super) fn was_stored(&mut self, checkpoint: Option<EventNumber>) {
        self.is_being_stored = false;
        self.stored = checkpoint.map_or(self.stored, |checkpoint| self.stored.max(checkpoint));
    }

    /// Starts a subscription to the events of the partition, which begins where it stands.
    pub(super) fn start(
        &mut self,
        subscriptions: &Subscriptions,
        feed: &Arc<Feed>,
        turns: &Turns,
        plan: Plan,
    ) -> Started {
        let signals = Signals::default();
        let turns = turns.of_a_partition();
        let backend = Arc::clone(&subscriptions.backend);
        let reader = PartitionReader::new(
            Arc::clone(feed),
            Arc::clone(&backend),
            self.held.partition,
            signals.lost.clone(),
        );
        let means = Means {
            backend,
            locks: Arc::new(PartitionLocks::new(&self.held, self.stored, signals.lost.clone())),
            reader: EventSource::Partition(reader),
            parking: subscriptions.parking.clone(),
            turns: Some(Arc::clone(&turns)),
            was_held_before: self.was_running_before,
            holder: subscriptions.holder.clone(),
        };
        let name = plan.name.as_ref().map(ToString::to_string).unwrap_or_default();
        let listener = Box::new(feed.listen(self.held.partition));
        let subscribers = Arc::<Subscribers>::default();
        let first = subscribers.begin(plan.settings.buffer_size);
        let work = BackgroundWork::new(means, &plan);
        let running = Driver::spawn(work, listener, plan, subscribers, None, None);
        self.running = Some(signals.clone());
        Started {
            partition: self.held.partition,
            subscription: Subscription::new(running.joined(first), Arc::new(|event| event)),
            turns,
            signals,
            name,
        }
    }
}

#[cfg(test)]
mod tests {
    use eventstore_core::SubscriptionId;
    use eventstore_core::backend::{LeaseEpoch, LeaseToken};

    use super::*;

    fn partition() -> Partition {
        let held = HeldPartition {
            partition: PartitionNumber::new(1).unwrap(),
            token: LeaseToken {
                id: SubscriptionId::new(1),
                epoch: LeaseEpoch::new(1),
            },
            checkpoint: 5_u32.into(),
        };
        Partition::new(held, 1, false)
    }

    #[test]
    fn a_position_is_stored_once_and_tried_again_if_that_fails() {
        let mut partition = partition();
        assert!(!partition.begin_to_store(5_u32.into()));
        assert!(partition.begin_to_store(7_u32.into()));
        assert!(
            !partition.begin_to_store(9_u32.into()),
            "the one before is being stored"
        );
        partition.was_stored(None);
        assert!(partition.begin_to_store(7_u32.into()));
        partition.was_stored(Some(7_u32.into()));
        assert!(!partition.begin_to_store(7_u32.into()));
    }

    /// An event that it had in hand may not have been acknowledged, also if its subscription has just ended.
    #[test]
    fn no_position_is_stored_beside_a_subscription() {
        let mut partition = partition();
        partition.running = Some(Signals::default());
        assert!(!partition.begin_to_store(9_u32.into()));
        partition.running = None;
        partition.is_to_stop = true;
        assert!(!partition.begin_to_store(9_u32.into()));
    }
}
