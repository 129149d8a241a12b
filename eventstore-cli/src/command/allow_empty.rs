use std::fmt::Display;

use clap::Args;

use crate::failure::Failure;

/// Whether an empty text is meant: it is what a shell makes of a variable that is not set.
#[derive(Args)]
pub(crate) struct AllowEmpty {
    /// Takes an empty name or type, which otherwise counts as a variable of the shell that is not set
    #[arg(long)]
    pub(crate) allow_empty: bool,
}

impl AllowEmpty {
    /// Refuses an empty text unless it is allowed.
    pub(crate) fn check(&self, what: &str, text: impl Display) -> Result<(), Failure> {
        if self.allow_empty || !text.to_string().is_empty() {
            return Ok(());
        }
        Err(Failure::Usage(format!(
            "{what} is empty: use --allow-empty if it is meant"
        )))
    }
}
