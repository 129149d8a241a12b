use eventstore_core::Error;
use eventstore_postgres::{PostgresAdmin, Removal};

use crate::failure::Failure;
use crate::output::Output;

/// Removes the event store.
pub(super) async fn run(admin: &PostgresAdmin, output: &Output) -> Result<(), Failure> {
    output.note(match admin.drop().await? {
        Removal::Removed => "the event store was removed",
        Removal::WasAbsent => "there was no event store; nothing was changed",
    });
    Ok(())
}

/// Removes the event store, and its database, which must hold nothing else.
pub(super) async fn run_with_database(admin: &PostgresAdmin, output: &Output) -> Result<(), Failure> {
    match admin.drop().await {
        Ok(_) => {}
        Err(Error::NotInitialized { message }) if message.ends_with("create the database first") => {}
        Err(error) => return Err(error.into()),
    }
    output.note(match admin.drop_database().await? {
        Removal::Removed => "the event store and its database were removed",
        Removal::WasAbsent => "there was no such database; nothing was changed",
    });
    Ok(())
}
