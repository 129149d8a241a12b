use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use eventstore_core::backend::LeaseToken;
use eventstore_core::machine::{DeliveredEvent, SubscriberId};
use eventstore_core::{EventNumber, Progress, RecordedEvent, Refusal};
use futures_core::Stream;
use tokio::sync::watch;

use crate::buffer::{Batch, BufferReceiver};
use crate::registry::JoinedSubscriber;
use crate::retrying::Retries;
use crate::subscribe::Mapper;
use crate::subscribers::Subscribers;
use crate::{AckError, Acknowledger, Delivery, Retrying, SubscriptionEnded};

/// A subscriber's end of a subscription: a stream of batches.
///
/// The stream ends with an error that says why. Dropping the value
/// redelivers its unacknowledged events to the other subscribers in the process. If there are none, it releases the
/// subscription to another process that waits for it.
pub struct Subscription<T = RecordedEvent> {
    buffer: BufferReceiver,
    mapper: Mapper<T>,
    acknowledger: Acknowledger,
    progress: watch::Receiver<Progress>,
    retries: Arc<Retries>,
    /// Whether taking a batch acknowledges it.
    acknowledges_when_taken: bool,
    is_transient: bool,
    membership: Membership,
}

/// Dropping it ends the subscriber's part in the subscription.
struct Membership {
    subscribers: Arc<Subscribers>,
    subscriber: SubscriberId,
}

impl<T> Subscription<T> {
    pub(crate) fn new(joined: JoinedSubscriber, mapper: Mapper<T>) -> Self {
        Self {
            buffer: joined.buffer,
            mapper,
            progress: joined.progress,
            retries: joined.retries,
            acknowledges_when_taken: joined.acknowledges_when_taken,
            is_transient: joined.is_transient,
            membership: Membership {
                subscribers: joined.subscribers,
                subscriber: joined.acknowledger.subscriber,
            },
            acknowledger: joined.acknowledger,
        }
    }

    /// Waits for the next batch, which holds at least one event; returns `None` after the end.
    ///
    /// Cancel-safe: dropping the future before it is ready loses nothing.
    pub async fn next(&mut self) -> Option<Result<Vec<Delivery<T>>, SubscriptionEnded>> {
        poll_fn(|context| self.poll_batch(context)).await
    }

    /// Acknowledges an event and all events delivered to this subscriber before it; see [`Acknowledger::ack`].
    ///
    /// # Errors
    /// - [`AckError::Unexpected`] if the event is not waiting for an acknowledgement
    /// - [`AckError::Ended`] if the subscription has ended
    pub async fn ack(&self, event: impl Into<EventNumber>) -> Result<(), AckError> {
        self.acknowledger.ack(event).await
    }

    /// Acknowledges a whole batch; see [`Acknowledger::ack_batch`].
    ///
    /// # Errors
    ///
    /// [`AckError::Empty`] if there is no event, and the errors of [`ack`](Self::ack).
    pub async fn ack_batch(&self, events: impl IntoIterator<Item: Into<EventNumber>>) -> Result<(), AckError> {
        self.acknowledger.ack_batch(events).await
    }

    /// Refuses an event that the subscriber cannot handle, and says what happens to it; see [`Acknowledger::nack`].
    ///
    /// # Errors
    ///
    /// [`AckError::CannotPark`] if the event is to be parked and the subscription cannot park events, and the errors of
    /// [`ack`](Self::ack).
    pub async fn nack(&self, event: impl Into<EventNumber>, instead: Refusal) -> Result<(), AckError> {
        self.acknowledger.nack(event, instead).await
    }

    /// Returns a handle that acknowledges from other tasks, for as long as this subscription lives.
    pub fn acknowledger(&self) -> Acknowledger {
        self.acknowledger.clone()
    }

    /// Returns the progress of the subscription.
    pub fn progress(&self) -> Progress {
        *self.progress.borrow()
    }

    /// Waits until the progress changes or the subscription ends.
    ///
    /// Cancel-safe: dropping the future before it is ready loses nothing.
    pub async fn progress_changed(&mut self) -> Progress {
        // An error means that the driver has ended: what it last reported remains true.
        let _ = self.progress.changed().await;
        *self.progress.borrow_and_update()
    }

    /// Returns a handle on the progress that can be awaited while the subscription itself is in use.
    pub fn watch(&self) -> watch::Receiver<Progress> {
        self.progress.clone()
    }

    /// Returns the activity that is failing and being retried now, if any; of several, the one that has failed for the
    /// longest time.
    ///
    /// While the subscription is [`Acquiring`](eventstore_core::SubscriptionStatus::Acquiring) and nothing fails, another
    /// process holds the lease.
    pub fn retrying(&self) -> Option<Retrying> {
        self.retries.watch().borrow().clone()
    }

    /// Returns a handle on [`retrying`](Self::retrying) that can be awaited while the subscription itself is in use.
    pub fn watch_retrying(&self) -> watch::Receiver<Option<Retrying>> {
        self.retries.watch()
    }

    /// Stops this subscriber and waits until that is done.
    ///
    /// Unacknowledged events go to the other subscribers in the process. If there are none, the last checkpoint is stored
    /// and the lease is released. The call takes at most the `stop_timeout` of the settings for the checkpoint and five
    /// seconds for the lease, even if the storage does not answer. Dropping the future before it is ready leaves the rest
    /// to run in the background.
    ///
    /// # Errors
    ///
    /// - [`SubscriptionEnded::NotStored`] if the last checkpoint could not be stored
    /// - any other [`SubscriptionEnded`] if the subscription had already ended and that error was not yet taken from the
    ///   stream
    pub async fn stop(self) -> Result<(), SubscriptionEnded> {
        let Self {
            mut buffer, membership, ..
        } = self;
        drop(membership);
        while let Some(last) = poll_fn(|context| buffer.poll_take(context)).await {
            last?;
        }
        Ok(())
    }

    pub(crate) fn retries(&self) -> &Retries {
        &self.retries
    }

    /// The same as [`next`](Self::next), with the lease under which the events were delivered.
    pub(crate) async fn next_under_lease(&mut self) -> Option<Result<Batch<Delivery<T>>, SubscriptionEnded>> {
        poll_fn(|context| self.poll_under_lease(context)).await
    }

    /// Tells the subscription that the storage refuses writes with this token.
    pub(crate) async fn lose_lease(&self, lease: LeaseToken) {
        self.acknowledger.lose_lease(lease).await;
    }

    pub(crate) fn is_transient(&self) -> bool {
        self.is_transient
    }

    fn poll_batch(&mut self, context: &Context<'_>) -> Poll<Option<Result<Vec<Delivery<T>>, SubscriptionEnded>>> {
        let taken = ready!(self.poll_under_lease(context));
        Poll::Ready(taken.map(|batch| batch.map(|batch| batch.events)))
    }

    fn poll_under_lease(
        &mut self,
        context: &Context<'_>,
    ) -> Poll<Option<Result<Batch<Delivery<T>>, SubscriptionEnded>>> {
        let taken = ready!(self.buffer.poll_take(context));
        if self.acknowledges_when_taken {
            self.membership.subscribers.has_taken();
        }
        let map = |batch: Batch<DeliveredEvent>| Batch {
            events: batch
                .events
                .into_iter()
                .map(|event| Delivery::new(event, &*self.mapper))
                .collect(),
            tenure: batch.tenure,
        };
        Poll::Ready(taken.map(|batch| batch.map(map)))
    }
}

impl<T> Stream for Subscription<T> {
    type Item = Result<Vec<Delivery<T>>, SubscriptionEnded>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_batch(context)
    }
}

impl<T> fmt::Debug for Subscription<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field("subscriber", &self.acknowledger.subscriber)
            .field("progress", &*self.progress.borrow())
            .finish_non_exhaustive()
    }
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.subscribers.leave(self.subscriber);
    }
}
