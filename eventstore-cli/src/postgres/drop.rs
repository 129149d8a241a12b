use clap::Args;
use eventstore_postgres::PostgresAdmin;
use eventstore_postgres::Removal;

use super::PostgresConnector;
use crate::command::Confirmation;
use crate::failure::Failure;
use crate::output::Output;

/// What to remove.
#[derive(Args)]
pub struct Drop {
    #[command(flatten)]
    confirmation: Confirmation,
    /// Removes the database as well, if it holds no other tables
    #[arg(long)]
    database: bool,
}

impl Drop {
    /// Removes the event store.
    pub(super) async fn run(self, connector: &PostgresConnector, output: &Output) -> Result<(), Failure> {
        let config = connector.config()?;
        self.confirmation.demand("removes the event store and all its events")?;
        if self.database {
            return self.drop_database(&config, output).await;
        }
        output.note(match PostgresAdmin::new(config.clone()).drop().await? {
            Removal::Removed => "the event store was removed",
            Removal::WasAbsent => "there was no event store; nothing was changed",
        });
        Ok(())
    }

    async fn drop_database(
        &self,
        config: &eventstore_postgres::PostgresConfig,
        output: &Output,
    ) -> Result<(), Failure> {
        match PostgresAdmin::new(config.clone()).drop().await {
            Ok(_) => {}
            Err(eventstore_core::Error::NotInitialized { message })
                if message.ends_with("create the database first") => {}
            Err(error) => return Err(error.into()),
        }
        output.note(match PostgresAdmin::new(config.clone()).drop_database().await? {
            Removal::Removed => "the event store and its database were removed",
            Removal::WasAbsent => "there was no such database; nothing was changed",
        });
        Ok(())
    }
}
