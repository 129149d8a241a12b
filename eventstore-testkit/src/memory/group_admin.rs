use eventstore_core::backend::LeaseLoss;
use eventstore_core::{
    Error, EventNumber, GroupInfo, GroupSettings, PartitionInfo, PartitionNumber, Result, SubscriptionId,
    SubscriptionKey, Timestamp,
};

use super::group::{MemoryGroup, partitions_of};
use super::state::State;
use super::subscription::MemorySubscription;
use super::subscriptions::{not_found, order};

impl State {
    pub(super) fn list_groups(&self) -> Vec<GroupInfo> {
        let groups = self.groups.iter();
        let mut infos: Vec<_> = groups.map(|(id, group)| self.group_info(*id, group)).collect();
        infos.sort_by(|one, other| order(&one.key).cmp(&order(&other.key)));
        infos
    }

    pub(super) fn change_group(
        &mut self,
        key: &SubscriptionKey,
        settings: &GroupSettings,
        now: Timestamp,
    ) -> Result<()> {
        let partitions = partitions_of(key, settings)?;
        let found = self.subscriptions.get(key).ok_or_else(|| not_found(key))?;
        let id = found.record.id;
        let group = self.groups.get(&id).ok_or_else(|| not_found(key))?;
        if !group.members.is_empty() {
            return Err(Error::SubscriptionHeld { key: key.clone() });
        }
        let keeps_partitions =
            (group.settings.partitions, &group.settings.ordering) == (settings.partitions, &settings.ordering);
        if !keeps_partitions {
            self.refuse_parked(id)?;
            self.replace_partitions(id, partitions, now);
        }
        if let Some(group) = self.groups.get_mut(&id) {
            group.settings = settings.clone();
        }
        Ok(())
    }

    /// The lowest checkpoint of the partitions of a group; `None` if there is no such group.
    pub(super) fn position(&self, group: SubscriptionId) -> Option<EventNumber> {
        self.rows_of(group).map(|(_, found)| self.checkpoint_of(found)).min()
    }

    /// Where the holder of a subscription goes on: a partition is as far as a single holder of its group got.
    pub(super) fn checkpoint_of(&self, found: &MemorySubscription) -> EventNumber {
        let of_group = found.partition_of.and_then(|group| self.own_checkpoint(group));
        found.record.checkpoint.max(of_group.unwrap_or(EventNumber::ZERO))
    }

    /// Lets a partition be set to a number before that of the group's own record, which no longer counts for this partition, but still for
    /// the others.
    pub(super) fn let_partition_go_back(&mut self, group: SubscriptionId, checkpoint: EventNumber) {
        let Some(own) = self.own_checkpoint(group).filter(|own| *own > checkpoint) else {
            return;
        };
        for key in self.keys_of_partitions(group) {
            if let Some(found) = self.subscriptions.get_mut(&key) {
                found.record.checkpoint = found.record.checkpoint.max(own);
            }
        }
        let key = self.groups.get(&group).map(|group| &group.key);
        if let Some(found) = key.and_then(|key| self.subscriptions.get_mut(key)) {
            found.record.checkpoint = checkpoint;
        }
    }

    /// The keys of all partitions of a group; none if there is no such group.
    pub(super) fn keys_of_partitions(&self, group: SubscriptionId) -> Vec<SubscriptionKey> {
        let group = self.groups.get(&group).into_iter();
        let keys = group.flat_map(|group| group.partitions.iter().map(|(_, key)| key.clone()));
        keys.collect()
    }

    fn own_checkpoint(&self, group: SubscriptionId) -> Option<EventNumber> {
        let own = self.subscriptions.get(&self.groups.get(&group)?.key)?;
        Some(own.record.checkpoint)
    }

    fn refuse_parked(&self, group: SubscriptionId) -> Result<()> {
        if self
            .rows_of(group)
            .all(|(_, found)| self.count_parked(found.record.id) == 0)
        {
            return Ok(());
        }
        Err(Error::invalid_input(
            "group",
            "events of its partitions are parked: replay or discard them first",
        ))
    }

    fn replace_partitions(
        &mut self,
        id: SubscriptionId,
        partitions: Vec<(PartitionNumber, SubscriptionKey)>,
        now: Timestamp,
    ) {
        let position = self.position(id).unwrap_or(EventNumber::ZERO);
        for key in self.keys_of_partitions(id) {
            self.remove_subscription(&key, LeaseLoss::SubscriptionDeleted);
        }
        self.create_partitions(id, &partitions, position, now);
        if let Some(group) = self.groups.get_mut(&id) {
            group.partitions = partitions;
        }
    }

    fn group_info(&self, id: SubscriptionId, group: &MemoryGroup) -> GroupInfo {
        let partition_info = |(partition, found): (PartitionNumber, &MemorySubscription)| PartitionInfo {
            partition,
            id: found.record.id,
            checkpoint: self.checkpoint_of(found),
            holder: found
                .holder
                .and_then(|holder| Some(group.members.get(&holder)?.name.clone())),
        };
        GroupInfo {
            key: group.key.clone(),
            id,
            settings: group.settings.clone(),
            members: group.members.values().map(|member| member.name.clone()).collect(),
            partitions: self.rows_of(id).map(partition_info).collect(),
        }
    }
}
