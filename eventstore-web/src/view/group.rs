use eventstore_core::{EventNumber, GroupInfo, PartitionInfo};
use serde::Serialize;
use utoipa::ToSchema;

/// A subscription that several processes share.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct GroupView {
    /// What decides to which partition an event belongs.
    pub(crate) ordering: String,
    /// What happens to events whose handler fails.
    pub(crate) policy: String,
    /// The processes that share it.
    pub(crate) members: Vec<String>,
    /// Its partitions, in order.
    pub(crate) partitions: Vec<PartitionView>,
}

/// A partition of a group.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub(crate) struct PartitionView {
    /// Its number, from 1.
    pub(crate) number: u16,
    /// The name of the subscription that it is stored as.
    pub(crate) name: String,
    /// The number up to which every event of the partition has been acknowledged.
    pub(crate) checkpoint: u64,
    /// How many events of the log it has before it; not all of them are its own.
    pub(crate) lag: Option<u64>,
    /// The process that handles it, if one does.
    pub(crate) holder: Option<String>,
}

impl GroupView {
    pub(crate) fn new(group: &GroupInfo, head: Option<EventNumber>) -> Self {
        let partition = |partition: &PartitionInfo| {
            let key = partition.partition.key(&group.key, group.settings.partitions);
            PartitionView {
                number: partition.partition.get(),
                // A group whose partitions can have no names cannot be made.
                name: key.map(|key| key.name.to_string()).unwrap_or_default(),
                checkpoint: partition.checkpoint.get(),
                lag: head.map(|head| head.distance_from(partition.checkpoint)),
                holder: partition.holder.as_ref().map(ToString::to_string),
            }
        };
        Self {
            ordering: group.settings.ordering.to_string(),
            policy: group.settings.policy.to_string(),
            members: group.members.iter().map(ToString::to_string).collect(),
            partitions: group.partitions.iter().map(partition).collect(),
        }
    }
}
