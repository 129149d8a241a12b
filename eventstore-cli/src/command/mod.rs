mod append;
mod create;
mod init;
mod read;
mod subscribe;
mod verify;

use clap::Subcommand;

use crate::arguments::GlobalOptions;
use crate::failure::Failure;
use crate::output::Output;

/// What the program can do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Creates the database that the URL names, unless it exists
    Create,
    /// Makes an empty event store in the database, unless there is one
    Init(init::Init),
    /// Appends events to a stream, all or none, and prints where they stand
    Append(append::Append),
    /// Prints the events of a stream, or of all streams
    Read(read::Read),
    /// Runs a persistent subscription: prints events and acknowledges what it has printed
    Subscribe(subscribe::Subscribe),
    /// Checks the whole event store and prints what is wrong
    Verify,
}

impl Command {
    /// Does it.
    pub(crate) async fn run(self, options: &GlobalOptions, output: Output) -> Result<(), Failure> {
        match self {
            Self::Create => create::run(options, &output).await,
            Self::Init(init) => init.run(options, &output).await,
            Self::Append(append) => append.run(options, output).await,
            Self::Read(read) => read.run(options, output).await,
            Self::Subscribe(subscribe) => subscribe.run(options, output).await,
            Self::Verify => verify::run(options, output).await,
        }
    }
}
