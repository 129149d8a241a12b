use eventstore_sqlite::{Creation, SqliteAdmin};

use crate::failure::Failure;
use crate::output::Output;

/// Makes the event store, and the file if it is missing.
pub(super) async fn run(admin: &SqliteAdmin, output: &Output) -> Result<(), Failure> {
    output.note(match admin.initialize().await? {
        Creation::Created => "the event store was initialized",
        Creation::AlreadyExisted => "the event store was initialized already; nothing was changed",
    });
    Ok(())
}
