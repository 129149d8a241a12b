use eventstore_core::{Error, GroupInfo, GroupStore, ParkedEventStore, SubscriptionAdmin, SubscriptionKey};

use crate::failure::Failure;
use crate::output::{Output, PartitionRow};
use crate::{Connector, Purpose};

/// Prints who holds which partition of a group, and how far each is.
pub(super) async fn run<C: Connector>(key: &SubscriptionKey, connector: &C, mut output: Output) -> Result<(), Failure> {
    let store = connector.connect(Purpose::Calls).await?;
    let head = store.subscription_info(key).await?.head;
    let groups = store.list_groups().await?;
    let Some(group) = groups.into_iter().find(|group| group.key == *key) else {
        let reason = format!("{:?} is no group: one process at a time runs it", key.name.as_str());
        return Err(Error::invalid_input("subscription name", &reason).into());
    };
    output.note(&describe(&group));
    let mut rows = Vec::new();
    for partition in &group.partitions {
        let parked = store.count_parked(partition.id).await?;
        rows.push(PartitionRow::new(partition, head, parked));
    }
    output.rows(rows)?;
    output.flush()
}

fn describe(group: &GroupInfo) -> String {
    let settings = &group.settings;
    let members: Vec<_> = group.members.iter().map(ToString::to_string).collect();
    let members = if members.is_empty() {
        "none".to_owned()
    } else {
        members.join("; ")
    };
    format!(
        "ordering key: {}; retry policy: {}; members: {members}",
        settings.ordering, settings.policy
    )
}
