use std::future::pending;
use std::num::NonZeroU32;

use eventstore_core::{BoxError, SubscriptionSettings};
use tokio::select;

use super::Group;
use super::partition::Started;
use super::running::{Ending, PartitionError};
use crate::runner::Runner;
use crate::subscribe::Plan;
use crate::{Delivery, GiveUp, RunError, Subscribe, SubscribeError, Subscriptions};

/// A handler is given one event of a partition at a time. If more were in flight, more would be suspected after an unclean end, and handled alone.
fn with_one_in_flight(plan: Plan) -> Plan {
    Plan {
        settings: SubscriptionSettings {
            buffer_size: NonZeroU32::MIN,
            ..plan.settings
        },
        ..plan
    }
}

impl PartitionError for RunError {
    fn is_end_of_subscription(&self) -> bool {
        matches!(self, Self::Ended(_))
    }
}

impl Subscriptions {
    /// Handles the events of a subscription together with every other process that runs the same group: each holds its share of the
    /// partitions, and handles the events of each partition one after another.
    ///
    /// An event is handled as by [`run`](Self::run), with the retry policy of the request. Events with the same ordering key are handled in
    /// order, also when partitions move. When a process joins, the others give up partitions once they have finished the events in hand. When one
    /// leaves gracefully, the others have its partitions within a second, and when one is killed, within five seconds. A process that has lost a
    /// partition drops the future of its handler, and can store nothing more for it. If the process was stopped, or its handler blocked the
    /// thread, the handler may still run while another process handles the same event.
    ///
    /// One event of a partition is in flight at a time, whatever `buffer_size` the settings have; they hold for each partition otherwise.
    ///
    /// All calls of the function are made in the task that awaits this one. A function that computes for long spawns a task.
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
    /// - [`RunError::Subscribe`] if the request cannot be shared by a group, with [`SubscribeError::CannotShare`],
    ///   [`SubscribeError::CannotPark`] or [`SubscribeError::DeadLettersTooLong`]
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
        let running = self.join_group(with_one_in_flight(request.plan), key, group, settings, store);
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
}
