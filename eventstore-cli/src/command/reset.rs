use clap::Args;

use crate::arguments::GlobalOptions;
use crate::backend;
use crate::command::confirm::Confirmation;
use crate::failure::Failure;
use crate::output::Output;

/// Whether to empty the store.
#[derive(Args)]
pub(crate) struct Reset {
    #[command(flatten)]
    confirmation: Confirmation,
}

impl Reset {
    /// Empties the store.
    pub(crate) async fn run(self, options: &GlobalOptions, output: &Output) -> Result<(), Failure> {
        let config = backend::config(options)?;
        self.confirmation
            .demand("removes all events, streams, subscriptions and snapshots")?;
        eventstore_postgres::reset_store(&config).await?;
        output.note("the event store was emptied");
        Ok(())
    }
}
