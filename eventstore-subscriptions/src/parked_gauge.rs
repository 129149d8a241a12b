use eventstore_core::{ParkedEventStore, SubscriptionId, SubscriptionKey};
use metrics::{Gauge, gauge};

use crate::labels::labels;

/// Reports how many events of a subscription are parked.
pub(crate) struct ParkedGauge(Gauge);

impl ParkedGauge {
    /// The gauge of a subscription of the store with this label.
    pub(crate) fn new(store: &str, key: &SubscriptionKey) -> Self {
        let labels = labels(store, key);
        Self(gauge!("eventstore_subscription_parked_events", &labels))
    }

    /// Counts the parked events. If that fails, the next call reports the number.
    pub(crate) async fn tell<S: ParkedEventStore + ?Sized>(&self, store: &S, id: SubscriptionId) {
        if let Ok(count) = store.count_parked(id).await {
            self.0.set(f64::from(u32::try_from(count).unwrap_or(u32::MAX)));
        }
    }
}
