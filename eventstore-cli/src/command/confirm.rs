use clap::Args;

use crate::failure::Failure;

/// What is asked for before something is removed for good.
#[derive(Args)]
pub(crate) struct Confirmation {
    /// Confirms that it is to be done: it cannot be undone
    #[arg(long)]
    yes: bool,
}

impl Confirmation {
    /// Refuses what was not confirmed.
    pub(crate) fn demand(&self, effect: &str) -> Result<(), Failure> {
        if self.yes {
            return Ok(());
        }
        Err(Failure::Usage(format!("this {effect}: confirm it with --yes")))
    }
}
