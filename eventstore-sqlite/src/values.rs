//! Values as the tables have them.

use std::time::SystemTime;

use eventstore_core::{Error, Result, Timestamp};
use rusqlite::Row;
use rusqlite::types::FromSql;

use crate::error::failed;

/// The current time.
///
/// # Errors
///
/// [`Error::Storage`] if the clock of the machine shows a year that no timestamp has.
pub(crate) fn now() -> Result<Timestamp> {
    Timestamp::try_from(SystemTime::now()).map_err(|error| Error::storage("the clock of the machine is wrong", error))
}

/// The value of a column of a row.
pub(crate) fn column<T: FromSql>(row: &Row<'_>, index: usize) -> Result<T> {
    row.get(index).map_err(failed)
}

/// The value of a column of a row that holds a number.
pub(crate) fn integer(row: &Row<'_>, index: usize) -> Result<i64> {
    column(row, index)
}

/// Values as a JSON array: a statement takes any number of them as one argument.
pub(crate) fn json_of(values: &[impl Clone + Into<serde_json::Value>]) -> String {
    serde_json::Value::from(values).to_string()
}

/// Texts as a JSON array: a statement takes any number of them as one argument.
pub(crate) fn json_of_texts<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    serde_json::Value::from_iter(texts).to_string()
}
