use std::io::stdout;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::arguments::Arguments;

/// For which shell.
#[derive(Args)]
pub(crate) struct Completion {
    /// The shell
    shell: Shell,
}

impl Completion {
    /// Prints the script that makes the shell complete the words of this program.
    pub(crate) fn run(self) {
        clap_complete::generate(self.shell, &mut Arguments::command(), "eventstore", &mut stdout());
    }
}
