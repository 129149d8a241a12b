use std::collections::HashSet;

use eventstore_core::{Error, GroupSettings, Result, SubscriptionKey};
use rusqlite::{OptionalExtension, params};
use serde_json::{Value, json};

use super::execute;
use crate::connection::Change;
use crate::error::failed;
use crate::sql;
use crate::values::now;

/// What deletes the partitions of a group with all that belongs to them, in this order.
pub(super) const DELETIONS: [&str; 4] = [
    sql::DELETE_PARTITION_STATUSES,
    sql::DELETE_PARTITION_PARKED_EVENTS,
    sql::DELETE_PARTITION_SUBSCRIPTIONS,
    sql::DELETE_PARTITIONS,
];

/// A partition that may have to be added: its number and its key.
pub(super) struct PartitionRow {
    number: u16,
    key: SubscriptionKey,
}

impl PartitionRow {
    /// All partitions of a group.
    ///
    /// # Errors
    ///
    /// If the name of the group leaves no room for their numbers.
    pub(super) fn all(group: &SubscriptionKey, settings: &GroupSettings) -> Result<Vec<Self>> {
        let count = settings.partitions;
        let row = |number: eventstore_core::PartitionNumber| {
            Ok(Self {
                number: number.get(),
                key: number.key(group, count)?,
            })
        };
        count.partitions().map(row).collect()
    }

    /// As `create_subscriptions.sql` and `add_partitions.sql` take it.
    fn json(&self, checkpoint: i64) -> Value {
        let Self { number, key } = self;
        json!([key.selector.as_str(), key.name.as_str(), checkpoint, number])
    }
}

/// Adds those partitions that a group does not have, which begin at this checkpoint.
pub(super) fn add_missing(change: &Change<'_>, group: i64, wanted: &[PartitionRow], checkpoint: i64) -> Result<()> {
    let found = numbers(change, group).map_err(failed)?;
    let missing = wanted.iter().filter(|row| !found.contains(&row.number));
    let missing: Vec<_> = missing.map(|row| row.json(checkpoint)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let missing = Value::from(missing).to_string();
    refuse_names_in_use(change, &missing)?;
    execute(change, sql::FORGET_PARTITIONS, [group])?;
    execute(
        change,
        sql::CREATE_SUBSCRIPTIONS,
        params![missing, now()?.unix_micros()],
    )?;
    execute(change, sql::ADD_PARTITIONS, params![group, missing]).map(drop)
}

fn numbers(change: &Change<'_>, group: i64) -> rusqlite::Result<HashSet<u16>> {
    let mut find = change.prepare_cached(sql::FIND_PARTITIONS)?;
    let numbers = find.query_map([group], |row| row.get(0))?;
    numbers.collect()
}

fn refuse_names_in_use(change: &Change<'_>, rows: &str) -> Result<()> {
    let mut find = change.prepare_cached(sql::FIND_NAME_IN_USE).map_err(failed)?;
    let found: Option<String> = find.query_row([rows], |row| row.get(0)).optional().map_err(failed)?;
    match found {
        None => Ok(()),
        Some(name) => Err(Error::invalid_input(
            "subscription name",
            &format!("a partition would have the name of the subscription {name:?}"),
        )),
    }
}

pub(super) fn delete_partitions(change: &Change<'_>, group: i64) -> Result<()> {
    for delete in DELETIONS {
        execute(change, delete, [group])?;
    }
    Ok(())
}
