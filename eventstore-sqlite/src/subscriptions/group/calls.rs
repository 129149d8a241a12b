use eventstore_core::backend::{HeldPartition, Membership, Renewal};
use eventstore_core::{PartitionNumber, Result};

use super::Entry;
use crate::subscriptions::Leases;

/// The calls of members, which remember what this store holds.
impl Leases {
    pub(crate) async fn enter_group(&self, entry: Entry) -> Result<Option<Membership>> {
        let membership = self.database().enter_group(self.clock(), entry).await?;
        if let Some(membership) = membership {
            self.memberships().enter(membership);
        }
        Ok(membership)
    }

    pub(crate) async fn renew_membership(&self, membership: Membership) -> Result<Renewal> {
        let renewal = self.database().renew_membership(self.clock(), membership).await?;
        if !matches!(renewal, Renewal::Lasts(_)) {
            self.memberships().end(membership);
        }
        Ok(renewal)
    }

    pub(crate) async fn claim_partitions(&self, membership: Membership, at_most: u16) -> Result<Vec<HeldPartition>> {
        let claim = self.database().claim_partitions(self.clock(), membership, at_most);
        let claimed = claim.await?;
        self.memberships().take(membership, &claimed);
        Ok(claimed)
    }

    pub(crate) async fn held_partitions(&self, membership: Membership) -> Result<Vec<HeldPartition>> {
        let held = self.database().held_partitions(self.clock(), membership).await?;
        self.memberships().take(membership, &held);
        Ok(held)
    }

    pub(crate) async fn release_partitions(&self, membership: Membership, numbers: &[PartitionNumber]) -> Result<()> {
        self.database().release_partitions(membership, numbers).await?;
        self.memberships().give_back(membership, numbers);
        Ok(())
    }

    pub(crate) async fn leave_group(&self, membership: Membership) -> Result<()> {
        self.database().leave_group(membership).await?;
        self.memberships().end(membership);
        Ok(())
    }
}
