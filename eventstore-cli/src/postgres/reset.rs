use clap::Args;
use eventstore_postgres::PostgresAdmin;

use super::PostgresConnector;
use crate::command::Confirmation;
use crate::failure::Failure;
use crate::output::Output;

/// Whether to empty the store.
#[derive(Args)]
pub struct Reset {
    #[command(flatten)]
    confirmation: Confirmation,
}

impl Reset {
    /// Empties the store.
    pub(super) async fn run(self, connector: &PostgresConnector, output: &Output) -> Result<(), Failure> {
        let config = connector.config()?;
        self.confirmation
            .demand("removes all events, streams, subscriptions and snapshots")?;
        PostgresAdmin::new(config.clone()).reset().await?;
        output.note("the event store was emptied");
        Ok(())
    }
}
