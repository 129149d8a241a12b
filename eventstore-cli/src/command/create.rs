use eventstore_postgres::Creation;

use crate::arguments::GlobalOptions;
use crate::backend;
use crate::failure::Failure;
use crate::output::Output;

/// Creates the database.
pub(crate) async fn run(options: &GlobalOptions, output: &Output) -> Result<(), Failure> {
    let config = backend::config(options)?;
    output.note(match eventstore_postgres::create_database(&config).await? {
        Creation::Created => "the database was created; make the event store in it with `eventstore init`",
        Creation::AlreadyExisted => "the database existed already; nothing was changed",
    });
    Ok(())
}
