use async_trait::async_trait;
use eventstore_core::{EventNumber, HolderPolicy, Result, SubscriptionAdmin, SubscriptionInfo, SubscriptionKey};

use crate::SqliteStore;

#[async_trait]
impl SubscriptionAdmin for SqliteStore {
    async fn list_subscriptions(&self) -> Result<Vec<SubscriptionInfo>> {
        let call = self.database().list_subscriptions(self.inner.leases.clock());
        self.database().label().observed("list_subscriptions", call).await
    }

    async fn subscription_info(&self, key: &SubscriptionKey) -> Result<SubscriptionInfo> {
        let call = self.database().subscription_info(self.inner.leases.clock(), key);
        self.database().label().observed("subscription_info", call).await
    }

    async fn delete_subscription(&self, key: &SubscriptionKey, policy: HolderPolicy) -> Result<()> {
        let clock = self.inner.leases.clock();
        let call = self.database().delete_subscription(clock, key, policy);
        self.database().label().observed("delete_subscription", call).await
    }

    async fn set_checkpoint(&self, key: &SubscriptionKey, checkpoint: EventNumber, policy: HolderPolicy) -> Result<()> {
        let clock = self.inner.leases.clock();
        let call = self.database().set_checkpoint(clock, key, checkpoint, policy);
        self.database().label().observed("set_checkpoint", call).await
    }
}
