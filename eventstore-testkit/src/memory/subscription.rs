use eventstore_core::backend::{HeldPartition, LeaseEpoch, LeaseToken, SubscriptionRecord};
use eventstore_core::{EventNumber, MemberId, PartitionNumber, SubscriptionId, Timestamp};

/// What is stored of a subscription.
#[derive(Debug, Clone, Copy)]
pub(super) struct MemorySubscription {
    pub(super) record: SubscriptionRecord,
    pub(super) created_at: Timestamp,
    /// The id of the stream that the checkpoint is about, once there was one.
    pub(super) stream: Option<u64>,
    /// The latest one, of a lease, of a member of a group, or of a change by an administrator.
    pub(super) epoch: Option<LeaseEpoch>,
    /// The group of which this is a partition, if it is one.
    pub(super) partition_of: Option<SubscriptionId>,
    /// The member that holds the partition.
    pub(super) holder: Option<MemberId>,
}

impl MemorySubscription {
    /// What its holder is told of a partition that is held.
    pub(super) fn held_as(&self, partition: PartitionNumber) -> Option<HeldPartition> {
        let SubscriptionRecord { id, checkpoint } = self.record;
        let epoch = self.epoch?;
        Some(HeldPartition {
            partition,
            token: LeaseToken { id, epoch },
            checkpoint,
        })
    }

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
