use clap::Args;

use super::Backend;
use crate::command::Confirmation;
use crate::failure::Failure;
use crate::output::Output;

/// What to remove.
#[derive(Args)]
pub struct Drop {
    #[command(flatten)]
    confirmation: Confirmation,
    /// Removes the database as well, if it holds no other tables; a SQLite file is removed without it
    #[arg(long)]
    database: bool,
}

impl Drop {
    pub(super) async fn run(self, backend: &dyn Backend, output: &Output) -> Result<(), Failure> {
        self.confirmation.demand(backend.removal())?;
        backend.remove(self.database, output).await
    }
}
