use async_trait::async_trait;
use eventstore_core::{EventNumber, HolderPolicy, Result, SubscriptionAdmin, SubscriptionInfo, SubscriptionKey};

use crate::SqliteStore;
use crate::observe::observed;

#[async_trait]
impl SubscriptionAdmin for SqliteStore {
    async fn list_subscriptions(&self) -> Result<Vec<SubscriptionInfo>> {
        let call = self.database().list_subscriptions(self.inner.leases.clock());
        observed(self.database().label(), "list_subscriptions", call).await
    }

    async fn subscription_info(&self, key: &SubscriptionKey) -> Result<SubscriptionInfo> {
        let call = self.database().subscription_info(self.inner.leases.clock(), key);
        observed(self.database().label(), "subscription_info", call).await
    }

    async fn delete_subscription(&self, key: &SubscriptionKey, policy: HolderPolicy) -> Result<()> {
        let clock = self.inner.leases.clock();
        let call = self.database().delete_subscription(clock, key, policy);
        observed(self.database().label(), "delete_subscription", call).await
    }

    async fn set_checkpoint(&self, key: &SubscriptionKey, checkpoint: EventNumber, policy: HolderPolicy) -> Result<()> {
        let clock = self.inner.leases.clock();
        let call = self.database().set_checkpoint(clock, key, checkpoint, policy);
        observed(self.database().label(), "set_checkpoint", call).await
    }
}
