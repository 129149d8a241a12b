use clap::Args;

use super::Backend;
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
    pub(super) async fn run(self, backend: &dyn Backend, output: &Output) -> Result<(), Failure> {
        self.confirmation
            .demand("removes all events, streams, subscriptions and snapshots")?;
        backend.reset(output).await
    }
}
