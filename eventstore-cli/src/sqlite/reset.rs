use eventstore_sqlite::SqliteAdmin;

use crate::failure::Failure;
use crate::output::Output;

/// Empties the store.
pub(super) async fn run(admin: &SqliteAdmin, output: &Output) -> Result<(), Failure> {
    admin.reset().await?;
    output.note("the event store was emptied");
    Ok(())
}
