use eventstore_core::{Error, GroupSettings, Result, SubscriptionKey};
use rusqlite::params;

use super::{Moment, PartitionRow, StoredGroup, add_missing, delete_partitions, execute, has_member};
use crate::connection::{Change, Database, Writer};
use crate::error::failed;
use crate::sql;
use crate::subscriptions::Clock;

impl Database {
    pub(crate) async fn change_group(
        &self,
        clock: &Clock,
        key: &SubscriptionKey,
        settings: &GroupSettings,
    ) -> Result<()> {
        if !self.has_groups() {
            self.refuse_if_closed()?;
            return Err(Error::SubscriptionNotFound { key: key.clone() });
        }
        let (clock, key, settings) = (clock.clone(), key.clone(), settings.clone());
        self.change_in_place(move |writer| change_group(writer, &clock, &key, &settings))
            .await
    }
}

fn change_group(writer: &mut Writer, clock: &Clock, key: &SubscriptionKey, settings: &GroupSettings) -> Result<()> {
    let change = writer.begin()?;
    let (group, stored) = find(&change, key)?;
    if has_member(&change, group.id, &Moment::of_a_change(clock))? {
        return Err(Error::SubscriptionHeld { key: key.clone() });
    }
    if stored == *settings {
        return Ok(());
    }
    let GroupSettings {
        partitions,
        ordering,
        policy,
    } = settings;
    if (stored.partitions, &stored.ordering) != (*partitions, ordering) {
        replace_partitions(&change, &group, &PartitionRow::all(key, settings)?)?;
    }
    let parameters = params![group.id, partitions.get(), ordering.as_str(), policy.as_str()];
    execute(&change, sql::CHANGE_GROUP, parameters)?;
    change.commit()
}

fn find(change: &Change<'_>, key: &SubscriptionKey) -> Result<(StoredGroup, GroupSettings)> {
    let not_found = || Error::SubscriptionNotFound { key: key.clone() };
    let group = StoredGroup::find(change, key)?.ok_or_else(not_found)?;
    let settings = group.settings()?.ok_or_else(not_found)?;
    Ok((group, settings))
}

/// The new partitions begin where the slowest of the old ones was.
fn replace_partitions(change: &Change<'_>, group: &StoredGroup, partitions: &[PartitionRow]) -> Result<()> {
    let mut find = change.prepare_cached(sql::HAS_PARKED_IN_PARTITIONS).map_err(failed)?;
    if find.query_row([group.id], |row| row.get(0)).map_err(failed)? {
        let reason = "events of its partitions are parked: replay or discard them first";
        return Err(Error::invalid_input("group", reason));
    }
    let mut find = change.prepare_cached(sql::FIND_SLOWEST_PARTITION).map_err(failed)?;
    let slowest: Option<i64> = find.query_row([group.id], |row| row.get(0)).map_err(failed)?;
    delete_partitions(change, group.id)?;
    add_missing(change, group.id, partitions, slowest.unwrap_or(group.checkpoint))
}
