use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

use crate::Failure;
use crate::command::Confirmation;
use crate::output::TableRow;

/// What to do with the indexes that a store need not have.
#[derive(Subcommand)]
pub enum Index {
    /// Prints which indexes there are
    List,
    /// Creates an index, unless there is one; on PostgreSQL, everything else goes on meanwhile
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
        self.confirmation.demand(match self.index {
            Name::Correlation => "makes reads by correlation id examine all events",
            Name::Causation => "leaves nothing by which to find what an event caused",
        })
    }
}

/// An index that a store need not have.
#[derive(Clone, Copy, ValueEnum)]
pub enum Name {
    /// By which `--correlation` finds events at once
    Correlation,
    /// By which a store finds what an event caused
    Causation,
}

/// One line of the list of indexes.
#[derive(Serialize)]
pub(crate) struct IndexRow {
    /// The index.
    pub(crate) index: &'static str,
    /// Whether it can be used.
    pub(crate) state: &'static str,
}

impl TableRow for IndexRow {
    const HEAD: &'static [&'static str] = &["INDEX", "STATE"];

    fn cells(&self) -> Vec<String> {
        vec![self.index.to_owned(), self.state.to_owned()]
    }
}
