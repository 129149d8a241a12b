use eventstore_core::PartitionNumber;
use eventstore_core::backend::ProjectionStore;
use tokio::select;

use super::Group;
use super::partition::Started;
use super::running::{Ending, PartitionError};
use crate::{Projection, ProjectionError, Projector, RetryPolicy, Subscribe, Subscriptions};

impl PartitionError for ProjectionError {
    fn is_end_of_subscription(&self) -> bool {
        matches!(self, Self::Ended(_))
    }
}

impl Subscriptions {
    /// Projects the events of a subscription together with every other process that runs the same group, until this future is ready: each
    /// partition has a projector, and stores its effects with its own checkpoint.
    ///
    /// Partitions are shared as by [`run_group`](Self::run_group). A process that has lost a partition commits no step of it any more. Two
    /// partitions may be projected at the same time, in two transactions: their projectors must not wait for each other's rows.
    ///
    /// # Errors
    ///
    /// - [`ProjectionError::Subscribe`] if the request cannot be shared by a group
    /// - [`ProjectionError::Projector`] if a projector failed; the other partitions stop in good order
    /// - the other [`ProjectionError`]s, as for [`Projection::run_until`]
    ///
    /// # Panics
    ///
    /// Panics outside a tokio runtime.
    pub async fn project_group_until<S, P>(
        &self,
        request: Subscribe,
        group: Group,
        store: S,
        shutdown: impl Future<Output = ()>,
        projector: impl Fn(PartitionNumber) -> P,
    ) -> Result<(), ProjectionError>
    where
        S: ProjectionStore + Clone,
        P: Projector<S::Transaction>,
    {
        let request = request.with_explicit_acks();
        let (key, groups) = self.shareable(&request.plan)?;
        let settings = group.settings(&RetryPolicy::default());
        let running = self.join_group(request.plan, key, group, settings, groups);
        let project = |started: Started| {
            let mut projector = projector(started.partition);
            let projection = Projection::of_partition(store.clone(), started.subscription, started.turns);
            async move {
                select! {
                    biased;
                    () = started.signals.lost.cancelled() => Ending::Lost,
                    ended = projection.run_until(&mut projector, started.signals.stop.cancelled()) => Ending::Ended(ended),
                }
            }
        };
        running.run(shutdown, project).await
    }
}
