use eventstore_core::{
    Append, AppendReceipt, Error, EventNumber, NewEvent, StoredEvent, StreamName, StreamSelector, StreamState,
    StreamVersion, Timestamp,
};
use rusqlite::{OptionalExtension, Transaction, params};
use uuid::Uuid;

use crate::failure::{Failure, stored};
use crate::streams;

/// Appends in a transaction that holds the write lock; a refusal gives the transaction up.
pub(crate) fn append(transaction: &Transaction<'_>, append: &Append, now: Timestamp) -> Result<AppendReceipt, Failure> {
    let existing = existing(transaction, append)?;
    if append.is_idempotent()
        && let Some(receipt) = append.judge_stored(&existing)?
    {
        return Ok(receipt);
    }
    let stream = streams::find(transaction, &append.stream().clone().into())?;
    let state = stream
        .as_ref()
        .map_or(StreamState::Absent, |info| StreamState::Present {
            version: info.version,
        });
    let expected = append.expected();
    let version = expected
        .check(state)
        .map_err(|refusal| expected.refused(append.stream(), state, refusal))?;
    if let Some(StoredEvent { id, .. }) = existing.first() {
        return Err(Error::DuplicateEvent { event_id: *id }.into());
    }
    let end = streams::get(transaction, &StreamSelector::All)?.version.into();
    let receipt = AppendReceipt::following(append.stream().clone(), version, end, stored(append.events().len())?)?;
    let id = match stream {
        Some(info) => stored(info.id)?,
        None => streams::create(transaction, append.stream(), append.created_at().unwrap_or(now))?,
    };
    let (mut version, mut position) = (receipt.first_version, receipt.first_position);
    for event in append.events() {
        let at = append.created_at().or(event.created_at).unwrap_or(now);
        insert(transaction, event, id, (version, position), at)?;
        (version, position) = (version.next(), position.next());
    }
    reach(transaction, id, receipt.last_version.into())?;
    reach(transaction, 0, receipt.last_position)?;
    Ok(receipt)
}

fn insert(
    transaction: &Transaction<'_>,
    event: &NewEvent,
    stream: i64,
    (version, position): (StreamVersion, EventNumber),
    at: Timestamp,
) -> Result<(), Failure> {
    let mut statement =
        transaction.prepare_cached("INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")?;
    statement.execute(params![
        stored::<i64, _>(position.get())?,
        stream,
        stored::<i64, _>(version.get())?,
        Uuid::from(event.id),
        event.event_type.as_str(),
        event.causation_id,
        event.correlation_id,
        event.data.as_ref(),
        event.metadata.as_deref(),
        at.unix_micros(),
    ])?;
    Ok(())
}

fn reach(transaction: &Transaction<'_>, stream: i64, number: EventNumber) -> Result<(), Failure> {
    let mut statement = transaction.prepare_cached("UPDATE streams SET version = ?2 WHERE id = ?1")?;
    statement.execute((stream, stored::<i64, _>(number.get())?))?;
    Ok(())
}

/// Those of the append's events that stand anywhere already, in its order.
fn existing(transaction: &Transaction<'_>, append: &Append) -> Result<Vec<StoredEvent>, Failure> {
    let mut statement = transaction.prepare_cached(
        "SELECT s.name, e.version, e.position FROM events e JOIN streams s ON s.id = e.stream WHERE e.id = ?1",
    )?;
    let mut existing = Vec::new();
    for id in append.event_ids() {
        let found: Option<(String, i64, i64)> =
            statement.query_row([Uuid::from(id)], |row| row.try_into()).optional()?;
        if let Some((stream, version, position)) = found {
            existing.push(StoredEvent {
                id,
                stream: StreamName::from_storage(stream),
                version: stored(version)?,
                position: stored(position)?,
            });
        }
    }
    Ok(existing)
}
