use eventstore_sqlite::SqliteAdmin;

use crate::failure::Failure;
use crate::output::{MigrationRow, Output};

/// Prints the history of the tables, of which there is one version as yet.
pub(super) async fn run(admin: &SqliteAdmin, output: &mut Output) -> Result<(), Failure> {
    admin.migrate().await?;
    output.rows([MigrationRow {
        version: "1".to_owned(),
        state: "completed",
        applied_at: None,
        description: "the tables of an event store in a SQLite file",
    }])?;
    output.flush()
}
