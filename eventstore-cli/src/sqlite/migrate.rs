use eventstore_sqlite::SqliteAdmin;

use crate::failure::Failure;
use crate::output::Output;

/// Brings the tables up to date; there is one version as yet.
pub(super) async fn run(admin: &SqliteAdmin, output: &Output) -> Result<(), Failure> {
    admin.migrate().await?;
    output.note("the event store was up to date already; nothing was changed");
    Ok(())
}
