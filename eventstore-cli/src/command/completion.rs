use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::Connector;
use crate::arguments::Arguments;
use crate::failure::Failure;
use crate::output::Output;

/// For which shell.
#[derive(Args)]
pub(crate) struct Completion {
    /// The shell
    shell: Shell,
}

impl Completion {
    /// Prints the script that makes the shell complete the words of this program.
    pub(crate) fn run<C: Connector>(self, mut output: Output) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::<C>::command(), C::NAME, &mut script);
        output.bytes(&script)
    }
}
