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

    pub(super) fn held(&self) -> &HeldPartition {
        &self.held
    }

    /// Notes that there is no event up to here; returns whether that is news.
    pub(super) fn pass(&mut self, position: EventNumber) -> bool {
        let is_news = position > self.position;
        self.position = self.position.max(position);
        is_news
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
        let reader = PartitionReader::new(Arc::clone(feed), Arc::clone(&backend), self.held.partition);
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
