use eventstore_core::{
    EventNumber, GroupInfo, PartitionInfo, Result, StatusText, StreamSelector, SubscriptionId, SubscriptionKey,
    SubscriptionName,
};
use sqlx::Row;
use sqlx::postgres::PgRow;

use super::membership::number;
use super::stored::settings;
use crate::connection::Session;
use crate::error::{damaged, reading};

impl Session<'_> {
    pub(crate) async fn list_groups(&mut self) -> Result<Vec<GroupInfo>> {
        if !self.groups().can_read {
            return Ok(Vec::new());
        }
        let query = self.statements().list_groups.query();
        let rows = self
            .read(async |connection| query.fetch_all(connection).await)
            .await
            .map_err(reading)?;
        rows.iter().map(decode).collect()
    }
}

fn decode(row: &PgRow) -> Result<GroupInfo> {
    let selector: &str = row.try_get("stream_uuid").map_err(reading)?;
    let name: &str = row.try_get("subscription_name").map_err(reading)?;
    let holders: Vec<String> = row.try_get("holders").map_err(reading)?;
    Ok(GroupInfo {
        key: SubscriptionKey {
            selector: StreamSelector::from_storage(selector),
            name: SubscriptionName::from_storage(name),
        },
        id: SubscriptionId::new(row.try_get("subscription_id").map_err(reading)?),
        settings: settings(
            row.try_get("partitions").map_err(reading)?,
            row.try_get("ordering").map_err(reading)?,
            row.try_get("policy").map_err(reading)?,
        )?,
        members: holders.into_iter().map(StatusText::new).collect(),
        partitions: decode_partitions(row)?,
    })
}

/// The arrays have an item for each partition.
fn decode_partitions(row: &PgRow) -> Result<Vec<PartitionInfo>> {
    let numbers: Vec<i32> = row.try_get("numbers").map_err(reading)?;
    let ids: Vec<i64> = row.try_get("ids").map_err(reading)?;
    let checkpoints: Vec<i64> = row.try_get("checkpoints").map_err(reading)?;
    let holders: Vec<Option<String>> = row.try_get("held_by").map_err(reading)?;
    let partitions = numbers.into_iter().zip(ids).zip(checkpoints).zip(holders);
    let decode = |(((partition, id), checkpoint), holder): (((i32, i64), i64), Option<String>)| {
        Ok(PartitionInfo {
            partition: number(partition)?,
            id: SubscriptionId::new(id),
            checkpoint: EventNumber::try_from(checkpoint).map_err(damaged)?,
            holder: holder.map(StatusText::new),
        })
    };
    partitions.map(decode).collect()
}
