use eventstore_sqlite::{Removal, SqliteAdmin};

use crate::failure::Failure;
use crate::output::Output;

/// Removes the store, and its file if nothing else is in it.
pub(super) async fn run(admin: &SqliteAdmin, output: &Output) -> Result<(), Failure> {
    output.note(match admin.drop().await? {
        Removal::Removed => "the event store was removed",
        Removal::WasAbsent => "there was no such file; nothing was changed",
    });
    Ok(())
}
