use std::time::SystemTime;

use anyhow::Result;
use eventstore_core::backend::{StoredPlace, StreamState};
use eventstore_core::{
    Append, AppendReceipt, AppendSet, Error, EventNumber, Position, StreamName, StreamSelector, StreamVersion,
    Timestamp,
};
use rusqlite::{Transaction, params};
use uuid::Uuid;

use crate::streams;

pub(crate) fn append_all(db: &Transaction<'_>, set: &AppendSet) -> Result<Vec<AppendReceipt>> {
    set.appends().iter().map(|each| append(db, each)).collect()
}

/// Nobody else writes meanwhile; what an error leaves is rolled back.
pub(crate) fn append(db: &Transaction<'_>, append: &Append) -> Result<AppendReceipt> {
    let stored = stored(db, append)?;
    if append.is_idempotent()
        && let Some(earlier) = append.earlier_receipt(&stored)?
    {
        return Ok(earlier);
    }
    let (stream, expected) = (append.stream(), append.expected());
    let state = match streams::find(db, &stream.clone().into())? {
        None => StreamState::Absent,
        Some(info) => StreamState::Present { version: info.version },
    };
    let checked = expected.check(state);
    let version = checked.map_err(|refusal| expected.refused(stream, state, refusal))?;
    if let Some(&StoredPlace { id: event_id, .. }) = stored.first() {
        return Err(Error::DuplicateEvent { event_id }.into());
    }
    let end = EventNumber::from(streams::get(db, &StreamSelector::All)?.version).into();
    let receipt = AppendReceipt::following(stream.clone(), version, end, append.events().len().try_into()?)?;
    write(db, append, &receipt)?;
    Ok(receipt)
}

fn write(db: &Transaction<'_>, append: &Append, receipt: &AppendReceipt) -> Result<()> {
    let now = Timestamp::try_from(SystemTime::now())?;
    let created_at = append.created_at().unwrap_or(now).unix_micros();
    let mut reach = db.prepare_cached(
        "INSERT INTO streams (name, version, created_at) VALUES (?1, ?2, ?3)
         ON CONFLICT (name) DO UPDATE SET version = excluded.version RETURNING id",
    )?;
    let mut id_of = |name, version| reach.query_row((name, version, created_at), |row| row.get::<_, u64>(0));
    id_of(StreamSelector::ALL, receipt.last_position.get())?;
    let stream = id_of(append.stream().as_str(), receipt.last_version.get())?;

    let mut insert = db.prepare_cached("INSERT INTO events VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")?;
    let numbers = (receipt.first_position.get()..).zip(receipt.first_version.get()..);
    for (event, (position, version)) in append.events().iter().zip(numbers) {
        insert.execute(params![
            position,
            stream,
            version,
            Uuid::from(event.id),
            event.event_type.as_str(),
            event.causation_id,
            event.correlation_id,
            event.data.as_ref(),
            event.metadata.as_deref(),
            append.created_at().or(event.created_at).unwrap_or(now).unix_micros(),
        ])?;
    }
    Ok(())
}

/// Those of the append's events that are already stored anywhere, in its order.
fn stored(db: &Transaction<'_>, append: &Append) -> Result<Vec<StoredPlace>> {
    let mut select = db.prepare_cached(
        "SELECT name, version, position, type = ?2 AND data = ?3 FROM numbered WHERE reader = 0 AND id = ?1",
    )?;
    let mut stored = Vec::new();
    for event in append.events() {
        let wanted = params![Uuid::from(event.id), event.event_type.as_str(), event.data.as_ref()];
        if let Some(row) = select.query(wanted)?.next()? {
            let (stream, version, position, has_same_content): (String, u64, u64, bool) = row.try_into()?;
            let stream = StreamName::from_storage(stream);
            let version = StreamVersion::from_storage(version)?;
            let position = Position::from_storage(position)?;
            stored.push(StoredPlace {
                id: event.id,
                stream,
                version,
                position,
                has_same_content,
            });
        }
    }
    Ok(stored)
}
