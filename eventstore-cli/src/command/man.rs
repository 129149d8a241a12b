use std::io;

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use crate::Connector;
use crate::arguments::Arguments;
use crate::failure::Failure;
use crate::output::Output;

/// Prints the manual in the format of man pages, the program first and then its commands.
pub(crate) fn run<C: Connector>(mut output: Output) -> Result<(), Failure> {
    let mut pages = Vec::new();
    render(Arguments::<C>::command(), &mut pages).map_err(Failure::Output)?;
    output.bytes(&pages)
}

fn render(program: Command, pages: &mut Vec<u8>) -> io::Result<()> {
    let mut program = program.disable_help_subcommand(true);
    program.build();
    Man::new(program.clone()).render(pages)?;
    for command in program.get_subcommands() {
        Man::new(command.clone()).render(pages)?;
    }
    Ok(())
}
