use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use async_trait::async_trait;
use eventstore_core::{
    Append, EventFilter, EventNumber, EventStore, EventType, ExpectedVersion, Idempotence, NewEvent, RecordedEvent,
    SubscriptionKey,
};
use eventstore_subscriptions::{Delivery, GiveUp, RetryPolicy, Subscribe, Subscriptions};
use eventstore_web::ParkedEventHandler;
use uuid::Uuid;

use crate::customers::Order;

const NAME: &str = "payments";

/// Takes the money for each order. An order whose card is declined is parked after two attempts.
#[derive(Clone)]
pub(crate) struct Payments {
    store: Arc<dyn EventStore>,
}

impl Payments {
    pub(crate) fn new(store: Arc<dyn EventStore>) -> Self {
        Self { store }
    }

    pub(crate) async fn take(&self, ending: impl Future<Output = ()>) -> anyhow::Result<()> {
        const TWICE: std::num::NonZeroU32 = std::num::NonZeroU32::new(2).unwrap();
        let policy =
            RetryPolicy::new(TWICE, GiveUp::Park).with_delay(Duration::from_millis(100), Duration::from_secs(1));
        let request = Subscribe::to_all(NAME)?
            .with_filter(EventFilter::default().with_event_types(["OrderPlaced"])?)
            .with_retry_policy(policy);
        let subscriptions = Subscriptions::new(Arc::clone(&self.store)).with_parking(Arc::clone(&self.store));
        subscriptions
            .run_until(request, ending, async |placed: Delivery| {
                self.charge(&placed, false).await
            })
            .await?;
        Ok(())
    }

    async fn charge(&self, placed: &RecordedEvent, by_hand: bool) -> anyhow::Result<()> {
        let order: Order = serde_json::from_slice(&placed.data)?;
        if !order.card_is_good && !by_hand {
            bail!("the card for {} ({} cents) is declined", order.ware, order.cents);
        }
        // The id follows from the order: who takes the money a second time is answered that it is taken.
        let id = Uuid::new_v5(&placed.event_id.as_uuid(), b"payment");
        let data = serde_json::to_vec(&serde_json::json!({ "cents": order.cents, "by_hand": by_hand }))?;
        let taken = NewEvent::new(id, EventType::new("PaymentTaken")?, data).caused_by(placed);
        let append = Append::new(placed.stream.clone(), ExpectedVersion::Any, vec![taken])?;
        self.store.append(append.with_idempotence(Idempotence::ByIds)).await?;
        Ok(())
    }
}

/// Someone has called the customer: the money is taken by hand.
#[async_trait]
impl ParkedEventHandler for Payments {
    fn handles(&self, key: &SubscriptionKey) -> bool {
        key.name.as_str() == NAME
    }

    async fn handle(&self, _: &SubscriptionKey, _: EventNumber, event: RecordedEvent) -> Result<(), String> {
        self.charge(&event, true).await.map_err(|error| error.to_string())
    }
}
