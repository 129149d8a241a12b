use eventstore_core::backend::Membership;
use eventstore_core::{
    Error, EventNumber, GroupSettings, MemberId, Result, StatusText, StreamSelector, SubscriptionId, SubscriptionKey,
};
use rusqlite::params;
use serde_json::json;

use super::{Moment, PartitionRow, StoredGroup, add_missing, end_members, execute};
use crate::connection::{Change, Database, Writer};
use crate::sql;
use crate::subscriptions::Clock;
use crate::values::now;

/// A member that is about to enter a group.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: SubscriptionKey,
    pub(crate) settings: GroupSettings,
    pub(crate) start_after: EventNumber,
    pub(crate) member: MemberId,
    pub(crate) name: StatusText,
}

impl Database {
    pub(super) async fn enter_group(&self, clock: &Clock, entry: Entry) -> Result<Option<Membership>> {
        self.refuse_if_closed()?;
        if !self.has_groups() {
            return Err(no_group(
                "the file has no tables of groups: migrate the store, and open it again",
            ));
        }
        if entry.key.selector != StreamSelector::All {
            return Err(no_group(
                "members share a subscription to all streams, and not to a single one",
            ));
        }
        let partitions = PartitionRow::all(&entry.key, &entry.settings)?;
        let clock = clock.clone();
        self.change_in_place(move |writer| enter(writer, &clock, &entry, &partitions))
            .await
    }
}

fn no_group(reason: &str) -> Error {
    Error::invalid_input("group", reason)
}

fn enter(writer: &mut Writer, clock: &Clock, entry: &Entry, partitions: &[PartitionRow]) -> Result<Option<Membership>> {
    let change = writer.begin()?;
    let moment = Moment::of_a_change(clock);
    let Some(group) = find_or_create(&change, clock, entry)? else {
        return Ok(None);
    };
    if group.is_shared() {
        end_members(&change, group.id, &moment)?;
    } else {
        begin_sharing(&change, &group)?;
    }
    add_missing(&change, group.id, partitions, group.checkpoint)?;
    let Moment { boot, latest_end, .. } = &moment;
    let member = entry.member.as_uuid();
    execute(
        &change,
        sql::ENTER_GROUP,
        params![group.id, member, entry.name.as_str(), boot, latest_end],
    )?;
    change.commit()?;
    Ok(Some(Membership {
        group: SubscriptionId::new(group.id),
        member: entry.member,
    }))
}

/// `None` while a single holder runs the subscription.
fn find_or_create(change: &Change<'_>, clock: &Clock, entry: &Entry) -> Result<Option<StoredGroup>> {
    let Some(found) = StoredGroup::find(change, &entry.key)? else {
        let created = create_subscription(change, entry)?;
        create_group(change, created.id, &entry.settings)?;
        return Ok(Some(created));
    };
    let settings = found.settings()?;
    if let Some(stored) = &settings {
        refuse_difference(stored, entry)?;
    }
    if found.is_partition {
        let reason = "it is that of a partition of a group";
        return Err(Error::invalid_input("subscription name", reason));
    }
    if found.has_single_holder(clock) {
        return Ok(None);
    }
    if settings.is_none() {
        create_group(change, found.id, &entry.settings)?;
    }
    Ok(Some(found))
}

fn refuse_difference(stored: &GroupSettings, Entry { key, settings, .. }: &Entry) -> Result<()> {
    match stored.difference(settings) {
        None => Ok(()),
        Some((setting, stored, requested)) => Err(Error::GroupDiffers {
            key: key.clone(),
            setting,
            stored,
            requested,
        }),
    }
}

fn create_subscription(change: &Change<'_>, Entry { key, start_after, .. }: &Entry) -> Result<StoredGroup> {
    let row = json!([[key.selector.as_str(), key.name.as_str(), start_after.as_i64()]]);
    let parameters = params![row.to_string(), now()?.unix_micros()];
    execute(change, sql::CREATE_SUBSCRIPTIONS, parameters)?;
    let created = StoredGroup::find(change, key)?;
    created.ok_or_else(|| Error::corrupt("a subscription was created, but is not found"))
}

fn create_group(change: &Change<'_>, id: i64, settings: &GroupSettings) -> Result<()> {
    let GroupSettings {
        partitions,
        ordering,
        policy,
    } = settings;
    let parameters = params![id, partitions.get(), ordering.as_str(), policy.as_str()];
    execute(change, sql::CREATE_GROUP, parameters).map(drop)
}

/// Begins after a single holder, or for the first time. A holder that was stopped for long is fenced, and does not come back beside the
/// members.
fn begin_sharing(change: &Change<'_>, group: &StoredGroup) -> Result<()> {
    for statement in [
        sql::BEGIN_SHARING,
        sql::RECORD_SHARING,
        sql::DELETE_MEMBERS,
        sql::FREE_PARTITIONS,
        sql::ADVANCE_PARTITIONS,
    ] {
        execute(change, statement, [group.id])?;
    }
    Ok(())
}
