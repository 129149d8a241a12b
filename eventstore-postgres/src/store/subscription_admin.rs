use async_trait::async_trait;
use eventstore_core::{EventNumber, HolderPolicy, Result, SubscriptionAdmin, SubscriptionInfo, SubscriptionKey};

use crate::store::sessions::Sessions;
use crate::{OnConnection, PostgresStore};

#[async_trait]
impl SubscriptionAdmin for PostgresStore {
    async fn list_subscriptions(&self) -> Result<Vec<SubscriptionInfo>> {
        list_subscriptions(self).await
    }

    async fn subscription_info(&self, key: &SubscriptionKey) -> Result<SubscriptionInfo> {
        subscription_info(self, key).await
    }

    async fn delete_subscription(&self, key: &SubscriptionKey, policy: HolderPolicy) -> Result<()> {
        delete_subscription(self, key, policy).await
    }

    async fn set_checkpoint(&self, key: &SubscriptionKey, checkpoint: EventNumber, policy: HolderPolicy) -> Result<()> {
        set_checkpoint(self, key, checkpoint, policy).await
    }
}

#[async_trait]
impl SubscriptionAdmin for OnConnection<'_> {
    async fn list_subscriptions(&self) -> Result<Vec<SubscriptionInfo>> {
        list_subscriptions(self).await
    }

    async fn subscription_info(&self, key: &SubscriptionKey) -> Result<SubscriptionInfo> {
        subscription_info(self, key).await
    }

    async fn delete_subscription(&self, key: &SubscriptionKey, policy: HolderPolicy) -> Result<()> {
        delete_subscription(self, key, policy).await
    }

    async fn set_checkpoint(&self, key: &SubscriptionKey, checkpoint: EventNumber, policy: HolderPolicy) -> Result<()> {
        set_checkpoint(self, key, checkpoint, policy).await
    }
}

async fn list_subscriptions(store: &impl Sessions) -> Result<Vec<SubscriptionInfo>> {
    let call = async { store.session().await?.list_subscriptions().await };
    store.label().observed("list_subscriptions", call).await
}

async fn subscription_info(store: &impl Sessions, key: &SubscriptionKey) -> Result<SubscriptionInfo> {
    let call = async { store.session().await?.subscription_info(key).await };
    store.label().observed("subscription_info", call).await
}

async fn delete_subscription(store: &impl Sessions, key: &SubscriptionKey, policy: HolderPolicy) -> Result<()> {
    let call = async { store.session_for_change().await?.delete_subscription(key, policy).await };
    store.label().observed("delete_subscription", call).await
}

async fn set_checkpoint(
    store: &impl Sessions,
    key: &SubscriptionKey,
    checkpoint: EventNumber,
    policy: HolderPolicy,
) -> Result<()> {
    let call = async {
        store
            .session_for_change()
            .await?
            .set_checkpoint(key, checkpoint, policy)
            .await
    };
    store.label().observed("set_checkpoint", call).await
}
