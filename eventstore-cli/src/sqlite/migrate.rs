use eventstore_sqlite::SqliteAdmin;

use crate::failure::Failure;
use crate::output::Output;

/// Adds the table of what holders report, if the file has none; there is one version as yet.
pub(super) async fn run(admin: &SqliteAdmin, output: &Output) -> Result<(), Failure> {
    if admin.is_migrated().await? {
        output.note("the event store was up to date already; nothing was changed");
        return Ok(());
    }
    admin.migrate().await?;
    output.note("added a table for what the holders of subscriptions report");
    Ok(())
}
