use eventstore_core::backend::SubscriptionBackend;
use eventstore_core::{EventNumber, Progress, StreamSelector, SubscriptionName, SubscriptionSettings};
use eventstore_subscriptions::{AckError, Delivery, StartFrom, Subscribe, Subscription, Subscriptions};
use tokio::sync::watch;
use uuid::Uuid;

use crate::error::{LoadError, Result};
use crate::measure::OURS;

/// The subscriptions of a store.
pub(super) fn subscriptions(store: &(impl SubscriptionBackend + Clone + 'static)) -> Subscriptions {
    Subscriptions::new(store.clone())
}

/// A subscription of its own name.
pub(super) struct Subscriber {
    subscription: Subscription,
    /// The number of the last event that came.
    last: EventNumber,
}

impl Subscriber {
    /// Subscribes, and does not wait until it is active.
    pub(super) fn start(
        subscriptions: &Subscriptions,
        selector: impl Into<StreamSelector>,
        start_from: StartFrom,
        settings: SubscriptionSettings,
    ) -> Result<Self> {
        let name = SubscriptionName::new(Uuid::now_v7().to_string()).map_err(eventstore_core::Error::from)?;
        let request = Subscribe::new(name, selector)
            .with_start(start_from)
            .with_settings(settings);
        Ok(Self {
            subscription: subscriptions.subscribe(request)?,
            last: EventNumber::ZERO,
        })
    }

    /// Waits until all events that there are have been acknowledged, without taking any.
    pub(super) async fn until_caught_up(&mut self) -> Result<()> {
        self.until(|progress| progress.caught_up).await
    }

    /// Waits until the progress is as it should be, without taking any events.
    pub(super) async fn until(&mut self, is_reached: impl FnMut(&Progress) -> bool) -> Result<()> {
        let mut progress = self.subscription.watch();
        let reached = progress.wait_for(is_reached).await;
        reached
            .map(drop)
            .map_err(|_| unsound("a subscription ended".to_owned()))
    }

    /// The number of the last event that came; 0 before the first.
    pub(super) fn last(&self) -> EventNumber {
        self.last
    }

    /// Waits for the next events, which have to follow those before.
    pub(super) async fn take(&mut self) -> Result<Vec<Delivery>> {
        let batch = self.subscription.next().await;
        let events = batch.ok_or_else(|| unsound("a subscription ended".to_owned()))??;
        for event in &events {
            if self.last > EventNumber::ZERO && event.number != self.last.next() {
                return Err(unsound(format!("{} came after {}", event.number, self.last)));
            }
            self.last = event.number;
        }
        Ok(events)
    }

    /// Acknowledges all that came.
    pub(super) async fn acknowledge(&mut self) -> Result<(), AckError> {
        self.subscription.ack(self.last).await
    }

    /// Takes whatever comes in a task of its own, until it fails or no one needs the numbers any more; acknowledges it
    /// when its number has been told.
    pub(super) fn follow(mut self) -> watch::Receiver<EventNumber> {
        let (sender, receiver) = watch::channel(EventNumber::ZERO);
        tokio::spawn(async move {
            while !sender.is_closed() && self.take().await.is_ok() {
                sender.send_replace(self.last);
                if self.acknowledge().await.is_err() {
                    break;
                }
            }
        });
        receiver
    }

    pub(super) async fn stop(self) -> Result<()> {
        Ok(self.subscription.stop().await?)
    }
}

/// Waits until the event of this number has come.
pub(super) async fn until_received(received: &mut watch::Receiver<EventNumber>, number: EventNumber) -> Result<()> {
    let arrived = received.wait_for(|received| *received >= number).await;
    arrived
        .map(drop)
        .map_err(|_| unsound(format!("event {number} was not delivered")))
}

pub(crate) fn unsound(finding: String) -> LoadError {
    LoadError::Unsound {
        what: OURS.to_owned(),
        finding,
    }
}
