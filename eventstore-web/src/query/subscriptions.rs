use eventstore_core::{EventStore, ReportedStatus, SubscriptionId, SubscriptionKey};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::problem::Problem;
use crate::view::SubscriptionView;

/// Which subscription, as an address says it.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub(crate) struct SubscriptionParams {
    /// The stream that is subscribed to.
    pub(crate) stream: String,
    /// The name of the subscription.
    pub(crate) name: String,
}

impl SubscriptionParams {
    pub(crate) fn key(&self) -> Result<SubscriptionKey, Problem> {
        Ok(SubscriptionKey::new(self.stream.as_str(), self.name.as_str())?)
    }
}

pub(crate) async fn list_subscriptions(store: &dyn EventStore) -> Result<Vec<SubscriptionView>, Problem> {
    let statuses = store.subscription_statuses().await?;
    let mut views = Vec::new();
    for info in store.list_subscriptions().await? {
        let parked = store.count_parked(info.record.id).await?;
        views.push(SubscriptionView::new(&info, parked, of(info.record.id, &statuses)));
    }
    Ok(views)
}

pub(crate) async fn find_subscription(
    store: &dyn EventStore,
    key: &SubscriptionKey,
) -> Result<SubscriptionView, Problem> {
    let info = store.subscription_info(key).await?;
    let parked = store.count_parked(info.record.id).await?;
    let statuses = store.subscription_statuses().await?;
    Ok(SubscriptionView::new(&info, parked, of(info.record.id, &statuses)))
}

fn of(id: SubscriptionId, statuses: &[ReportedStatus]) -> Option<&ReportedStatus> {
    statuses.iter().find(|status| status.id == id)
}
