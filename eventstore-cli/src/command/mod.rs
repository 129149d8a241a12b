mod allow_empty;
mod append;
mod completion;
mod confirm;
mod delete;
mod event;
mod export;
mod filters;
mod health;
mod import;
mod info;
mod lines;
mod link;
mod man;
mod parked;
mod projections;
mod read;
mod snapshot;
mod streams;
mod subscribe;
mod subscriptions;
mod tail;
mod ui;
mod undelete;
mod verify;

use clap::Subcommand;

use self::allow_empty::AllowEmpty;
pub(crate) use self::confirm::Confirmation;
use self::filters::Filters;
use crate::failure::Failure;
use crate::output::Output;
use crate::{BackendCommands, Connector};

/// What the program can do.
#[derive(Subcommand)]
pub(crate) enum Command<C: Connector> {
    #[command(flatten)]
    Backend(C::Commands),
    /// Appends events to a stream, all or none, and prints the receipt
    Append(append::Append),
    /// Prints the events of a stream, or of all streams
    Read(read::Read),
    /// Prints one event whole, with every stream that holds it
    Event(event::Event),
    /// Links events into another stream, all or none, and prints the receipt
    Link(link::Link),
    /// Deletes a stream
    Delete(delete::Delete),
    /// Brings a soft-deleted stream back
    Undelete(undelete::Undelete),
    /// Lists streams
    Streams(streams::Streams),
    /// Prints what is known about a stream
    Info(info::Info),
    /// Runs a persistent subscription: prints events and acknowledges what it has printed
    Subscribe(subscribe::Subscribe),
    /// Prints the events that come from now on
    Tail(tail::Tail),
    /// Lists, shows, deletes or moves stored subscriptions
    Subscriptions(subscriptions::Subscriptions),
    /// Lists, shows, replays or discards the parked events of a subscription
    Parked(parked::Parked),
    /// Lists, rebuilds, pauses or promotes the projections that a manager runs
    Projections(projections::Projections),
    /// Prints, records or deletes a snapshot
    #[command(subcommand)]
    Snapshot(snapshot::Snapshot),
    /// Prints everything as lines of JSON that `import` reads
    Export(export::Export),
    /// Appends what `export` has printed; leaves out what is stored already
    Import(import::Import),
    /// Prints how the event store is doing; fails if it is not well
    Health,
    /// Checks the whole event store and prints what is wrong
    Verify(verify::Verify),
    /// Serves web pages that show the event store, until the program is told to end
    Ui(ui::Ui),
    /// Prints a script by which a shell completes the words of this program
    Completion(completion::Completion),
    /// Prints the manual as man pages
    Man,
}

impl<C: Connector> Command<C> {
    /// Runs the command.
    pub(crate) async fn run(self, connector: &C, output: Output) -> Result<(), Failure> {
        match self {
            Self::Backend(command) => Box::pin(command.run(connector, output)).await,
            Self::Append(append) => Box::pin(append.run(connector, output)).await,
            Self::Read(read) => Box::pin(read.run(connector, output)).await,
            Self::Event(event) => Box::pin(event.run(connector, output)).await,
            Self::Link(link) => Box::pin(link.run(connector, output)).await,
            Self::Delete(delete) => Box::pin(delete.run(connector, &output)).await,
            Self::Undelete(undelete) => Box::pin(undelete.run(connector, &output)).await,
            Self::Streams(streams) => Box::pin(streams.run(connector, output)).await,
            Self::Info(info) => Box::pin(info.run(connector, output)).await,
            Self::Subscribe(subscribe) => Box::pin(subscribe.run(connector, output)).await,
            Self::Tail(tail) => Box::pin(tail.run(connector, output)).await,
            Self::Subscriptions(subscriptions) => Box::pin(subscriptions.run(connector, output)).await,
            Self::Parked(parked) => Box::pin(parked.run(connector, output)).await,
            Self::Projections(projections) => Box::pin(projections.run(connector, output)).await,
            Self::Snapshot(snapshot) => Box::pin(snapshot.run(connector, output)).await,
            Self::Export(export) => Box::pin(export.run(connector, output)).await,
            Self::Import(import) => Box::pin(import.run(connector, output)).await,
            Self::Health => Box::pin(health::run(connector, output)).await,
            Self::Verify(verify) => Box::pin(verify.run(connector, output)).await,
            Self::Ui(ui) => Box::pin(ui.run(connector, output)).await,
            Self::Completion(completion) => completion.run::<C>(output),
            Self::Man => man::run::<C>(output),
        }
    }
}
