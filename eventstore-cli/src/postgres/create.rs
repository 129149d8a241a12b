use eventstore_postgres::{Creation, PostgresAdmin};

use crate::failure::Failure;
use crate::output::Output;

/// Creates the database.
pub(super) async fn run(admin: &PostgresAdmin, output: &Output) -> Result<(), Failure> {
    output.note(match admin.create_database().await? {
        Creation::Created => "the database was created; make the event store in it with `eventstore init`",
        Creation::AlreadyExisted => "the database existed already; nothing was changed",
    });
    Ok(())
}
