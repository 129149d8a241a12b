use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use eventstore_core::{
    BegunProjection, Error, EventNumber, ProjectionStep, ProjectionStore, RecordedEvent, SubscriptionBackend,
    SubscriptionId, SubscriptionKey,
};
use thiserror::Error as ThisError;
use tokio::time::sleep;
use tracing::warn;

use crate::{Activity, Subscription, SubscriptionEnded};

/// How long to wait before a step is tried again that the storage did not let happen.
const RETRY_PAUSE: Duration = Duration::from_millis(500);

/// Turns events into something else, in transactions of the storage.
#[async_trait]
pub trait Projector<T>: Send {
    /// Why an event could not be dealt with.
    type Error: Send;

    /// Makes the effects of these events, in this transaction and nowhere else: it may be undone, and the events come again.
    ///
    /// # Errors
    ///
    /// Whatever the projector says; the transaction is undone.
    async fn project(&mut self, transaction: &mut T, events: &[RecordedEvent]) -> Result<(), Self::Error>;
}

/// Why a projection ended.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum ProjectionError<E> {
    /// The projector could not deal with an event: nothing of its step was stored.
    #[error("the projector failed")]
    Projector(#[source] E),
    /// The subscription ended.
    #[error(transparent)]
    Ended(#[from] SubscriptionEnded),
    /// The checkpoint was set back while the projection ran.
    #[error("the checkpoint was set back to {checkpoint} while the projection ran")]
    SetBack {
        /// Where it stands.
        checkpoint: EventNumber,
    },
    /// The storage failed in a way that trying again cannot mend.
    #[error("the storage failed")]
    Store(#[source] Error),
}

/// A projection whose effects are stored together with the checkpoint of its subscription: each event takes effect once.
///
/// # Contract
///
/// - The effects of a batch and the checkpoint after it are stored together, or neither is.
/// - Whoever has lost the subscription to somebody else stores nothing any more.
/// - Steps that the storage did not let happen are tried again.
///
/// The subscription has one subscriber, and hands on nothing before it is projected: no partitions, no other subscribers.
pub struct Projection<S> {
    store: Arc<S>,
    key: SubscriptionKey,
    subscription: Subscription,
    /// What was delivered and is not projected yet.
    batch: Option<Arc<[RecordedEvent]>>,
    /// The subscription's id, once it exists, and where it stands.
    position: Option<(SubscriptionId, EventNumber)>,
}

impl<S> Projection<S>
where
    S: ProjectionStore + SubscriptionBackend,
{
    /// Projects what this subscription, the one of this key on the same storage, delivers.
    pub fn new(store: Arc<S>, key: SubscriptionKey, subscription: Subscription) -> Self {
        Self {
            store,
            key,
            subscription,
            batch: None,
            position: None,
        }
    }

    /// The subscription, to look at its progress.
    pub fn subscription(&self) -> &Subscription {
        &self.subscription
    }

    /// Stops the subscription; see [`Subscription::stop`].
    ///
    /// # Errors
    ///
    /// As of [`Subscription::stop`].
    pub async fn stop(self) -> Result<(), SubscriptionEnded> {
        self.subscription.stop().await
    }

    /// Projects for as long as there is a subscription.
    ///
    /// After a failure of the projector it can be run again, and goes on with the same events.
    ///
    /// # Errors
    ///
    /// [`ProjectionError`] says why the projection ended.
    pub async fn run<P>(&mut self, projector: &mut P) -> Result<(), ProjectionError<P::Error>>
    where
        P: Projector<S::Transaction>,
    {
        while self.step(projector).await? {}
        Ok(())
    }

    /// Projects the next batch; false after the end of the subscription.
    ///
    /// Dropping the future before it is ready undoes what was begun, and loses nothing.
    ///
    /// # Errors
    ///
    /// [`ProjectionError`] says why the projection ended.
    pub async fn step<P>(&mut self, projector: &mut P) -> Result<bool, ProjectionError<P::Error>>
    where
        P: Projector<S::Transaction>,
    {
        let Some(events) = self.next_batch().await? else {
            return Ok(false);
        };
        if let Some(last) = events.last().map(EventNumber::from) {
            self.project_in_the_end(projector, &events, last).await?;
            // Where that is not accepted the events come again, and are passed over; the end is told by the next step.
            let _ = self.subscription.ack(last).await;
        }
        self.batch = None;
        Ok(true)
    }

    async fn next_batch(&mut self) -> Result<Option<Arc<[RecordedEvent]>>, SubscriptionEnded> {
        if self.batch.is_none() {
            let delivered = self.subscription.next().await.transpose()?;
            self.batch = delivered.map(Arc::from);
        }
        Ok(self.batch.clone())
    }

    /// Tries again for as long as that may help.
    async fn project_in_the_end<P>(
        &mut self,
        projector: &mut P,
        events: &[RecordedEvent],
        to: EventNumber,
    ) -> Result<(), ProjectionError<P::Error>>
    where
        P: Projector<S::Transaction>,
    {
        loop {
            match self.project(projector, events, to).await {
                Err(ProjectionError::Store(error)) if error.is_retryable() => {
                    warn!(%error, "a step of a projection will be tried again");
                    self.subscription.retries().failed(Activity::Projecting, error);
                    self.position = None;
                    sleep(RETRY_PAUSE).await;
                }
                outcome => {
                    self.subscription.retries().succeeded(Activity::Projecting);
                    return outcome;
                }
            }
        }
    }

    /// Projects those of the events that have not been.
    async fn project<P>(
        &mut self,
        projector: &mut P,
        events: &[RecordedEvent],
        to: EventNumber,
    ) -> Result<(), ProjectionError<P::Error>>
    where
        P: Projector<S::Transaction>,
    {
        let (id, mut from) = self.position().await.map_err(ProjectionError::Store)?;
        let expected = from;
        while from < to {
            let step = ProjectionStep { id, from, to };
            match self.store.begin_step(step).await.map_err(ProjectionError::Store)? {
                BegunProjection::Begun(mut transaction) => {
                    let first = events.partition_point(|event| event.event_number <= from);
                    let projected = projector.project(&mut transaction, &events[first..]).await;
                    projected.map_err(ProjectionError::Projector)?;
                    let committed = self.store.commit_step(transaction).await;
                    committed.map_err(ProjectionError::Store)?;
                    from = to;
                }
                BegunProjection::Elsewhere(checkpoint) if checkpoint < expected => {
                    return Err(ProjectionError::SetBack { checkpoint });
                }
                BegunProjection::Elsewhere(checkpoint) => from = checkpoint,
                BegunProjection::SubscriptionGone => return Err(SubscriptionEnded::SubscriptionDeleted.into()),
            }
        }
        self.position = Some((id, from));
        Ok(())
    }

    async fn position(&mut self) -> Result<(SubscriptionId, EventNumber), Error> {
        if let Some(position) = self.position {
            return Ok(position);
        }
        // It delivers, so that it exists: nothing is created.
        let record = self
            .store
            .find_or_create_subscription(&self.key, EventNumber::ZERO)
            .await?;
        Ok((record.id, record.checkpoint))
    }
}
