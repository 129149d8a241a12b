use std::io::{IsTerminal, stdout};

use clap::ValueEnum;

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// One JSON object a line, for programs
    Jsonl,
    /// Aligned text, for people
    Table,
}

impl Format {
    /// The format that suits what stdout is connected to.
    pub(crate) fn of_stdout() -> Self {
        if stdout().is_terminal() {
            Self::Table
        } else {
            Self::Jsonl
        }
    }
}
