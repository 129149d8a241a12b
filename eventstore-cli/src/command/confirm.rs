use clap::Args;

use crate::failure::Failure;

/// The confirmation that a command needs before it removes something for good.
#[derive(Args)]
pub(crate) struct Confirmation {
    /// Confirms the command, which cannot be undone
    #[arg(long)]
    yes: bool,
}

impl Confirmation {
    /// Refuses a command that was not confirmed.
    pub(crate) fn demand(&self, effect: &str) -> Result<(), Failure> {
        if self.yes {
            return Ok(());
        }
        Err(Failure::Usage(format!("this {effect}: confirm it with --yes")))
    }
}
