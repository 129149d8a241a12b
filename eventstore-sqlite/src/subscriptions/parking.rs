use std::collections::HashMap;
use std::fmt::Write;
use std::iter;

use eventstore_core::backend::{EventToPark, ParkOutcome, ParkedBacklog, Parking};
use eventstore_core::{
    Error, EventId, EventNumber, ExpectedVersion, Link, ParkCause, ParkedEvent, PartitionKey, Result, SubscriptionId,
    Timestamp,
};
use serde_json::{Value, json};
use sqlx::SqliteConnection;
use uuid::Uuid;

use super::checkpoints::{Claim, claim, move_checkpoint};
use crate::changes::{Plan, write};
use crate::connection::Database;
use crate::error::failed;
use crate::sql;
use crate::values::{json_of_ids, now};

/// Number, id, partition, reason, attempts and time.
type Row = (i64, Uuid, Option<Vec<u8>>, Option<String>, i64, i64);

impl Database {
    /// Parks events and stores the checkpoint after them. While the store closes, a subscription that has an event to park stores its last
    /// checkpoint this way.
    pub(crate) async fn park(&self, parking: &Parking) -> Result<ParkOutcome> {
        let mut transaction = self.begin_while_closing().await?;
        match claim(&mut transaction, parking.lease).await? {
            Claim::Gone => return Ok(ParkOutcome::SubscriptionGone),
            Claim::Fenced => return Ok(ParkOutcome::Fenced),
            Claim::Latest(stored) if stored > parking.checkpoint => return Ok(ParkOutcome::Superseded(stored)),
            Claim::Latest(_) => {}
        }
        let drained = find_drained(&mut transaction, parking).await?;
        if !drained.is_empty() {
            return Ok(ParkOutcome::Drained(drained));
        }
        let now = now()?;
        link_dead_letters(&mut transaction, parking, now).await?;
        insert_parked(&mut transaction, parking, now).await?;
        move_checkpoint(&mut transaction, parking.lease.id, parking.checkpoint).await?;
        transaction.commit().await?;
        Ok(ParkOutcome::Parked)
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

async fn find_drained(connection: &mut SqliteConnection, parking: &Parking) -> Result<Vec<PartitionKey>> {
    let followers = parking.open_followers();
    let followers: Vec<_> = followers
        .map(|(number, key)| json!([number.as_i64(), hex(key)]))
        .collect();
    if followers.is_empty() {
        return Ok(Vec::new());
    }
    let drained: Vec<Vec<u8>> = sqlx::query_scalar(sql::FIND_DRAINED)
        .bind(parking.lease.id.get())
        .bind(Value::from(followers).to_string())
        .fetch_all(connection)
        .await
        .map_err(failed)?;
    drained.into_iter().map(partition).collect()
}

async fn insert_parked(connection: &mut SqliteConnection, parking: &Parking, now: Timestamp) -> Result<()> {
    let rows = parking.events.iter().map(row_of);
    sqlx::query(sql::PARK)
        .bind(parking.lease.id.get())
        .bind(rows.collect::<Value>().to_string())
        .bind(now.unix_micros())
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(())
}

/// Links the events that exist and are not there yet.
async fn link_dead_letters(connection: &mut SqliteConnection, parking: &Parking, now: Timestamp) -> Result<()> {
    let target = parking.key.dead_letters()?;
    let ids = parking.events.iter().map(|event| event.event_id);
    let wanted = Link::new(target.clone(), ExpectedVersion::Any, ids)?;
    let mut plan = Plan::about(connection, iter::once(&target), now).await?;
    let target_id = plan.stream(&target).map(|stream| stream.id);
    let positions = find_missing(connection, &wanted, target_id).await?;
    if positions.is_empty() {
        return Ok(());
    }
    let before = plan.expect(&target, ExpectedVersion::Any)?;
    let count = u64::try_from(positions.len()).unwrap_or(u64::MAX);
    let last = before.after(count).map_err(Error::corrupt)?;
    let target_id = plan.move_stream(&target, last, now);
    write(connection, &plan).await.map_err(failed)?;
    sqlx::query(sql::INSERT_LINKS)
        .bind(target_id)
        .bind(before.next().as_i64())
        .bind(Value::from(positions).to_string())
        .execute(connection)
        .await
        .map_err(failed)?;
    Ok(())
}

/// The positions of the events that exist and are not in the target, in the order of the link.
async fn find_missing(connection: &mut SqliteConnection, wanted: &Link, target_id: Option<i64>) -> Result<Vec<i64>> {
    let sources: Vec<(Uuid, i64, bool)> = sqlx::query_as(sql::FIND_SOURCES)
        .bind(json_of_ids(wanted.event_ids().iter().copied()))
        .bind(target_id)
        .fetch_all(connection)
        .await
        .map_err(failed)?;
    let missing = sources.into_iter().filter(|(_, _, is_in_target)| !is_in_target);
    let missing: HashMap<_, _> = missing.map(|(id, position, _)| (EventId::from(id), position)).collect();
    let ids = wanted.event_ids().iter();
    Ok(ids.filter_map(|id| missing.get(id).copied()).collect())
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
