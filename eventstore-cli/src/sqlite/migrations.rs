use eventstore_sqlite::SqliteAdmin;

use crate::failure::Failure;
use crate::output::{MigrationRow, Output};

/// Prints the history of the tables, of which there is one version as yet.
pub(super) async fn run(admin: &SqliteAdmin, output: &mut Output) -> Result<(), Failure> {
    let mut rows = vec![row("completed", "the tables of an event store in a SQLite file")];
    if !admin.is_migrated().await? {
        rows.push(row(
            "pending",
            "adds a table for what the holders of subscriptions report",
        ));
    }
    output.rows(rows)?;
    output.flush()
}

fn row(state: &'static str, description: &'static str) -> MigrationRow {
    MigrationRow {
        version: "1".to_owned(),
        state,
        applied_at: None,
        description,
    }
}
