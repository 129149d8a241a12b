use eventstore_core::Result;
use rusqlite::Params;

use crate::connection::Change;
use crate::error::failed;

/// Runs a statement, and returns how many rows it has changed.
pub(super) fn execute(change: &Change<'_>, statement: &str, parameters: impl Params) -> Result<usize> {
    let mut statement = change.prepare_cached(statement).map_err(failed)?;
    statement.execute(parameters).map_err(failed)
}
