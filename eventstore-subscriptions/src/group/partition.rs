use std::sync::Arc;

use eventstore_core::backend::{HeldPartition, LeaseToken};
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
    /// Up to here, no event of the partition is left. While it is running, its subscription knows better.
    position: EventNumber,
    /// Tells it from what the member held of the same partition before.
    pub(super) tenure: u64,
    /// `None` while there are no events of it.
    pub(super) running: Option<Signals>,
    /// Another member is to have it.
    pub(super) is_to_stop: bool,
}

/// How a running partition is ended.
#[derive(Debug, Clone, Default)]
pub(super) struct Signals {
    /// In good order.
    pub(super) stop: CancellationToken,
    /// At once: another member may have it.
    pub(super) lost: CancellationToken,
}

/// What is to be done about a position up to which nothing waits for a partition.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Swept {
    Nothing,
    /// The subscription to the partition is told: it may have events in hand.
    Tell,
    /// It is stored.
    Store(LeaseToken),
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
    pub(super) fn new(held: HeldPartition, tenure: u64) -> Self {
        Self {
            position: held.checkpoint,
            held,
            tenure,
            running: None,
            is_to_stop: false,
        }
    }

    /// Nothing waits for it up to here.
    pub(super) fn sweep(&mut self, position: EventNumber) -> Swept {
        if position <= self.position {
            return Swept::Nothing;
        }
        self.position = position;
        match &self.running {
            // Also if it has just ended: an event that it had in hand may not have been acknowledged.
            Some(_) => Swept::Tell,
            None if self.is_to_stop => Swept::Nothing,
            None => Swept::Store(self.held.token),
        }
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
        let from_here = HeldPartition {
            checkpoint: self.position,
            ..self.held
        };
        let backend = Arc::clone(&subscriptions.backend);
        let reader = PartitionReader::new(
            Arc::clone(feed),
            Arc::clone(&backend),
            self.held.partition,
            signals.lost.clone(),
        );
        let means = Means {
            backend,
            locks: Arc::new(PartitionLocks::new(&from_here, signals.lost.clone())),
            reader: EventSource::Partition(reader),
            parking: subscriptions.parking.clone(),
            turns: Some(Arc::clone(&turns)),
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
    use eventstore_core::backend::LeaseEpoch;
    use eventstore_core::{PartitionNumber, SubscriptionId};

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
        Partition::new(held, 1)
    }

    #[test]
    fn a_position_is_stored_once_if_no_one_handles_events() {
        let mut partition = partition();
        let token = partition.held.token;
        assert_eq!(partition.sweep(5_u32.into()), Swept::Nothing);
        assert_eq!(partition.sweep(7_u32.into()), Swept::Store(token));
        assert_eq!(partition.sweep(7_u32.into()), Swept::Nothing);
        partition.is_to_stop = true;
        assert_eq!(partition.sweep(8_u32.into()), Swept::Nothing);
    }

    /// Whoever has ended may have had an event in hand that was not acknowledged.
    #[test]
    fn no_position_is_stored_beside_a_subscription_even_if_it_has_just_ended() {
        let mut partition = partition();
        partition.running = Some(Signals::default());
        assert_eq!(partition.sweep(9_u32.into()), Swept::Tell);
    }
}
