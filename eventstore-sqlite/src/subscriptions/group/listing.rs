use std::collections::HashMap;

use eventstore_core::{
    Error, EventNumber, GroupInfo, PartitionInfo, PartitionNumber, Result, StatusText, StreamSelector, SubscriptionId,
    SubscriptionKey, SubscriptionName,
};
use sqlx::SqliteConnection;

use super::Moment;
use super::stored_group::decode_settings;
use crate::connection::Database;
use crate::error::failed;
use crate::sql;
use crate::subscriptions::Clock;

/// Id, stream, name, partitions, ordering key and policy.
type GroupRow = (i64, String, String, u32, String, String);

/// Group, partition, id, checkpoint, holder.
type PartitionRow = (i64, u16, i64, i64, Option<String>);

impl Database {
    pub(crate) async fn list_groups(&self, clock: &Clock) -> Result<Vec<GroupInfo>> {
        if !self.has_groups() {
            return self.refuse_if_closed().map(|()| Vec::new());
        }
        let mut snapshot = self.snapshot().await?;
        let moment = Moment::of_a_read(clock);
        let groups: Vec<GroupRow> = sqlx::query_as(sql::LIST_GROUPS)
            .fetch_all(&mut *snapshot)
            .await
            .map_err(failed)?;
        let mut members = members(&mut snapshot, &moment).await?;
        let mut partitions = partitions(&mut snapshot, &moment).await?;
        let info = |(id, stream, name, count, ordering, policy)| {
            Ok(GroupInfo {
                key: SubscriptionKey {
                    selector: StreamSelector::from_storage(stream),
                    name: SubscriptionName::from_storage(name),
                },
                id: SubscriptionId::new(id),
                settings: decode_settings(&(count, ordering, policy))?,
                members: members.remove(&id).unwrap_or_default(),
                partitions: partitions.remove(&id).unwrap_or_default(),
            })
        };
        groups.into_iter().map(info).collect()
    }
}

/// The names of the members of each group.
async fn members(connection: &mut SqliteConnection, moment: &Moment) -> Result<HashMap<i64, Vec<StatusText>>> {
    let rows: Vec<(i64, String)> = sqlx::query_as(sql::LIST_GROUP_MEMBERS)
        .bind(&moment.boot)
        .bind(moment.now)
        .bind(moment.latest_end)
        .fetch_all(connection)
        .await
        .map_err(failed)?;
    let mut members: HashMap<_, Vec<_>> = HashMap::new();
    for (group, holder) in rows {
        members.entry(group).or_default().push(holder.into());
    }
    Ok(members)
}

/// The partitions of each group.
async fn partitions(connection: &mut SqliteConnection, moment: &Moment) -> Result<HashMap<i64, Vec<PartitionInfo>>> {
    let rows: Vec<PartitionRow> = sqlx::query_as(sql::LIST_GROUP_PARTITIONS)
        .bind(&moment.boot)
        .bind(moment.now)
        .bind(moment.latest_end)
        .fetch_all(connection)
        .await
        .map_err(failed)?;
    let mut partitions: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows {
        partitions.entry(row.0).or_default().push(decode(row)?);
    }
    Ok(partitions)
}

fn decode((_, partition, id, checkpoint, holder): PartitionRow) -> Result<PartitionInfo> {
    let number = PartitionNumber::new(partition);
    Ok(PartitionInfo {
        partition: number.ok_or_else(|| Error::corrupt("a partition has the number 0"))?,
        id: SubscriptionId::new(id),
        checkpoint: EventNumber::from_storage(checkpoint)?,
        holder: holder.map(StatusText::from),
    })
}
