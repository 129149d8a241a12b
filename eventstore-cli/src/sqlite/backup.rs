use std::path::Path;

use eventstore_sqlite::SqliteAdmin;

use crate::failure::Failure;
use crate::output::Output;

/// Copies the store to a new file.
pub(super) async fn run(admin: &SqliteAdmin, file: &Path, output: &Output) -> Result<(), Failure> {
    admin.backup(file).await?;
    output.note(&format!("the event store was copied to {}", file.display()));
    Ok(())
}
