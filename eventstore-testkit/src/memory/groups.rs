use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use eventstore_core::backend::{GroupView, HeldPartition, Membership};
use eventstore_core::{
    Error, EventNumber, GroupSettings, MemberId, PartitionNumber, Result, StatusText, StreamSelector, SubscriptionId,
    SubscriptionKey, Timestamp,
};
use tokio::time::Instant;

use super::group::{Member, MemoryGroup, partitions_of};
use super::node::Node;
use super::state::State;
use super::subscription::MemorySubscription;

/// Who wants to enter a group.
pub(super) struct Newcomer<'a> {
    pub(super) id: MemberId,
    pub(super) name: &'a StatusText,
    pub(super) node: &'a Arc<Node>,
}

impl State {
    pub(super) fn enter_group(
        &mut self,
        key: &SubscriptionKey,
        settings: &GroupSettings,
        start_after: EventNumber,
        newcomer: &Newcomer<'_>,
        now: Timestamp,
    ) -> Result<Option<Membership>> {
        refuse_single_stream(key)?;
        let partitions = partitions_of(key, settings)?;
        if let Some(group) = self.group_of(key) {
            group.check(settings)?;
        }
        let found = self.subscriptions.get(key).map(|found| found.record.id);
        if found.is_some_and(|id| self.leases.contains_key(&id)) {
            return Ok(None);
        }
        let record = self.find_or_create_subscription(key, start_after, now);
        if !self.groups.contains_key(&record.id) {
            self.create_partitions(record.id, &partitions, record.checkpoint, now);
        }
        let group = self.groups.entry(record.id).or_insert_with(|| MemoryGroup {
            key: key.clone(),
            settings: settings.clone(),
            partitions,
            members: BTreeMap::new(),
        });
        let member = Member {
            name: newcomer.name.clone(),
            node: Arc::downgrade(newcomer.node),
            ends_at: end_of_membership(),
        };
        group.members.insert(newcomer.id, member);
        Ok(Some(Membership {
            group: record.id,
            member: newcomer.id,
        }))
    }

    pub(super) fn renew_membership(&mut self, membership: Membership) -> Option<GroupView> {
        let group = self.groups.get_mut(&membership.group)?;
        group.members.get_mut(&membership.member)?.ends_at = end_of_membership();
        let group = self.groups.get(&membership.group)?;
        let members = group
            .members
            .keys()
            .map(|member| (*member, self.held_by(group, *member)));
        Some(GroupView {
            members: members.collect(),
        })
    }

    pub(super) fn claim_partitions(&mut self, membership: Membership, at_most: u16) -> Vec<HeldPartition> {
        let Some(group) = self.groups.get(&membership.group) else {
            return Vec::new();
        };
        if !group.members.contains_key(&membership.member) {
            return Vec::new();
        }
        let partitions = group.partitions.iter();
        let free = partitions.filter(|(_, key)| self.subscriptions.get(key).is_some_and(|found| !self.is_held(found)));
        let free: Vec<_> = free.take(at_most.into()).cloned().collect();
        free.into_iter()
            .filter_map(|(partition, key)| self.give(partition, &key, membership.member))
            .collect()
    }

    pub(super) fn held_partitions(&self, membership: Membership) -> Vec<HeldPartition> {
        let held = self.rows_of(membership.group);
        held.filter(|(_, found)| found.holder == Some(membership.member))
            .filter_map(|(partition, found)| found.held_as(partition))
            .collect()
    }

    pub(super) fn release_partitions(&mut self, membership: Membership, partitions: &[PartitionNumber]) {
        let Some(group) = self.groups.get(&membership.group) else {
            return;
        };
        for (_, key) in group
            .partitions
            .iter()
            .filter(|(number, _)| partitions.contains(number))
        {
            let found = self.subscriptions.get_mut(key);
            if let Some(found) = found.filter(|found| found.holder == Some(membership.member)) {
                found.holder = None;
            }
        }
    }

    pub(super) fn leave_group(&mut self, membership: Membership) {
        if let Some(group) = self.groups.get_mut(&membership.group) {
            group.members.remove(&membership.member);
            self.free_partitions_of_nobody(membership.group);
        }
    }

    /// Ends the memberships that nobody has renewed in time.
    pub(super) fn end_memberships(&mut self) {
        let now = Instant::now();
        let mut left = Vec::new();
        for (id, group) in &mut self.groups {
            let before = group.members.len();
            group.members.retain(|_, member| member.ends_at > now);
            if group.members.len() < before {
                left.push(*id);
            }
        }
        for id in left {
            self.free_partitions_of_nobody(id);
        }
    }

    /// Ends every membership of a group, if it is one.
    pub(super) fn disband(&mut self, id: SubscriptionId) {
        if let Some(group) = self.groups.get_mut(&id) {
            group.members.clear();
            self.free_partitions_of_nobody(id);
        }
    }

    /// Lets a single holder take the place of the members: it goes on at the position of the group.
    pub(super) fn replace_members(&mut self, id: SubscriptionId) {
        self.disband(id);
        let (position, key) = (self.position(id), self.groups.get(&id).map(|group| &group.key));
        if let Some(found) = key.and_then(|key| self.subscriptions.get_mut(key)) {
            found.record.checkpoint = position.unwrap_or(found.record.checkpoint);
        }
    }

    /// Whether a single holder or a member holds the subscription, or members share it.
    pub(super) fn is_held(&self, found: &MemorySubscription) -> bool {
        let id = found.record.id;
        let is_shared = self.groups.get(&id).is_some_and(|group| !group.members.is_empty());
        is_shared || found.holder.is_some() || self.leases.contains_key(&id)
    }

    /// The node of the member that holds the partition, if it is one.
    pub(super) fn node_of_holder(&self, id: SubscriptionId) -> Option<&Weak<Node>> {
        let found = self.subscriptions.values().find(|found| found.record.id == id)?;
        let member = self.groups.get(&found.partition_of?)?.members.get(&found.holder?)?;
        Some(&member.node)
    }

    /// Makes what is stored of the partitions of a group; each begins after this number.
    pub(super) fn create_partitions(
        &mut self,
        group: SubscriptionId,
        partitions: &[(PartitionNumber, SubscriptionKey)],
        start_after: EventNumber,
        now: Timestamp,
    ) {
        for (_, key) in partitions {
            self.find_or_create_subscription(key, start_after, now);
            if let Some(found) = self.subscriptions.get_mut(key) {
                found.partition_of = Some(group);
            }
        }
    }

    /// The group of this key, if there is one.
    pub(super) fn group_of(&self, key: &SubscriptionKey) -> Option<&MemoryGroup> {
        self.groups.get(&self.subscriptions.get(key)?.record.id)
    }

    /// What is stored of each partition of a group, in order.
    pub(super) fn rows_of(
        &self,
        group: SubscriptionId,
    ) -> impl Iterator<Item = (PartitionNumber, &MemorySubscription)> {
        let partitions = self.groups.get(&group).into_iter().flat_map(|group| &group.partitions);
        partitions.filter_map(|(number, key)| Some((*number, self.subscriptions.get(key)?)))
    }

    fn give(&mut self, partition: PartitionNumber, key: &SubscriptionKey, member: MemberId) -> Option<HeldPartition> {
        let checkpoint = self.checkpoint_of(self.subscriptions.get(key)?);
        let epoch = self.next_epoch();
        let found = self.subscriptions.get_mut(key)?;
        found.record.checkpoint = checkpoint;
        found.epoch = Some(epoch);
        found.holder = Some(member);
        found.held_as(partition)
    }

    fn held_by(&self, group: &MemoryGroup, member: MemberId) -> u16 {
        let rows = group
            .partitions
            .iter()
            .filter_map(|(_, key)| self.subscriptions.get(key));
        let held = rows.filter(|found| found.holder == Some(member)).count();
        u16::try_from(held).unwrap_or(u16::MAX)
    }

    fn free_partitions_of_nobody(&mut self, id: SubscriptionId) {
        let Some(group) = self.groups.get(&id) else { return };
        for (_, key) in &group.partitions {
            if let Some(found) = self.subscriptions.get_mut(key) {
                found.holder = found.holder.filter(|holder| group.members.contains_key(holder));
            }
        }
    }
}

fn end_of_membership() -> Instant {
    Instant::now() + Membership::DURATION
}

fn refuse_single_stream(key: &SubscriptionKey) -> Result<()> {
    match key.selector {
        StreamSelector::All => Ok(()),
        StreamSelector::Stream(_) => Err(Error::invalid_input(
            "group",
            "members share a subscription to all streams, not to a single one",
        )),
    }
}
