use eventstore_core::Result;
use rusqlite::Row;
use rusqlite::types::FromSql;

use crate::error::failed;

/// The value of a column of a row.
pub(crate) fn column<T: FromSql>(row: &Row<'_>, index: usize) -> Result<T> {
    row.get(index).map_err(failed)
}

/// The value of a column of a row that holds a number.
pub(crate) fn integer(row: &Row<'_>, index: usize) -> Result<i64> {
    column(row, index)
}
