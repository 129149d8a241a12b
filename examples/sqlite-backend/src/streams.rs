use eventstore_core::{StreamInfo, StreamName, StreamSelector, Timestamp};
use rusqlite::{OptionalExtension, Row, Transaction};

use crate::failure::{Failure, stored};

type Columns = (i64, String, i64, i64);

pub(crate) fn find(transaction: &Transaction<'_>, selector: &StreamSelector) -> Result<Option<StreamInfo>, Failure> {
    let mut statement =
        transaction.prepare_cached("SELECT id, name, version, created_at FROM streams WHERE name = ?1")?;
    let found = statement.query_row([selector.as_str()], columns).optional()?;
    found.map(info).transpose()
}

pub(crate) fn get(transaction: &Transaction<'_>, selector: &StreamSelector) -> Result<StreamInfo, Failure> {
    find(transaction, selector)?.ok_or_else(|| selector.not_found().into())
}

pub(crate) fn all(transaction: &Transaction<'_>) -> Result<Vec<StreamInfo>, Failure> {
    let mut statement = transaction.prepare_cached("SELECT id, name, version, created_at FROM streams")?;
    statement.query_map([], columns)?.map(|found| info(found?)).collect()
}

pub(crate) fn create(transaction: &Transaction<'_>, name: &StreamName, at: Timestamp) -> Result<i64, Failure> {
    let mut statement =
        transaction.prepare_cached("INSERT INTO streams (name, version, created_at) VALUES (?1, 0, ?2)")?;
    Ok(statement.insert((name.as_str(), at.unix_micros()))?)
}

fn columns(row: &Row<'_>) -> rusqlite::Result<Columns> {
    row.try_into()
}

fn info((id, name, version, created_at): Columns) -> Result<StreamInfo, Failure> {
    Ok(StreamInfo {
        selector: match id {
            0 => StreamSelector::All,
            _ => StreamName::from_storage(name).into(),
        },
        id: stored(id)?,
        version: stored(version)?,
        created_at: time(created_at)?,
        deleted_at: None,
    })
}

pub(crate) fn time(micros: i64) -> Result<Timestamp, Failure> {
    Timestamp::from_unix_micros(micros)
        .map_err(|error| crate::failure::storage("a stored time is invalid", error).into())
}
