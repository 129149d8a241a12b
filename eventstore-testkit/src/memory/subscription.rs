use eventstore_core::{CheckpointOutcome, EventNumber, SubscriptionId, SubscriptionKey, SubscriptionRecord};

use super::state::State;

impl State {
    pub(super) fn find_or_create_subscription(
        &mut self,
        key: &SubscriptionKey,
        start_after: EventNumber,
    ) -> SubscriptionRecord {
        let highest = self.subscriptions.values().map(|record| record.id.get()).max();
        let new = SubscriptionRecord {
            id: SubscriptionId::new(highest.unwrap_or_default() + 1),
            checkpoint: start_after,
        };
        *self.subscriptions.entry(key.clone()).or_insert(new)
    }

    pub(super) fn save_checkpoint(&mut self, id: SubscriptionId, checkpoint: EventNumber) -> CheckpointOutcome {
        match self.subscriptions.values_mut().find(|record| record.id == id) {
            None => CheckpointOutcome::SubscriptionGone,
            Some(record) if record.checkpoint > checkpoint => CheckpointOutcome::Superseded(record.checkpoint),
            Some(record) => {
                record.checkpoint = checkpoint;
                CheckpointOutcome::Saved
            }
        }
    }
}
