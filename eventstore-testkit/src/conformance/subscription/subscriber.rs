use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use eventstore_core::{
    EventNumber, Progress, StreamSelector, SubscriptionName, SubscriptionSettings, SubscriptionStatus,
};
use eventstore_subscriptions::{Delivery, StartFrom, Subscribe, Subscription, SubscriptionEnded, Subscriptions};
use futures_util::FutureExt;

use crate::conformance::Backend;
use crate::conformance::sample::numbers_of;
use crate::conformance::wait::soon;

/// Few events at once; quick to try again, but too slow in polling for a poll to replace a lost hint.
pub(super) fn settings() -> SubscriptionSettings {
    SubscriptionSettings {
        buffer_size: NonZeroU32::new(10).unwrap(),
        retry_interval: Duration::from_millis(50),
        poll_interval: Duration::from_mins(10),
        ..SubscriptionSettings::default()
    }
}

/// Subscribes from the origin, under the one name that all cases use.
pub(super) fn subscribe(store: Arc<dyn Backend>, selector: impl Into<StreamSelector>) -> Subscriber {
    Subscriber::start(store, selector, StartFrom::Origin, settings())
}

/// Asks for a subscription from the origin, under the one name that all cases use.
pub(super) fn request(selector: impl Into<StreamSelector>) -> Subscribe {
    Subscribe::new(SubscriptionName::new("subscriber").unwrap(), selector).with_settings(settings())
}

/// A subscription that is expected to deliver.
pub(super) struct Subscriber(Subscription);

impl Subscriber {
    /// One of the subscribers that may share a subscription.
    pub(super) fn join(subscriptions: &Subscriptions, request: &Subscribe) -> Self {
        Self(subscriptions.subscribe(request.clone()).unwrap())
    }

    pub(super) fn start(
        store: Arc<dyn Backend>,
        selector: impl Into<StreamSelector>,
        start_from: StartFrom,
        settings: SubscriptionSettings,
    ) -> Self {
        let request = request(selector).with_start(start_from).with_settings(settings);
        Self::join(&Subscriptions::new(store), &request)
    }

    pub(super) fn subscription(&self) -> &Subscription {
        &self.0
    }

    pub(super) fn progress(&self) -> Progress {
        self.0.progress()
    }

    pub(super) async fn batch(&mut self) -> Vec<Delivery> {
        let next = soon("the next delivery", self.0.next()).await;
        let batch = next.unwrap_or_else(|| panic!("the subscription ended")).unwrap();
        assert!(!batch.is_empty(), "an empty batch was delivered");
        batch
    }

    /// Waits for the end, nothing more being delivered before it, and tells the reason.
    pub(super) async fn end(&mut self) -> SubscriptionEnded {
        let ended = soon("the end of the subscription", self.0.next()).await;
        let reason = ended
            .unwrap_or_else(|| panic!("the subscription ended without a word"))
            .unwrap_err();
        assert!(
            soon("the last item", self.0.next()).await.is_none(),
            "something came after the end"
        );
        reason
    }

    /// Waits for the end, whatever is delivered before it, and tells the reason.
    pub(super) async fn end_after_deliveries(&mut self) -> SubscriptionEnded {
        loop {
            let next = soon("the end of the subscription", self.0.next()).await;
            match next.unwrap_or_else(|| panic!("the subscription ended without a word")) {
                Ok(_) => {}
                Err(reason) => return reason,
            }
        }
    }

    /// Takes exactly this many events without acknowledging them.
    pub(super) async fn take(&mut self, count: usize) -> Vec<Delivery> {
        let mut events = Vec::new();
        while events.len() < count {
            events.extend(self.batch().await);
        }
        assert_eq!(events.len(), count, "more was delivered: {:?}", numbers_of(&events));
        events
    }

    /// Takes exactly this many events and acknowledges each batch.
    pub(super) async fn take_and_acknowledge(&mut self, count: usize) -> Vec<Delivery> {
        let mut events = Vec::new();
        while events.len() < count {
            events.extend(self.take_and_acknowledge_a_batch().await);
        }
        assert_eq!(events.len(), count, "more was delivered: {:?}", numbers_of(&events));
        events
    }

    pub(super) async fn take_and_acknowledge_a_batch(&mut self) -> Vec<Delivery> {
        let batch = self.batch().await;
        self.acknowledge(batch.last().unwrap().number).await;
        batch
    }

    pub(super) async fn acknowledge(&self, number: EventNumber) {
        soon("the answer to an acknowledgement", self.0.ack(number))
            .await
            .unwrap();
    }

    /// Acknowledges whatever comes until this checkpoint is stored; notes what came.
    ///
    /// The lease may be lost between a delivery and its acknowledgement, which then counts for nothing.
    pub(super) async fn serve_until_stored(&mut self, checkpoint: EventNumber, seen: &mut Vec<EventNumber>) {
        soon("the checkpoint to be stored", async {
            let mut progress = self.0.watch();
            while progress.borrow_and_update().checkpoint < checkpoint {
                tokio::select! {
                    changed = progress.changed() => changed.unwrap(),
                    delivered = self.0.next() => {
                        let batch = delivered.unwrap().unwrap();
                        seen.extend(numbers_of(&batch));
                        let _ = self.0.ack(batch.last().unwrap()).await;
                    }
                }
            }
        })
        .await;
    }

    /// Whether something has been delivered and not taken.
    pub(super) fn has_delivery(&mut self) -> bool {
        self.0.next().now_or_never().is_some()
    }

    pub(super) async fn until(&mut self, what: &str, reached: impl Fn(&Progress) -> bool) {
        soon(what, async {
            let mut progress = self.0.progress();
            while !reached(&progress) {
                progress = self.0.progress_changed().await;
            }
        })
        .await;
    }

    pub(super) async fn until_live(&mut self) {
        self.until("the subscription to be live", |progress| {
            progress.status == SubscriptionStatus::Live
        })
        .await;
    }

    pub(super) async fn until_stored(&mut self, checkpoint: EventNumber) {
        self.until("the checkpoint to be stored", |progress| {
            progress.checkpoint >= checkpoint
        })
        .await;
    }

    pub(super) async fn stop(self) {
        soon("the subscription to stop", self.0.stop()).await.unwrap();
    }
}
