mod append;
mod completion;
mod confirm;
mod create;
mod delete;
mod drop;
mod export;
mod import;
mod info;
mod init;
mod link;
mod man;
mod migrate;
mod migrations;
mod read;
mod reset;
mod snapshot;
mod streams;
mod subscribe;
mod subscriptions;
mod tail;
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
    /// Removes the event store, but no tables of other applications
    Drop(drop::Drop),
    /// Makes an empty event store in the database, unless there is one
    Init(init::Init),
    /// Brings the tables to the version that this program works on
    Migrate(migrate::Migrate),
    /// Prints the history of the tables; fails if migrations are pending
    Migrations,
    /// Empties the event store
    Reset(reset::Reset),
    /// Appends events to a stream, all or none, and prints where they stand
    Append(append::Append),
    /// Prints the events of a stream, or of all streams
    Read(read::Read),
    /// Links events into another stream, all or none, and prints where they stand
    Link(link::Link),
    /// Deletes a stream
    Delete(delete::Delete),
    /// Lists streams
    Streams(streams::Streams),
    /// Prints what is known about a stream
    Info(info::Info),
    /// Runs a persistent subscription: prints events and acknowledges what it has printed
    Subscribe(subscribe::Subscribe),
    /// Prints the events that come from now on
    Tail(tail::Tail),
    /// Lists, deletes or moves stored subscriptions
    Subscriptions(subscriptions::Subscriptions),
    /// Prints, records or deletes a snapshot
    #[command(subcommand)]
    Snapshot(snapshot::Snapshot),
    /// Prints everything as lines of JSON that `import` reads
    Export(export::Export),
    /// Appends what `export` has printed; what is there already is left out
    Import(import::Import),
    /// Checks the whole event store and prints what is wrong
    Verify,
    /// Prints a script by which a shell completes the words of this program
    Completion(completion::Completion),
    /// Prints the manual as man pages
    Man,
}

impl Command {
    /// Does it.
    pub(crate) async fn run(self, options: &GlobalOptions, mut output: Output) -> Result<(), Failure> {
        match self {
            Self::Create => create::run(options, &output).await,
            Self::Drop(drop) => drop.run(options, &output).await,
            Self::Init(init) => init.run(options, &output).await,
            Self::Migrate(migrate) => migrate.run(options, &mut output).await,
            Self::Migrations => migrations::run(options, &mut output).await,
            Self::Reset(reset) => reset.run(options, &output).await,
            Self::Append(append) => append.run(options, output).await,
            Self::Read(read) => read.run(options, output).await,
            Self::Link(link) => link.run(options, output).await,
            Self::Delete(delete) => delete.run(options, &output).await,
            Self::Streams(streams) => streams.run(options, output).await,
            Self::Info(info) => info.run(options, output).await,
            Self::Subscribe(subscribe) => subscribe.run(options, output).await,
            Self::Tail(tail) => tail.run(options, output).await,
            Self::Subscriptions(subscriptions) => subscriptions.run(options, output).await,
            Self::Snapshot(snapshot) => snapshot.run(options, output).await,
            Self::Export(export) => export.run(options, output).await,
            Self::Import(import) => import.run(options, output).await,
            Self::Verify => verify::run(options, output).await,
            Self::Completion(completion) => {
                completion.run();
                Ok(())
            }
            Self::Man => man::run(),
        }
    }
}
