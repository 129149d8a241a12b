use eventstore_sqlite::{Removal, SqliteAdmin};

use crate::failure::Failure;
use crate::output::Output;

/// Removes the file, with the log and the index of the log beside it.
pub(super) async fn run(admin: &SqliteAdmin, output: &Output) -> Result<(), Failure> {
    output.note(match admin.drop().await? {
        Removal::Removed => "the event store was removed with its file",
        Removal::WasAbsent => "there was no such file; nothing was changed",
    });
    Ok(())
}
