use eventstore_postgres::PostgresAdmin;

use crate::failure::Failure;
use crate::output::Output;

/// Empties the store.
pub(super) async fn run(admin: &PostgresAdmin, output: &Output) -> Result<(), Failure> {
    admin.reset().await?;
    output.note("the event store was emptied");
    Ok(())
}
