use std::collections::HashMap;

use eventstore_core::backend::{HeldPartition, Membership};
use eventstore_core::{
    Error, EventNumber, EventStore, GroupSettings, MemberId, PartitionCount, Result, StatusText, SubscriptionKey,
};
use uuid::Uuid;

/// The groups of an import, of which it is a member while it stores their partitions.
pub(super) struct ImportedGroups<'a, B> {
    store: &'a B,
    memberships: Vec<Membership>,
    partitions: HashMap<SubscriptionKey, ImportedPartition>,
}

/// A partition whose checkpoint the import may store.
#[derive(Clone, Copy)]
pub(super) struct ImportedPartition {
    pub(super) held: HeldPartition,
    /// Whether the import has created the group.
    pub(super) is_new: bool,
}

impl<'a, B: EventStore> ImportedGroups<'a, B> {
    pub(super) fn new(store: &'a B) -> Self {
        Self {
            store,
            memberships: Vec::new(),
            partitions: HashMap::new(),
        }
    }

    /// Creates a group, or finds one with the same settings, and takes the partitions that no one holds.
    pub(super) async fn enter(&mut self, key: &SubscriptionKey, settings: &GroupSettings, is_new: bool) -> Result<()> {
        let member = MemberId::new(Uuid::now_v7());
        let name = StatusText::new("eventstore import");
        let entered = self
            .store
            .enter_group(key, settings, EventNumber::ZERO, member, &name)
            .await?;
        let membership = entered.ok_or_else(|| Error::SubscriptionHeld { key: key.clone() })?;
        self.memberships.push(membership);
        let claimed = self.store.claim_partitions(membership, PartitionCount::MAX).await?;
        for held in claimed {
            let key = held.partition.key(key, settings.partitions)?;
            self.partitions.insert(key, ImportedPartition { held, is_new });
        }
        Ok(())
    }

    /// The partition that is stored under this key, if it is one.
    pub(super) fn partition(&self, key: &SubscriptionKey) -> Option<ImportedPartition> {
        self.partitions.get(key).copied()
    }

    /// Gives all partitions back.
    pub(super) async fn leave(self) -> Result<()> {
        for membership in self.memberships {
            self.store.leave_group(membership).await?;
        }
        Ok(())
    }
}
