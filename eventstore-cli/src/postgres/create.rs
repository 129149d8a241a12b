use eventstore_postgres::Creation;
use eventstore_postgres::PostgresAdmin;

use super::PostgresConnector;
use crate::failure::Failure;
use crate::output::Output;

/// Creates the database.
pub(super) async fn run(connector: &PostgresConnector, output: &Output) -> Result<(), Failure> {
    let config = connector.config()?;
    output.note(match PostgresAdmin::new(config.clone()).create_database().await? {
        Creation::Created => "the database was created; make the event store in it with `eventstore init`",
        Creation::AlreadyExisted => "the database existed already; nothing was changed",
    });
    Ok(())
}
