use std::collections::HashSet;

use eventstore_core::{
    Error, GroupInfo, GroupStore, ParkedEventStore, StreamSelector, SubscriptionAdmin, SubscriptionId,
    SubscriptionStatusStore,
};

use crate::failure::Failure;
use crate::output::{Output, SubscriptionRow};
use crate::{Connector, Purpose};

/// Prints how far the subscriptions are and what their holders report, those to one stream or all. Of a group, one row is printed.
pub(super) async fn run<C: Connector>(
    stream: Option<StreamSelector>,
    connector: &C,
    mut output: Output,
) -> Result<(), Failure> {
    let store = connector.connect(Purpose::Calls).await?;
    let statuses = store.subscription_statuses().await?;
    let groups = store.list_groups().await?;
    let partitions: HashSet<_> = groups.iter().flat_map(partitions).collect();
    let is_wanted = |selector: &StreamSelector| stream.as_ref().is_none_or(|stream| *stream == *selector);
    let mut rows = Vec::new();
    for subscription in store.list_subscriptions().await? {
        let id = subscription.record.id;
        if partitions.contains(&id) || !is_wanted(&subscription.key.selector) {
            continue;
        }
        let group = groups.iter().find(|group| group.id == id);
        let parked = match group {
            Some(group) => count_parked_of(&store, group).await?,
            None => store.count_parked(id).await?,
        };
        let status = statuses.iter().find(|status| status.id == id);
        rows.push(SubscriptionRow::new(&subscription, parked, status, group));
    }
    output.rows(rows)?;
    output.flush()
}

fn partitions(group: &GroupInfo) -> impl Iterator<Item = SubscriptionId> {
    group.partitions.iter().map(|partition| partition.id)
}

async fn count_parked_of(store: &(impl ParkedEventStore + ?Sized), group: &GroupInfo) -> Result<u64, Error> {
    let mut sum = 0;
    for partition in partitions(group) {
        sum += store.count_parked(partition).await?;
    }
    Ok(sum)
}
