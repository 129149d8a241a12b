use std::sync::Arc;
use std::time::Duration;

use eventstore_core::{EventStore, EventType, EventWriterExt, ExpectedVersion, NewEvent};
use serde::{Deserialize, Serialize};
use tokio::time::interval;
use uuid::Uuid;

const WARES: [(&str, u32); 3] = [("book", 1_999), ("lamp", 4_950), ("chair", 12_900)];

/// What a customer has ordered.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Order {
    pub(crate) ware: String,
    pub(crate) cents: u32,
    pub(crate) card_is_good: bool,
}

/// People who order something.
pub(crate) struct Customers {
    store: Arc<dyn EventStore>,
}

impl Customers {
    pub(crate) fn new(store: Arc<dyn EventStore>) -> Self {
        Self { store }
    }

    pub(crate) async fn order_every(&self, time: Duration) -> anyhow::Result<()> {
        let mut orders = interval(time);
        for (number, (ware, cents)) in WARES.iter().cycle().enumerate() {
            orders.tick().await;
            let order = Order {
                ware: (*ware).to_owned(),
                cents: *cents,
                // Each fifth card is declined.
                card_is_good: number % 5 != 4,
            };
            self.place(&order).await?;
        }
        Ok(())
    }

    /// Each order is a stream of its own, and begins a conversation.
    pub(crate) async fn place(&self, order: &Order) -> anyhow::Result<()> {
        let id = Uuid::now_v7();
        let placed = NewEvent::new(id, EventType::new("OrderPlaced")?, serde_json::to_vec(order)?);
        let placed = placed.with_correlation_id(id);
        let stream = format!("order-{}", id.simple());
        self.store
            .append_events(stream, ExpectedVersion::NoStream, [placed])
            .await?;
        Ok(())
    }
}
