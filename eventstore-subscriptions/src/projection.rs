use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use eventstore_core::backend::{BegunProjection, LeaseToken, ProjectionStep, ProjectionStore};
use eventstore_core::{BoxError, Error, EventNumber};
use thiserror::Error as ThisError;
use tokio::select;
use tokio::time::sleep;
use tracing::warn;

use crate::buffer::Tenure;
use crate::group::PartitionTurns;
use crate::{Activity, Delivery, SubscribeError, Subscription, SubscriptionEnded};

/// How long to wait before retrying a step that the storage did not accept.
const RETRY_PAUSE: Duration = Duration::from_millis(500);

/// Turns events into effects, in transactions of the storage.
#[async_trait]
pub trait Projector<T>: Send {
    /// Why an event could not be handled: any error type, `anyhow::Error` included.
    type Error: Into<BoxError> + Send;

    /// Makes the effects of these events in this transaction and nowhere else: it may be rolled back and the events
    /// redelivered.
    ///
    /// # Errors
    ///
    /// Any error of the projector; the transaction is rolled back.
    async fn project(&mut self, transaction: &mut T, events: &[Delivery]) -> Result<(), Self::Error>;
}

/// Why a projection ended.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum ProjectionError {
    /// The subscription of a group was not begun.
    #[error(transparent)]
    Subscribe(#[from] SubscribeError),
    /// The projector could not handle an event, so nothing of its step was stored. The source is the projector's own
    /// error.
    #[error("the projector failed")]
    Projector(#[source] BoxError),
    /// The subscription ended.
    #[error(transparent)]
    Ended(#[from] SubscriptionEnded),
    /// The checkpoint was set back while the projection ran, or its stream was replaced. The owner of the effects decides
    /// what happens to them. The next step continues from the stored checkpoint.
    #[error("the checkpoint was set back to {checkpoint} while the projection ran")]
    SetBack {
        /// The stored checkpoint.
        checkpoint: EventNumber,
    },
    /// The storage failed in a way that a retry cannot fix.
    #[error("the storage failed")]
    Store(#[source] Error),
}

/// A transient subscription has no checkpoint with which effects could be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ThisError)]
#[error("a transient subscription has no checkpoint to store effects with")]
pub struct TransientSubscription;

/// A projection that stores its effects together with its subscription's checkpoint, so that each event takes effect
/// once.
///
/// # Contract
///
/// - The effects of a batch and the checkpoint after it are stored together, or neither is.
/// - Every step carries the lease under which its events were delivered: a process that has lost the lease stores nothing
///   more.
/// - Only the checkpoint of the subscription is moved, and only while the subscription exists.
/// - A step that the storage did not let happen is retried.
///
/// The subscription has one subscriber and passes on nothing before it is projected: no partitions, no other subscribers.
#[must_use = "it projects nothing until it is run"]
pub struct Projection<S> {
    store: S,
    subscription: Subscription,
    /// The events that were delivered and are not yet projected.
    batch: Option<Delivered>,
    /// The lease of the last step, and the checkpoint after it.
    position: Option<(LeaseToken, EventNumber)>,
    /// Only of a partition of a group.
    turns: Option<Arc<PartitionTurns>>,
}

/// Events, and the lease under which they were delivered.
#[derive(Clone)]
struct Delivered {
    events: Arc<[Delivery]>,
    tenure: Tenure,
}

/// The outcome of a batch.
enum Step {
    Projected,
    /// The events that were not projected are redelivered, to the holder of the next lease.
    LeaseLost,
}

impl<S> Projection<S>
where
    S: ProjectionStore,
{
    /// Creates a projection of this subscription's events into the storage that the subscription reads from.
    ///
    /// # Errors
    ///
    /// [`TransientSubscription`] if the subscription stores no checkpoint.
    pub fn new(store: S, subscription: Subscription) -> Result<Self, TransientSubscription> {
        if subscription.is_transient() {
            return Err(TransientSubscription);
        }
        Ok(Self {
            store,
            subscription,
            batch: None,
            position: None,
            turns: None,
        })
    }

    /// Creates the projection of a partition of a group.
    pub(crate) fn of_partition(store: S, subscription: Subscription, turns: Arc<PartitionTurns>) -> Self {
        Self {
            store,
            subscription,
            batch: None,
            position: None,
            turns: Some(turns),
        }
    }

    /// Returns the subscription, for example to read its progress.
    pub fn subscription(&self) -> &Subscription {
        &self.subscription
    }

    /// Stops the subscription; see [`Subscription::stop`].
    ///
    /// # Errors
    ///
    /// The errors of [`Subscription::stop`].
    pub async fn stop(self) -> Result<(), SubscriptionEnded> {
        self.subscription.stop().await
    }

    /// Projects until the subscription ends.
    ///
    /// After the projector fails, call it again to continue with the same events.
    ///
    /// Cancel-safe, as [`step`](Self::step) is.
    ///
    /// # Errors
    ///
    /// [`ProjectionError`] says why the projection ended.
    pub async fn run<P>(&mut self, projector: &mut P) -> Result<(), ProjectionError>
    where
        P: Projector<S::Transaction>,
    {
        while self.step(projector).await? {}
        Ok(())
    }

    /// Projects until this future is ready; then it stops the subscription and returns.
    ///
    /// A step that is not committed by then is rolled back, and its events are projected later: a storage that does not answer does not keep
    /// a program from ending.
    ///
    /// Cancel-safe: dropping the future before it is ready rolls back what was begun and loses nothing.
    ///
    /// # Errors
    ///
    /// - [`ProjectionError`] says why the projection ended before
    /// - [`ProjectionError::Ended`] if the subscription did not stop in good order
    pub async fn run_until<P>(
        mut self,
        projector: &mut P,
        shutdown: impl Future<Output = ()>,
    ) -> Result<(), ProjectionError>
    where
        P: Projector<S::Transaction>,
    {
        let ended = select! {
            biased;
            () = shutdown => Ok(()),
            ended = self.run(projector) => ended,
        };
        let stopped = self.stop().await;
        if let (Err(_), Err(error)) = (&ended, &stopped) {
            warn!(%error, "a projection that failed has not stopped in good order");
        }
        ended?;
        Ok(stopped?)
    }

    /// Projects the next batch; returns false after the subscription has ended.
    ///
    /// Cancel-safe: dropping the future before it is ready rolls back what was begun and loses nothing.
    ///
    /// # Errors
    ///
    /// [`ProjectionError`] says why the projection ended.
    pub async fn step<P>(&mut self, projector: &mut P) -> Result<bool, ProjectionError>
    where
        P: Projector<S::Transaction>,
    {
        while let Some(batch) = self.next_batch().await? {
            let step = self.project_in_the_end(projector, &batch).await?;
            match step {
                Step::Projected => self.acknowledge(&batch).await,
                Step::LeaseLost => self.give_up(batch.tenure.lease).await,
            }
            self.batch = None;
            if matches!(step, Step::Projected) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn next_batch(&mut self) -> Result<Option<Delivered>, SubscriptionEnded> {
        while self.batch.is_none() {
            let Some(batch) = self.subscription.next_under_lease().await.transpose()? else {
                return Ok(None);
            };
            self.batch = batch.tenure.map(|tenure| Delivered {
                events: batch.events.into(),
                tenure,
            });
        }
        Ok(self.batch.clone())
    }

    async fn acknowledge(&self, batch: &Delivered) {
        if let Some(last) = batch.events.last() {
            // If this is not accepted, the events are redelivered and skipped; the next step reports the end.
            let _ = self.subscription.ack(last).await;
        }
    }

    /// Tells the subscription, which may not know yet. It asks for the lease again, which it may be given at once.
    async fn give_up(&self, lease: LeaseToken) {
        warn!(id = lease.id.get(), epoch = %lease.epoch, "a projection has lost its lease");
        self.subscription.lose_lease(lease).await;
        sleep(RETRY_PAUSE).await;
    }

    /// Retries for as long as that may help.
    async fn project_in_the_end<P>(&mut self, projector: &mut P, batch: &Delivered) -> Result<Step, ProjectionError>
    where
        P: Projector<S::Transaction>,
    {
        let _turn = match &self.turns {
            Some(turns) => Some(turns.next().await),
            None => None,
        };
        loop {
            match self.project(projector, batch).await {
                Err(ProjectionError::Store(error)) if error.is_retryable() => {
                    warn!(%error, "a step of a projection will be tried again");
                    self.subscription.retries().failed(Activity::Projecting, error);
                    sleep(RETRY_PAUSE).await;
                }
                outcome => {
                    self.subscription.retries().succeeded(Activity::Projecting);
                    return outcome;
                }
            }
        }
    }

    /// Projects the events that are not projected yet.
    async fn project<P>(
        &mut self,
        projector: &mut P,
        Delivered { events, tenure }: &Delivered,
    ) -> Result<Step, ProjectionError>
    where
        P: Projector<S::Transaction>,
    {
        let (lease, Some(to)) = (tenure.lease, events.last().map(EventNumber::from)) else {
            return Ok(Step::Projected);
        };
        let mut from = self.begin_under(tenure)?;
        while from < to {
            let step = ProjectionStep { lease, from, to };
            match self.store.begin_step(step).await.map_err(ProjectionError::Store)? {
                BegunProjection::Begun(mut transaction) => {
                    let first = events.partition_point(|event| event.number <= from);
                    let projected = projector.project(&mut transaction, &events[first..]).await;
                    projected.map_err(|error| ProjectionError::Projector(error.into()))?;
                    // If the outcome is unknown, the retry begins the same step and learns from the checkpoint whether
                    // it was committed.
                    let committed = self.store.commit_step(transaction).await;
                    committed.map_err(ProjectionError::Store)?;
                    from = to;
                }
                BegunProjection::Elsewhere(checkpoint) => from = self.advance(lease, from, checkpoint)?,
                BegunProjection::SubscriptionGone => return Err(SubscriptionEnded::SubscriptionDeleted.into()),
                BegunProjection::Fenced => return Ok(Step::LeaseLost),
            }
        }
        self.position = Some((lease, from));
        Ok(Step::Projected)
    }

    /// Where the next step begins: after the last step, or where a new lease begins.
    fn begin_under(&mut self, tenure: &Tenure) -> Result<EventNumber, ProjectionError> {
        match self.position {
            Some((lease, position)) if lease == tenure.lease => Ok(position),
            Some((_, position)) => self.advance(tenure.lease, position, tenure.begins_after),
            None => Ok(tenure.begins_after),
        }
    }

    /// Continues from the stored checkpoint; if that was set back, reports it once.
    fn advance(
        &mut self,
        lease: LeaseToken,
        position: EventNumber,
        stored: EventNumber,
    ) -> Result<EventNumber, ProjectionError> {
        self.position = Some((lease, stored));
        if stored < position {
            return Err(ProjectionError::SetBack { checkpoint: stored });
        }
        Ok(stored)
    }
}
