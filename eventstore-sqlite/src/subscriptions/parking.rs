use std::fmt::Write;
use std::iter;

use eventstore_core::backend::{EventToPark, ParkOutcome, ParkedBacklog, Parking};
use eventstore_core::{
    Error, EventNumber, ExpectedVersion, Link, ParkCause, ParkedEvent, PartitionKey, Result, SubscriptionId, Timestamp,
};
use rusqlite::params;
use serde_json::{Value, json};
use uuid::Uuid;

use super::checkpoints::{Claim, claim, move_checkpoint};
use crate::changes::{Plan, find_sources, insert_links, write};
use crate::connection::{Change, Database, Writer};
use crate::error::failed;
use crate::sql;
use crate::values::now;

/// Number, id, partition, reason, attempts and time.
type Row = (i64, Uuid, Option<Vec<u8>>, Option<String>, i64, i64);

impl Database {
    /// Parks events and stores the checkpoint after them. While the store closes, a subscription that has an event to park stores its last
    /// checkpoint this way.
    pub(crate) async fn park(&self, parking: &Parking) -> Result<ParkOutcome> {
        let parking = parking.clone();
        self.change_while_closing(move |writer| park(writer, &parking)).await
    }

    pub(crate) async fn parked_backlog(&self, id: SubscriptionId) -> Result<ParkedBacklog> {
        let mut snapshot = self.snapshot().await?;
        let partitions = sqlx::query_scalar(sql::PARKED_PARTITIONS).bind(id.get());
        let partitions: Vec<Vec<u8>> = partitions.fetch_all(&mut *snapshot).await.map_err(failed)?;
        let numbers = sqlx::query_scalar(sql::PARKED_BEYOND_CHECKPOINT).bind(id.get());
        let numbers: Vec<i64> = numbers.fetch_all(&mut *snapshot).await.map_err(failed)?;
        Ok(ParkedBacklog {
            partitions: partitions.into_iter().map(partition).collect::<Result<_>>()?,
            numbers: numbers
                .into_iter()
                .map(EventNumber::from_storage)
                .collect::<Result<_>>()?,
        })
    }

    pub(crate) async fn count_parked(&self, id: SubscriptionId) -> Result<u64> {
        let mut reader = self.reader().await?;
        let count: i64 = sqlx::query_scalar(sql::COUNT_PARKED)
            .bind(id.get())
            .fetch_one(&mut *reader)
            .await
            .map_err(failed)?;
        Ok(count.unsigned_abs())
    }

    pub(crate) async fn list_parked(
        &self,
        id: SubscriptionId,
        after: EventNumber,
        limit: u32,
    ) -> Result<Vec<ParkedEvent>> {
        let mut reader = self.reader().await?;
        let rows: Vec<Row> = sqlx::query_as(sql::LIST_PARKED)
            .bind(id.get())
            .bind(after.as_i64())
            .bind(i64::from(limit))
            .fetch_all(&mut *reader)
            .await
            .map_err(failed)?;
        rows.into_iter().map(decode).collect()
    }

    pub(crate) async fn unpark(&self, id: SubscriptionId, number: EventNumber) -> Result<bool> {
        let mut transaction = self.begin().await?;
        let unpark = sqlx::query(sql::UNPARK).bind(id.get()).bind(number.as_i64());
        let done = unpark.execute(&mut *transaction).await.map_err(failed)?;
        transaction.commit().await?;
        Ok(done.rows_affected() > 0)
    }
}

fn park(writer: &mut Writer, parking: &Parking) -> Result<ParkOutcome> {
    let change = writer.begin()?;
    match claim(&change, parking.lease)? {
        Claim::Gone => return Ok(ParkOutcome::SubscriptionGone),
        Claim::Fenced => return Ok(ParkOutcome::Fenced),
        Claim::Latest(stored) if stored > parking.checkpoint => return Ok(ParkOutcome::Superseded(stored)),
        Claim::Latest(_) => {}
    }
    let drained = find_drained(&change, parking)?;
    if !drained.is_empty() {
        return Ok(ParkOutcome::Drained(drained));
    }
    let now = now()?;
    link_dead_letters(&change, parking, now)?;
    insert_parked(&change, parking, now).map_err(failed)?;
    move_checkpoint(&change, parking.lease.id, parking.checkpoint)?;
    change.commit()?;
    Ok(ParkOutcome::Parked)
}

fn find_drained(change: &Change<'_>, parking: &Parking) -> Result<Vec<PartitionKey>> {
    let followers = parking.open_followers();
    let followers: Vec<_> = followers
        .map(|(number, key)| json!([number.as_i64(), hex(key)]))
        .collect();
    if followers.is_empty() {
        return Ok(Vec::new());
    }
    let mut find = change.prepare_cached(sql::FIND_DRAINED).map_err(failed)?;
    let parameters = params![parking.lease.id.get(), Value::from(followers).to_string()];
    let drained = find.query_map(parameters, |row| row.get(0)).map_err(failed)?;
    drained.map(|key| partition(key.map_err(failed)?)).collect()
}

fn insert_parked(change: &Change<'_>, parking: &Parking, now: Timestamp) -> rusqlite::Result<()> {
    let rows: Value = parking.events.iter().map(row_of).collect();
    let parameters = params![parking.lease.id.get(), rows.to_string(), now.unix_micros()];
    change.prepare_cached(sql::PARK)?.execute(parameters)?;
    Ok(())
}

/// Links the events that exist and are not there yet.
fn link_dead_letters(change: &Change<'_>, parking: &Parking, now: Timestamp) -> Result<()> {
    let target = parking.key.dead_letters()?;
    let ids = parking.events.iter().map(|event| event.event_id);
    let wanted = Link::new(target.clone(), ExpectedVersion::Any, ids)?;
    let mut plan = Plan::about(change, iter::once(&target), now)?;
    let target_id = plan.stream(&target).map(|stream| stream.id);
    let sources = find_sources(change, &wanted, target_id).map_err(failed)?;
    let missing = wanted.event_ids().iter().filter_map(|id| sources.get(id));
    let missing = missing.filter(|source| !source.is_in_target);
    let positions: Vec<_> = missing.map(|source| source.position).collect();
    if positions.is_empty() {
        return Ok(());
    }
    let before = plan.expect(&target, ExpectedVersion::Any)?;
    let count = u64::try_from(positions.len()).unwrap_or(u64::MAX);
    let last = before.after(count).map_err(Error::corrupt)?;
    let target_id = plan.move_stream(&target, last, now);
    write(change, &plan).map_err(failed)?;
    insert_links(change, target_id, before.next(), &positions).map_err(failed)
}

/// As `park.sql` takes it. Every store replaces the characters NUL of reasons, because some cannot keep them in a text.
fn row_of(event: &EventToPark) -> Value {
    let (reason, attempts) = match &event.cause {
        ParkCause::Rejected { reason, attempts } => (Some(reason.replace('\0', "\u{fffd}")), *attempts),
        ParkCause::Follows => (None, 0),
    };
    let id = Uuid::from(event.event_id).simple().to_string();
    let partition = event.partition.as_ref().map(hex);
    json!([event.number.as_i64(), id, partition, reason, attempts])
}

fn decode((number, event_id, key, reason, attempts, parked_at): Row) -> Result<ParkedEvent> {
    Ok(ParkedEvent {
        number: EventNumber::from_storage(number)?,
        event_id: event_id.into(),
        partition: key.map(partition).transpose()?,
        cause: match reason {
            Some(reason) => ParkCause::Rejected {
                reason,
                attempts: u32::try_from(attempts).map_err(Error::corrupt)?,
            },
            None => ParkCause::Follows,
        },
        parked_at: Timestamp::from_storage(parked_at)?,
    })
}

fn partition(key: Vec<u8>) -> Result<PartitionKey> {
    String::from_utf8(key).map(PartitionKey::new).map_err(Error::corrupt)
}

/// A partition key may hold any character, which a JSON text of SQLite may not.
fn hex(key: &PartitionKey) -> String {
    let bytes = key.as_str().bytes();
    bytes.fold(String::new(), |mut text, byte| {
        // Writing to a text does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
