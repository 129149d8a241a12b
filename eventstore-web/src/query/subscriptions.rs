use std::collections::HashSet;

use eventstore_core::{Error, EventStore, GroupInfo, ReportedStatus, StreamSelector, SubscriptionId, SubscriptionKey};
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

/// The parked events of so many partitions are counted.
const FEW_PARTITIONS: usize = 64;

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
    let groups = store.list_groups().await?;
    let partitions: HashSet<_> = groups
        .iter()
        .flat_map(|group| &group.partitions)
        .map(|partition| partition.id)
        .collect();
    let mut views = Vec::new();
    for info in store.list_subscriptions().await? {
        // The page of a group lists its partitions.
        if partitions.contains(&info.record.id) {
            continue;
        }
        if let Some(group) = groups.iter().find(|group| group.id == info.record.id) {
            let parked = count_parked_of(store, group).await?;
            views.push(SubscriptionView::new(&info, parked, None));
            continue;
        }
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

/// How many events of a group are parked; nothing if it has so many partitions that to count them would take long.
async fn count_parked_of(store: &dyn EventStore, group: &GroupInfo) -> Result<Option<u64>, Problem> {
    if group.partitions.len() > FEW_PARTITIONS {
        return Ok(None);
    }
    let mut sum = Some(0);
    for partition in &group.partitions {
        let parked = count_parked(store, partition.id).await?;
        sum = sum.zip(parked).map(|(sum, parked)| sum + parked);
    }
    Ok(sum)
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
