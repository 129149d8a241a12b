use std::collections::HashMap;

use eventstore_core::{
    GroupInfo, GroupStore, ParkedEventStore, StreamSelector, SubscriptionAdmin, SubscriptionId, SubscriptionStatusStore,
};

use crate::failure::Failure;
use crate::output::{Output, SubscriptionRow};
use crate::{Connector, Purpose};

/// The holders of partitions, and for each group how many members it has.
fn holders(groups: &[GroupInfo]) -> HashMap<SubscriptionId, String> {
    let mut holders = HashMap::new();
    for group in groups {
        let members = group.members.len();
        if members > 0 {
            holders.insert(
                group.id,
                format!("{members} {}", if members == 1 { "member" } else { "members" }),
            );
        }
        let held = group.partitions.iter();
        holders.extend(held.filter_map(|partition| Some((partition.id, partition.holder.as_ref()?.to_string()))));
    }
    holders
}

/// Prints how far the subscriptions are and what their holders report, those to one stream or all.
pub(super) async fn run<C: Connector>(
    stream: Option<StreamSelector>,
    connector: &C,
    mut output: Output,
) -> Result<(), Failure> {
    let store = connector.connect(Purpose::Calls).await?;
    let statuses = store.subscription_statuses().await?;
    let holders = holders(&store.list_groups().await?);
    let mut rows = Vec::new();
    for subscription in store.list_subscriptions().await? {
        if stream
            .as_ref()
            .is_none_or(|stream| *stream == subscription.key.selector)
        {
            let id = subscription.record.id;
            let status = statuses.iter().find(|status| status.id == id);
            let parked = store.count_parked(id).await?;
            rows.push(SubscriptionRow::new(&subscription, parked, status, holders.get(&id)));
        }
    }
    output.rows(rows)?;
    output.flush()
}
