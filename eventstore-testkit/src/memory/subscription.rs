use eventstore_core::backend::{LeaseEpoch, SubscriptionRecord};
use eventstore_core::{EventNumber, Timestamp};

/// What is stored of a subscription.
#[derive(Debug, Clone, Copy)]
pub(super) struct MemorySubscription {
    pub(super) record: SubscriptionRecord,
    pub(super) created_at: Timestamp,
    /// The id of the stream that the checkpoint is about, once there was one.
    pub(super) stream: Option<u64>,
    /// The latest one, of a lease or of a change by an administrator.
    pub(super) epoch: Option<LeaseEpoch>,
}

impl MemorySubscription {
    /// The record as it is of this stream: a checkpoint that is about an earlier one counts for nothing.
    pub(super) fn record_about(&self, stream: Option<u64>) -> SubscriptionRecord {
        let is_another = stream.is_some() && self.stream.is_some() && self.stream != stream;
        let checkpoint = if is_another {
            EventNumber::ZERO
        } else {
            self.record.checkpoint
        };
        SubscriptionRecord {
            checkpoint,
            ..self.record
        }
    }
}
