use std::sync::Arc;

use eventstore_core::{GroupSettings, GroupStore, PartitionCount, PartitionNumber, StreamSelector, SubscriptionKey};
use tokio::sync::OnceCell;
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::JoinSet;

use super::Group;
use super::entrance::Entrance;
use super::feed::{Feed, Scanner};
use super::gauges::GroupGauges;
use super::holdings::Holdings;
use super::member::Member;
use super::running::{RunningGroup, State};
use crate::subscribe::Plan;
use crate::{SubscribeError, Subscriptions};

impl Subscriptions {
    /// The key of a subscription that can be shared, and the store that shares it.
    pub(super) fn shareable(&self, plan: &Plan) -> Result<(SubscriptionKey, Arc<dyn GroupStore>), SubscribeError> {
        let cannot = |reason| SubscribeError::CannotShare { reason };
        let key = plan.key().ok_or(cannot("it is transient"))?;
        if key.selector != StreamSelector::All {
            return Err(cannot("it is to a single stream, and a group is to all streams"));
        }
        let last = PartitionNumber::new(PartitionCount::MAX);
        let longest = last.zip(PartitionCount::new(PartitionCount::MAX.into()).ok());
        if let Some(Ok(longest)) = longest.map(|(last, count)| last.key(&key, count)) {
            self.check_dead_letters(&longest)?;
        }
        let store = self
            .groups
            .clone()
            .ok_or(cannot("no store for groups is named (`with_groups`)"))?;
        Ok((key, store))
    }

    /// Becomes a member of the group, and reads for the partitions that it is given.
    pub(super) fn join_group(
        &self,
        plan: Plan,
        key: SubscriptionKey,
        group: Group,
        settings: GroupSettings,
        store: Arc<dyn GroupStore>,
    ) -> RunningGroup<'_> {
        let (event_sender, events) = unbounded_channel();
        let (stopped, stopped_receiver) = unbounded_channel();
        let member = Member {
            entrance: Entrance {
                store,
                backend: Arc::clone(&self.backend),
                key: key.clone(),
                settings,
                name: self.holder.clone(),
                start_from: plan.start_from,
                start_after: OnceCell::new(),
            },
            events: event_sender,
            stopped: stopped_receiver,
            gauges: GroupGauges::new(self.backend.metrics_label(), &key),
            holdings: Holdings::default(),
        };
        let feed = Feed::new(&plan.settings, self.backend.storage_epoch());
        let mut scanner = JoinSet::new();
        let reader = self.cache.reader(StreamSelector::All);
        let backend = Arc::clone(&self.backend);
        scanner.spawn(Scanner::new(Arc::clone(&feed), backend, reader, &plan, &group).run());
        RunningGroup {
            subscriptions: self,
            plan,
            key,
            group,
            feed,
            scanner,
            member: tokio::spawn(member.run()),
            events,
            stopped,
            state: State::default(),
        }
    }
}
