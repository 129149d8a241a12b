use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use tokio::runtime::Runtime;

use crate::arguments::Arguments;
use crate::message;
use crate::output::Output;
use crate::{Connector, Failure};

/// Runs the program on one kind of store: executes the command line of the process, prints on its standard output, and
/// tells on one line of its standard error what failed.
///
/// Returns the exit status that scripts depend on. It makes a runtime of its own, and takes SIGINT and SIGTERM over while a
/// subscription or a tail runs.
pub fn main<C: Connector>() -> ExitCode {
    match Arguments::<C>::parse().and_then(run_alone) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if let Some(text) = failure.message() {
                message::print(&text);
            }
            ExitCode::from(failure.status())
        }
    }
}

fn run_alone<C: Connector>(arguments: Arguments<C>) -> Result<(), Failure> {
    let output = Output::to_stdout(arguments.options.format, arguments.options.quiet);
    let runtime = Runtime::new().map_err(Failure::Start)?;
    let outcome = runtime.block_on(arguments.run(output));
    // A write to a reader that has stopped reading must not keep the program from ending.
    runtime.shutdown_background();
    outcome
}

/// Does what these arguments say, the name of the program first, and writes results to `results`: lines of JSON unless the
/// arguments ask for tables. Notes go to the standard error.
///
/// # Errors
///
/// The [`Failure`] that the program would end with. Help and version that are asked for are printed, and end the process.
pub async fn run<C: Connector>(
    arguments: impl IntoIterator<Item = impl Into<OsString> + Clone>,
    results: impl Write + Send + Sync + 'static,
) -> Result<(), Failure> {
    let arguments = Arguments::<C>::parse_from(arguments)?;
    let output = Output::to(Box::new(results), arguments.options.format, arguments.options.quiet);
    arguments.run(output).await
}
