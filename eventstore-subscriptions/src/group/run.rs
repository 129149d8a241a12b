use std::future::pending;
use std::sync::Arc;

use eventstore_core::{
    BoxError, GroupSettings, GroupStore, PartitionCount, PartitionNumber, StreamSelector, SubscriptionKey,
};
use tokio::select;
use tokio::sync::OnceCell;
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::JoinSet;

use super::Group;
use super::entrance::Entrance;
use super::feed::{Feed, Scanner};
use super::gauges::GroupGauges;
use super::holdings::Holdings;
use super::member::Member;
use super::partition::Started;
use super::running::{Ending, RunningGroup, State};
use crate::runner::Runner;
use crate::subscribe::Plan;
use crate::{Delivery, GiveUp, RunError, Subscribe, SubscribeError, Subscriptions};

impl Subscriptions {
    /// Handles the events of a subscription together with every other process that runs the same group: each holds its share of the
    /// partitions, and handles the events of each partition one after another.
    ///
    /// An event is handled as by [`run`](Self::run), with the retry policy of the request. Events with the same ordering key are handled in
    /// order, by one process at a time, also when partitions move: within a second after a process has come or has left in good order, and
    /// within five seconds after one was killed. A process that has lost a partition drops the future of its handler, and can store nothing
    /// more for it.
    ///
    /// All calls of the function are made in the task that awaits this one. A function that works the processor for long spawns a task.
    ///
    /// The call returns only when the group cannot go on here; see [`run_group_until`](Self::run_group_until) for a graceful end. Dropping the
    /// future leaves the group: the events in hand are handled again elsewhere.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use eventstore_core::{BoxError, EventStore};
    /// # use eventstore_subscriptions::{Delivery, Group, Subscribe, Subscriptions};
    /// # async fn example(store: Arc<dyn EventStore>) -> Result<(), BoxError> {
    /// let subscriptions = Subscriptions::new(Arc::clone(&store)).with_groups(store);
    /// let request = Subscribe::to_all("invoices")?;
    /// subscriptions
    ///     .run_group(request, Group::new(16)?, async |event: Delivery| {
    ///         println!("{} {}", event.number, event.event_type);
    ///         Ok::<_, BoxError>(())
    ///     })
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// - [`RunError::Subscribe`] if the request cannot be shared by a group, with [`SubscribeError::CannotShare`] or
    ///   [`SubscribeError::CannotPark`]
    /// - [`RunError::Handler`] if the policy says to stop
    /// - [`RunError::Ended`] if the group ended here: with [`SubscriptionEnded::Failed`](crate::SubscriptionEnded::Failed) and
    ///   [`Error::GroupDiffers`](eventstore_core::Error::GroupDiffers) if it is stored with another number of partitions, another ordering key
    ///   or another retry policy
    ///
    /// # Panics
    ///
    /// Panics outside a tokio runtime.
    pub async fn run_group<T, H, F, E>(&self, request: Subscribe<T>, group: Group, handler: H) -> Result<(), RunError>
    where
        H: Fn(Delivery<T>) -> F,
        F: Future<Output = Result<(), E>>,
        E: Into<BoxError>,
    {
        self.run_group_until(request, group, pending(), handler).await
    }

    /// Does the same as [`run_group`](Self::run_group) until this future is ready. Then it finishes the events in hand, stores the last
    /// checkpoints, gives its partitions back and returns.
    ///
    /// # Errors
    ///
    /// As for [`run_group`](Self::run_group), and [`RunError::Ended`] with
    /// [`SubscriptionEnded::NotStored`](crate::SubscriptionEnded::NotStored) if the last checkpoint of a partition could not be stored.
    ///
    /// # Panics
    ///
    /// Panics outside a tokio runtime.
    pub async fn run_group_until<T, H, F, E>(
        &self,
        request: Subscribe<T>,
        group: Group,
        shutdown: impl Future<Output = ()>,
        handler: H,
    ) -> Result<(), RunError>
    where
        H: Fn(Delivery<T>) -> F,
        F: Future<Output = Result<(), E>>,
        E: Into<BoxError>,
    {
        let policy = request.policy;
        if policy.then == GiveUp::Park && !self.can_park(&request) {
            return Err(SubscribeError::CannotPark.into());
        }
        let (request, mapper) = request.with_explicit_acks().unmapped();
        let (key, store) = self.shareable(&request.plan)?;
        let settings = group.settings(&policy);
        let running = self.join_group(request.plan, key, group, settings, store);
        let handle = |started: Started| {
            let runner = Runner {
                subscription: started.subscription,
                mapper: mapper.clone(),
                span_hook: self.span_hook.clone(),
                handler: &handler,
                policy,
                name: started.name,
                turns: Some(started.turns),
            };
            async move {
                select! {
                    biased;
                    () = started.signals.lost.cancelled() => Ending::Lost,
                    ended = runner.run_to_the_end(started.signals.stop.cancelled()) => Ending::Ended(ended),
                }
            }
        };
        running.run(shutdown, handle).await
    }

    /// The key of a subscription that can be shared, and the store that shares it.
    fn shareable(&self, plan: &Plan) -> Result<(SubscriptionKey, Arc<dyn GroupStore>), SubscribeError> {
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
    fn join_group(
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
