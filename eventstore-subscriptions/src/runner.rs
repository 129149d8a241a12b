use std::future::pending;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use eventstore_core::backend::LeaseToken;
use eventstore_core::{BoxError, Refusal};
use futures_util::FutureExt;
use tokio::select;
use tracing::field::Empty;
use tracing::{Instrument, Span, info_span, warn};

use crate::driver::{failure, message_of};
use crate::group::{PartitionTurns, Turn};
use crate::subscribe::Mapper;
use crate::subscriptions::SpanHook;
use crate::{
    AckError, Delivery, GiveUp, RetryPolicy, RunError, Subscribe, SubscribeError, Subscription, Subscriptions,
};

impl Subscriptions {
    /// Handles the events of a subscription one after another with this function, and acknowledges each event that it handled.
    ///
    /// If the function fails or panics, the event is handled again as the request's [`RetryPolicy`] says; meanwhile the events of other
    /// partitions continue. To handle several events at once, run clones of one request that has a `concurrency_limit`. Each call of the
    /// function is in a tracing span `handle` with the subscription, the number, the type and the attempt;
    /// [`with_span_hook`](Self::with_span_hook) makes it part of the trace in which the event was appended.
    ///
    /// The call returns only when the subscription ends; see [`run_until`](Self::run_until) for a graceful end. Dropping the future stops
    /// the subscriber: its event in hand is delivered again.
    ///
    /// ```
    /// # use eventstore_core::backend::SubscriptionBackend;
    /// # use eventstore_core::BoxError;
    /// # use eventstore_subscriptions::{Delivery, Subscribe, Subscriptions};
    /// # async fn example(store: impl SubscriptionBackend + 'static) -> Result<(), BoxError> {
    /// let subscriptions = Subscriptions::new(store);
    /// let request = Subscribe::to_all("invoices")?;
    /// subscriptions
    ///     .run(request, async |event: Delivery| {
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
    /// - [`RunError::Subscribe`] if the subscription was not begun
    /// - [`RunError::Handler`] if the policy says to stop
    /// - [`RunError::Ended`] if the subscription ended
    ///
    /// # Panics
    ///
    /// Panics outside a tokio runtime.
    pub async fn run<T, H, F, E>(&self, request: Subscribe<T>, handler: H) -> Result<(), RunError>
    where
        H: FnMut(Delivery<T>) -> F,
        F: Future<Output = Result<(), E>>,
        E: Into<BoxError>,
    {
        self.run_until(request, pending(), handler).await
    }

    /// Does the same as [`run`](Self::run) until this future is ready. Then it finishes the event in hand, stores the last checkpoint and
    /// returns.
    ///
    /// A handler that does not return keeps it from ending: give the handler a limit, or drop the future.
    ///
    /// # Errors
    ///
    /// The errors of [`run`](Self::run), and [`RunError::Ended`] with
    /// [`SubscriptionEnded::NotStored`](crate::SubscriptionEnded::NotStored) if the last checkpoint could not be stored.
    ///
    /// # Panics
    ///
    /// Panics outside a tokio runtime.
    pub async fn run_until<T, H, F, E>(
        &self,
        request: Subscribe<T>,
        shutdown: impl Future<Output = ()>,
        handler: H,
    ) -> Result<(), RunError>
    where
        H: FnMut(Delivery<T>) -> F,
        F: Future<Output = Result<(), E>>,
        E: Into<BoxError>,
    {
        let policy = request.policy;
        if policy.then == GiveUp::Park && !self.can_park(&request) {
            return Err(SubscribeError::CannotPark.into());
        }
        let name = request.plan.name.as_ref().map(ToString::to_string);
        let (request, mapper) = request.with_explicit_acks().unmapped();
        let runner = Runner {
            subscription: self.subscribe(request)?,
            mapper,
            span_hook: self.span_hook.clone(),
            handler,
            policy,
            name: name.unwrap_or_default(),
            turns: None,
        };
        runner.run_to_the_end(shutdown).await
    }
}

/// Gives the events of a subscription to a handler.
pub(crate) struct Runner<T, H> {
    pub(crate) subscription: Subscription,
    pub(crate) mapper: Mapper<T>,
    pub(crate) span_hook: Option<SpanHook>,
    pub(crate) handler: H,
    pub(crate) policy: RetryPolicy,
    pub(crate) name: String,
    /// Only of a partition of a group.
    pub(crate) turns: Option<Arc<PartitionTurns>>,
}

/// What to do with the rest of a batch.
enum Next {
    Continue,
    /// The events that follow are delivered again.
    DropRest,
}

impl<T, H, F, E> Runner<T, H>
where
    H: FnMut(Delivery<T>) -> F,
    F: Future<Output = Result<(), E>>,
    E: Into<BoxError>,
{
    /// Runs until it is to shut down or the subscription ends, and stops the subscription.
    pub(crate) async fn run_to_the_end(mut self, shutdown: impl Future<Output = ()>) -> Result<(), RunError> {
        let ended = self.run(shutdown).await;
        // The subscription stops even after a failed handler, so that the checkpoint of the events before it is stored.
        let stopped = self.subscription.stop().await;
        if let (Err(_), Err(error)) = (&ended, &stopped) {
            warn!(%error, "a subscription whose handler failed has not stopped in good order");
        }
        ended?;
        Ok(stopped?)
    }

    /// Returns when it is to shut down, or the subscription has ended in good order.
    async fn run(&mut self, shutdown: impl Future<Output = ()>) -> Result<(), RunError> {
        let mut shutdown = Box::pin(shutdown.fuse());
        loop {
            let batch = select! {
                biased;
                () = &mut shutdown => return Ok(()),
                batch = self.subscription.next_under_lease() => batch,
            };
            let Some(batch) = batch.transpose()? else { return Ok(()) };
            let lease = batch.tenure.map(|tenure| tenure.lease);
            for delivery in batch.events {
                // Between two events, the shutdown is only looked at, never waited for.
                if (&mut shutdown).now_or_never().is_some() {
                    return Ok(());
                }
                if matches!(self.deliver(delivery, lease).await?, Next::DropRest) {
                    break;
                }
            }
        }
    }

    async fn handle(&mut self, delivery: Delivery) -> Result<(), BoxError> {
        let _turn = self.next_turn().await;
        let span = self.span(&delivery);
        let delivery = delivery.map_value(&*self.mapper);
        let handled = AssertUnwindSafe(async { (self.handler)(delivery).await.map_err(Into::into) });
        let handled = handled.catch_unwind().instrument(span).await;
        handled.unwrap_or_else(|panic| Err(format!("the handler panicked: {}", message_of(&*panic)).into()))
    }

    async fn next_turn(&self) -> Option<Turn> {
        match &self.turns {
            Some(turns) => Some(turns.next().await),
            None => None,
        }
    }

    /// The turn that was reserved for an event is not needed if its handler is not called.
    fn give_up_turn(&self) {
        if let Some(turns) = &self.turns {
            turns.cancel();
        }
    }

    fn span(&self, delivery: &Delivery) -> Span {
        let span = info_span!(
            "handle",
            subscription = self.name,
            number = %delivery.number,
            event_type = %delivery.event_type,
            attempt = delivery.attempt,
            traceparent = Empty
        );
        if let Some(hook) = self.span_hook.as_ref().filter(|_| !span.is_disabled()) {
            hook(&span, delivery);
        }
        span
    }

    async fn deliver(&mut self, delivery: Delivery, lease: Option<LeaseToken>) -> Result<Next, RunError> {
        let (number, event_id, attempt) = (delivery.number, delivery.event_id, delivery.attempt);
        let acknowledger = self.subscription.acknowledger();
        let error = if self.policy.is_beyond(attempt) {
            self.give_up_turn();
            BoxError::from(format!(
                "the process ended while it handled the event, {} times",
                attempt - 1
            ))
        } else {
            match self.handle(delivery).await {
                Ok(()) => return answered(acknowledger.ack_under(number, lease).await, Next::Continue),
                Err(error) => error,
            }
        };
        if let Some(failure) = failure(number, event_id, error.to_string()) {
            acknowledger.tell_failure(failure, attempt, lease).await;
        }
        let (refusal, next) = match (self.policy.delay_after(attempt), self.policy.then) {
            (Some(delay), _) => (Refusal::RetryAfter(delay), Next::DropRest),
            (None, GiveUp::Skip) => (Refusal::Skip, Next::Continue),
            (None, GiveUp::Park) => {
                let reason = describe(&*error);
                (Refusal::Park { reason }, Next::DropRest)
            }
            (None, GiveUp::Stop) => {
                return Err(RunError::Handler {
                    number,
                    attempts: attempt,
                    source: error,
                });
            }
        };
        warn!(subscription = self.name, %number, attempt, %error, ?refusal, "the handler of an event failed");
        answered(acknowledger.nack_under(number, lease, refusal).await, next)
    }
}

/// An answer that the subscription does not accept means that the lease is not held any more, or that the subscription has ended: the rest
/// of the batch is delivered again under the next lease, and the next batch tells the end.
fn answered(answer: Result<(), AckError>, next: Next) -> Result<Next, RunError> {
    match answer {
        Ok(()) => Ok(next),
        // A clone of `Subscriptions` without a store for parked events has begun the subscription.
        Err(AckError::CannotPark) => Err(SubscribeError::CannotPark.into()),
        Err(_) => Ok(Next::DropRest),
    }
}

/// The error with its sources, as the reason of a parked event.
fn describe(error: &(dyn std::error::Error + 'static)) -> String {
    let mut reason = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        reason = format!("{reason}: {error}");
        source = error.source();
    }
    reason
}
