#![doc = include_str!("../README.md")]

mod arguments;
mod at_least_one;
mod backend;
mod command;
mod exit_code;
mod failure;
mod json;
mod message;
mod output;
mod portable;
mod printer;
mod stop_signal;

use std::process::ExitCode;

use tokio::runtime::Runtime;

use crate::arguments::Arguments;
use crate::failure::Failure;
use crate::output::Output;

fn main() -> ExitCode {
    match Arguments::parse().and_then(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if let Some(text) = failure.message() {
                message::print(&text);
            }
            exit_code::of(&failure)
        }
    }
}

fn run(arguments: Arguments) -> Result<(), Failure> {
    let output = Output::new(arguments.options.format, arguments.options.quiet);
    let runtime = Runtime::new().map_err(Failure::Start)?;
    let outcome = runtime.block_on(arguments.command.run(&arguments.options, output));
    // A write to a reader that has stopped reading must not keep the program from ending.
    runtime.shutdown_background();
    outcome
}
