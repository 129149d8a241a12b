use eventstore_core::{Error, EventStore, ReportedStatus, StreamSelector, SubscriptionId, SubscriptionKey};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::problem::Problem;
use crate::view::SubscriptionView;

/// Which subscription, as an address says it.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SubscriptionParams {
    /// The stream that is subscribed to; `$all` without this.
    #[serde(default = "all")]
    pub(crate) stream: String,
    /// The name of the subscription.
    pub(crate) name: String,
}

fn all() -> String {
    StreamSelector::ALL.to_owned()
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
        let parked = count_parked(store, info.record.id).await?;
        views.push(SubscriptionView::new(&info, parked, of(info.record.id, &statuses)));
    }
    Ok(views)
}

pub(crate) async fn find_subscription(
    store: &dyn EventStore,
    key: &SubscriptionKey,
) -> Result<SubscriptionView, Problem> {
    let info = store.subscription_info(key).await?;
    let parked = count_parked(store, info.record.id).await?;
    let statuses = store.subscription_statuses().await?;
    Ok(SubscriptionView::new(&info, parked, of(info.record.id, &statuses)))
}

/// How many events are parked; nothing if this user of the database may not see that, but may see the rest.
async fn count_parked(store: &dyn EventStore, id: SubscriptionId) -> Result<Option<u64>, Problem> {
    match store.count_parked(id).await {
        Ok(count) => Ok(Some(count)),
        Err(Error::AccessDenied { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn of(id: SubscriptionId, statuses: &[ReportedStatus]) -> Option<&ReportedStatus> {
    statuses.iter().find(|status| status.id == id)
}
