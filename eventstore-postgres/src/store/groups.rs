use async_trait::async_trait;
use eventstore_core::backend::{HeldPartition, Membership, Renewal};
use eventstore_core::{
    EventNumber, GroupInfo, GroupSettings, GroupStore, MemberId, PartitionNumber, Result, StatusText, SubscriptionKey,
};

use crate::PostgresStore;
use crate::connection::Session;
use crate::store::sessions::Sessions;
use crate::subscriptions::Entrance;

#[async_trait]
impl GroupStore for PostgresStore {
    async fn enter_group(
        &self,
        key: &SubscriptionKey,
        settings: &GroupSettings,
        start_after: EventNumber,
        member: MemberId,
        name: &StatusText,
    ) -> Result<Option<Membership>> {
        let entrance = Entrance {
            key,
            settings,
            start_after,
            member,
            name,
        };
        let call = async {
            let entered = self.session_for_change().await?.enter_group(entrance).await?;
            if let Some(membership) = entered {
                self.inner.groups.enter(membership);
            }
            Ok(entered)
        };
        self.label().observed("enter_group", call).await
    }

    async fn renew_membership(&self, membership: Membership) -> Result<Renewal> {
        let call = async {
            let renewal = self.session().await?.renew_membership(membership).await?;
            if !matches!(renewal, Renewal::Lasts(_)) {
                self.inner.groups.leave(membership);
            }
            Ok(renewal)
        };
        self.label().observed("renew_membership", call).await
    }

    async fn claim_partitions(&self, membership: Membership, at_most: u16) -> Result<Vec<HeldPartition>> {
        let call = async {
            let mut session = self.session_for_change().await?;
            let claimed = session.claim_partitions(membership, at_most).await?;
            self.inner.groups.put(membership, &claimed);
            Ok(claimed)
        };
        self.label().observed("claim_partitions", call).await
    }

    async fn held_partitions(&self, membership: Membership) -> Result<Vec<HeldPartition>> {
        let call = async {
            let held = self.session().await?.held_partitions(membership).await?;
            self.inner.groups.put(membership, &held);
            Ok(held)
        };
        self.label().observed("held_partitions", call).await
    }

    async fn release_partitions(&self, membership: Membership, partitions: &[PartitionNumber]) -> Result<()> {
        let call = async {
            let mut session = self.session_of_member(membership).await?;
            session.release_partitions(membership, partitions).await?;
            self.inner.groups.remove(membership, partitions);
            Ok(())
        };
        self.label().observed("release_partitions", call).await
    }

    async fn leave_group(&self, membership: Membership) -> Result<()> {
        let call = async {
            self.session_of_member(membership)
                .await?
                .leave_group(membership)
                .await?;
            self.inner.groups.leave(membership);
            Ok(())
        };
        self.label().observed("leave_group", call).await
    }

    async fn list_groups(&self) -> Result<Vec<GroupInfo>> {
        let call = async { self.session().await?.list_groups().await };
        self.label().observed("list_groups", call).await
    }

    async fn change_group(&self, key: &SubscriptionKey, settings: &GroupSettings) -> Result<()> {
        let call = async { self.session_for_change().await?.change_group(key, settings).await };
        self.label().observed("change_group", call).await
    }
}

impl PostgresStore {
    /// A member gives back what it holds while the store closes.
    async fn session_of_member(&self, membership: Membership) -> Result<Session<'_>> {
        if self.inner.groups.has_entered(membership) {
            return self.sessions.session_while_closing().await;
        }
        self.session_for_change().await
    }
}
