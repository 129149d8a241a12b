use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use eventstore_core::backend::{HeldPartition, LeaseEpoch, LeaseToken, Membership};
use eventstore_core::{MemberId, PartitionNumber, SubscriptionId};

/// The memberships and partitions that this process has been given and has not given back, including lost ones: while the store closes,
/// their checkpoints are stored, and they are given back.
#[derive(Debug, Default)]
pub(crate) struct GroupsInHand(Mutex<Given>);

#[derive(Debug, Default)]
struct Given {
    members: HashSet<MemberId>,
    /// Each partition as it was given last.
    partitions: HashMap<SubscriptionId, (Membership, PartitionNumber, LeaseEpoch)>,
}

impl GroupsInHand {
    pub(crate) fn enter(&self, membership: Membership) {
        self.given().members.insert(membership.member);
    }

    pub(crate) fn put(&self, membership: Membership, partitions: &[HeldPartition]) {
        let given = partitions
            .iter()
            .map(|held| (held.token.id, (membership, held.partition, held.token.epoch)));
        self.given().partitions.extend(given);
    }

    pub(crate) fn remove(&self, membership: Membership, partitions: &[PartitionNumber]) {
        let partitions: HashSet<_> = partitions.iter().collect();
        let is_other = |(holder, partition, _): &(_, _, _)| *holder != membership || !partitions.contains(partition);
        self.given().partitions.retain(|_, given| is_other(given));
    }

    /// Forgets a member that has left, or whose membership has ended.
    pub(crate) fn leave(&self, membership: Membership) {
        let mut given = self.given();
        given.members.remove(&membership.member);
        given.partitions.retain(|_, (holder, ..)| *holder != membership);
    }

    pub(crate) fn has_entered(&self, membership: Membership) -> bool {
        self.given().members.contains(&membership.member)
    }

    pub(crate) fn holds(&self, lease: LeaseToken) -> bool {
        let given = self.given();
        let given = given.partitions.get(&lease.id);
        given.is_some_and(|(_, _, epoch)| *epoch == lease.epoch)
    }

    fn given(&self) -> MutexGuard<'_, Given> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
