use eventstore_core::backend::{HeldPartition, LeaseEpoch, LeaseToken, Membership};
use eventstore_core::{Error, EventNumber, PartitionNumber, Result, SubscriptionId};
use rusqlite::{OptionalExtension, params};

use super::{Moment, end_members, execute, parts};
use crate::connection::{Change, Database, Writer};
use crate::error::failed;
use crate::sql;
use crate::subscriptions::Clock;
use crate::values::json_of;

/// Partition, id, epoch and checkpoint.
type Row = (u16, i64, i64, i64);

impl Database {
    pub(super) async fn claim_partitions(
        &self,
        clock: &Clock,
        membership: Membership,
        at_most: u16,
    ) -> Result<Vec<HeldPartition>> {
        if !self.has_groups() {
            return self.refuse_if_closed().map(|()| Vec::new());
        }
        let clock = clock.clone();
        self.change_in_place(move |writer| claim(writer, &clock, membership, at_most))
            .await
    }

    pub(super) async fn held_partitions(&self, clock: &Clock, membership: Membership) -> Result<Vec<HeldPartition>> {
        if !self.has_groups() {
            return self.refuse_if_closed().map(|()| Vec::new());
        }
        let mut snapshot = self.snapshot().await?;
        let (group, member) = parts(membership);
        let found: Option<(String, i64)> = sqlx::query_as(sql::FIND_MEMBERSHIP)
            .bind(group)
            .bind(member)
            .fetch_optional(&mut *snapshot)
            .await
            .map_err(failed)?;
        // Taken after the read: a membership that was renewed a moment ago ends no later than one that is renewed now.
        let moment = Moment::of_a_change(clock);
        if found.is_none_or(|(boot, until)| !moment.is_before(&boot, until)) {
            return Ok(Vec::new());
        }
        let rows: Vec<Row> = sqlx::query_as(sql::HELD_PARTITIONS)
            .bind(group)
            .bind(member)
            .fetch_all(&mut *snapshot)
            .await
            .map_err(failed)?;
        rows.into_iter().map(decode).collect()
    }

    /// Even while the store is being closed, so that others need not wait until the membership ends.
    pub(super) async fn release_partitions(
        &self,
        membership: Membership,
        partitions: &[PartitionNumber],
    ) -> Result<()> {
        if !self.has_groups() || partitions.is_empty() {
            return Ok(());
        }
        let numbers: Vec<_> = partitions.iter().map(|number| number.get()).collect();
        let numbers = json_of(&numbers);
        self.change_while_closing(move |writer| release(writer, membership, &numbers))
            .await
    }
}

fn claim(writer: &mut Writer, clock: &Clock, membership: Membership, at_most: u16) -> Result<Vec<HeldPartition>> {
    let change = writer.begin()?;
    let moment = Moment::of_a_change(clock);
    if !is_lasting(&change, membership, &moment)? {
        return Ok(Vec::new());
    }
    let has_freed = end_members(&change, membership.group.get(), &moment)?;
    let claimed = claim_free(&change, membership, at_most).map_err(failed)?;
    // The members who find nothing to take ask again and again: this costs no commit.
    if has_freed || !claimed.is_empty() {
        change.commit()?;
    }
    claimed.into_iter().map(decode).collect()
}

fn is_lasting(change: &Change<'_>, membership: Membership, moment: &Moment) -> Result<bool> {
    let (group, member) = parts(membership);
    let mut find = change.prepare_cached(sql::FIND_MEMBERSHIP).map_err(failed)?;
    let found = find.query_row(params![group, member], |row| Ok((row.get(0)?, row.get(1)?)));
    let found: Option<(String, i64)> = found.optional().map_err(failed)?;
    Ok(found.is_some_and(|(boot, until)| moment.is_before(&boot, until)))
}

fn claim_free(change: &Change<'_>, membership: Membership, at_most: u16) -> rusqlite::Result<Vec<Row>> {
    let (group, member) = parts(membership);
    let mut claim = change.prepare_cached(sql::CLAIM_PARTITIONS)?;
    let claimed = claim.query_map(params![group, member, at_most], |row| row.get(0))?;
    let ids: Vec<i64> = claimed.collect::<rusqlite::Result<_>>()?;
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut fence = change.prepare_cached(sql::FENCE_PARTITIONS)?;
    let rows = fence.query_map([json_of(&ids)], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
    })?;
    let mut rows = rows.collect::<rusqlite::Result<Vec<Row>>>()?;
    rows.sort_unstable();
    Ok(rows)
}

fn release(writer: &mut Writer, membership: Membership, numbers: &str) -> Result<()> {
    let change = writer.begin()?;
    let (group, member) = parts(membership);
    match execute(&change, sql::RELEASE_PARTITIONS, params![group, member, numbers])? {
        0 => Ok(()),
        _ => change.commit(),
    }
}

fn decode((partition, id, epoch, checkpoint): Row) -> Result<HeldPartition> {
    let number = PartitionNumber::new(partition);
    Ok(HeldPartition {
        partition: number.ok_or_else(|| Error::corrupt("a partition has the number 0"))?,
        token: LeaseToken {
            id: SubscriptionId::new(id),
            epoch: LeaseEpoch::new(epoch),
        },
        checkpoint: EventNumber::from_storage(checkpoint)?,
    })
}
