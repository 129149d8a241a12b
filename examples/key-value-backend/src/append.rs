use std::time::SystemTime;

use anyhow::Result;
use eventstore_core::backend::{StoredPlace, StreamState};
use eventstore_core::{
    Append, AppendReceipt, AppendSet, Error, EventNumber, Position, RecordedEvent, StreamSelector, Timestamp,
};
use redb::{ReadableTable, WriteTransaction};

use crate::tables::{EVENTS, IDS, STREAMS, VERSIONS};
use crate::{read, streams};

/// Readers take for granted that the tables exist.
pub(crate) fn create_tables(db: &WriteTransaction) -> Result<()> {
    db.open_table(EVENTS)?;
    db.open_table(IDS)?;
    db.open_table(VERSIONS)?;
    let (mut streams, now) = (db.open_table(STREAMS)?, SystemTime::now().try_into()?);
    if streams::find(&streams, &StreamSelector::All)?.is_none() {
        streams::grow(&mut streams, StreamSelector::All, 0.into(), now)?;
    }
    Ok(())
}

pub(crate) fn append_all(db: &WriteTransaction, set: &AppendSet) -> Result<Vec<AppendReceipt>> {
    set.appends().iter().map(|each| append(db, each)).collect()
}

pub(crate) fn append(db: &WriteTransaction, append: &Append) -> Result<AppendReceipt> {
    let stored = stored(db, append)?;
    if append.is_idempotent()
        && let Some(earlier) = append.earlier_receipt(&stored)?
    {
        return Ok(earlier);
    }
    let receipt = decide(db, append)?;
    if let Some(&StoredPlace { id: event_id, .. }) = stored.first() {
        return Err(Error::DuplicateEvent { event_id }.into());
    }
    write(db, append, &receipt)?;
    Ok(receipt)
}

/// Where the events go, if the stream is as the append expects it.
fn decide(db: &WriteTransaction, append: &Append) -> Result<AppendReceipt> {
    let (stream, expected, streams) = (append.stream(), append.expected(), db.open_table(STREAMS)?);
    let known = streams::find(&streams, &stream.clone().into())?.map(|info| info.version);
    let state = known.map_or(StreamState::Absent, |version| StreamState::Present { version });
    let checked = expected.check(state);
    let version = checked.map_err(|refusal| expected.refused(stream, state, refusal))?;
    let end = EventNumber::from(streams::get(&streams, &StreamSelector::All)?.version).into();
    let events = append.events().len().try_into()?;
    Ok(AppendReceipt::following(stream.clone(), version, end, events)?)
}

fn write(db: &WriteTransaction, append: &Append, receipt: &AppendReceipt) -> Result<()> {
    let (stream, now) = (append.stream(), Timestamp::try_from(SystemTime::now())?);
    let (mut position, mut version) = (receipt.first_position, receipt.first_version);
    let (mut events, mut ids, mut versions) = (db.open_table(EVENTS)?, db.open_table(IDS)?, db.open_table(VERSIONS)?);
    for event in append.events() {
        let created_at = append.created_at().or(event.created_at).unwrap_or(now);
        let recorded = RecordedEvent::new(event.clone(), stream.clone(), version, created_at).with_position(position);
        events.insert(position.get(), &*postcard::to_stdvec(&recorded)?)?;
        ids.insert(event.id.as_uuid().as_u128(), position.get())?;
        versions.insert((stream.as_str(), version.get()), position.get())?;
        (position, version) = (position.next(), version.next());
    }
    let (mut streams, now) = (db.open_table(STREAMS)?, append.created_at().unwrap_or(now));
    let end = EventNumber::from(receipt.last_position).into();
    streams::grow(&mut streams, StreamSelector::All, end, now)?;
    streams::grow(&mut streams, stream.clone().into(), receipt.last_version, now)
}

/// Those of the append's events that are already stored anywhere, in its order.
fn stored(db: &WriteTransaction, append: &Append) -> Result<Vec<StoredPlace>> {
    let (events, ids) = (db.open_table(EVENTS)?, db.open_table(IDS)?);
    let mut stored = Vec::new();
    for event in append.events() {
        if let Some(position) = ids.get(event.id.as_uuid().as_u128())? {
            let found = read::event(&events, position.value())?;
            stored.push(StoredPlace {
                id: event.id,
                version: found.stream_version,
                position: Position::from_storage(position.value())?,
                has_same_content: found.event_type == event.event_type && found.data == event.data,
                stream: found.stream,
            });
        }
    }
    Ok(stored)
}
