use eventstore_postgres::{Migration, PostgresAdmin};

use crate::failure::Failure;
use crate::output::{MigrationRow, Output};

/// Prints the history of the tables; fails if something is pending.
pub(super) async fn run(admin: &PostgresAdmin, output: &mut Output) -> Result<(), Failure> {
    let migrations = admin.migrations().await?;
    output.rows(migrations.iter().map(MigrationRow::from))?;
    output.flush()?;
    match migrations.iter().filter(|migration| migration.is_pending()).count() {
        0 => Ok(()),
        pending => Err(Failure::Pending(pending)),
    }
}

impl From<&Migration> for MigrationRow {
    fn from(migration: &Migration) -> Self {
        Self {
            version: migration.version.to_string(),
            state: if migration.is_pending() { "pending" } else { "completed" },
            applied_at: migration.applied_at.map(|at| at.to_string()),
            description: migration.description,
        }
    }
}
