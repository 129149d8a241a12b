use std::collections::BTreeMap;
use std::sync::Weak;

use eventstore_core::{Error, GroupSettings, MemberId, PartitionNumber, Result, StatusText, SubscriptionKey};
use tokio::time::Instant;

use super::node::Node;

/// What is stored of a group, beside the records of the subscription and its partitions.
#[derive(Debug, Clone)]
pub(super) struct MemoryGroup {
    pub(super) key: SubscriptionKey,
    pub(super) settings: GroupSettings,
    /// The keys of the partitions, in the order of their numbers.
    pub(super) partitions: Vec<(PartitionNumber, SubscriptionKey)>,
    pub(super) members: BTreeMap<MemberId, Member>,
}

/// A member whose membership has not been ended yet.
#[derive(Debug, Clone)]
pub(super) struct Member {
    pub(super) name: StatusText,
    pub(super) node: Weak<Node>,
    pub(super) ends_at: Instant,
}

impl MemoryGroup {
    /// Refuses settings that are not those on which the members have agreed.
    pub(super) fn check(&self, settings: &GroupSettings) -> Result<()> {
        match self.settings.difference(settings) {
            None => Ok(()),
            Some((setting, stored, requested)) => Err(Error::GroupDiffers {
                key: self.key.clone(),
                setting,
                stored,
                requested,
            }),
        }
    }
}

/// The partitions of a group with these settings, with their keys.
pub(super) fn partitions_of(
    key: &SubscriptionKey,
    settings: &GroupSettings,
) -> Result<Vec<(PartitionNumber, SubscriptionKey)>> {
    let count = settings.partitions;
    let keyed = |partition: PartitionNumber| Ok((partition, partition.key(key, count)?));
    count.partitions().map(keyed).collect()
}
