use clap::{Args, Subcommand, ValueEnum};

use crate::Failure;
use crate::command::Confirmation;

/// What to do with the indexes that a store need not have.
#[derive(Subcommand)]
pub enum Index {
    /// Prints which indexes there are
    List,
    /// Creates an index while everything else goes on, unless there is one
    Create {
        /// The index
        index: Name,
    },
    /// Drops an index, if there is one
    Drop(Drop),
}

/// Which index to drop, and that it is meant.
#[derive(Args)]
pub struct Drop {
    /// The index
    pub(crate) index: Name,
    #[command(flatten)]
    confirmation: Confirmation,
}

impl Drop {
    /// Refuses a command that was not confirmed.
    pub(crate) fn demand_confirmation(&self) -> Result<(), Failure> {
        self.confirmation
            .demand("makes reads by correlation id examine all events")
    }
}

/// An index that a store need not have.
#[derive(Clone, Copy, ValueEnum)]
pub enum Name {
    /// By which `--correlation` finds events at once
    Correlation,
}
