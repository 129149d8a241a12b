use eventstore_core::SubscriptionKey;
use metrics::{Counter, Gauge, counter, gauge};

use super::holdings::Holdings;
use crate::labels::labels;

/// What is measured of a member of a group; its partitions are measured like subscriptions.
pub(super) struct GroupGauges {
    held: Gauge,
    rebalances: Counter,
}

impl GroupGauges {
    pub(super) fn new(store: &str, key: &SubscriptionKey) -> Self {
        let labels = labels(store, key);
        Self {
            held: gauge!("eventstore_group_partitions_held", &labels),
            rebalances: counter!("eventstore_group_rebalances_total", &labels),
        }
    }

    /// The member has other partitions than before.
    pub(super) fn rebalanced(&self, holdings: &Holdings) {
        self.held.set(f64::from(holdings.count()));
        self.rebalances.increment(1);
    }
}

impl Drop for GroupGauges {
    fn drop(&mut self) {
        self.held.set(0.0);
    }
}
