use std::time::Duration;

use clap::{ArgMatches, Args, Command, FromArgMatches, Subcommand};
use eventstore_core::{Error, EventStore};

use crate::output::Output;
use crate::{Failure, Observation};

mod health;

pub use health::Check;
#[cfg(feature = "program")]
pub(crate) use health::{further as further_checks, of_store as health_of};

/// What the program connects for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Purpose {
    /// Single calls.
    Calls,
    /// Work on the whole store, which should not go through a pooler.
    WholeStore,
    /// A hard delete.
    HardDelete {
        /// Whether the command line enables hard deletes where the settings say nothing about them.
        is_enabled: bool,
    },
}

/// A kind of store that the program works on: its options on the command line, and how to connect.
///
/// ```
/// use eventstore_cli::{Connector, Failure, NoCommands, Purpose};
/// use eventstore_testkit::MemoryStore;
///
/// #[derive(clap::Args)]
/// struct InMemory {
///     /// How the store is called
///     #[arg(long, global = true, default_value = "scratch")]
///     store: String,
/// }
///
/// impl Connector for InMemory {
///     type Store = MemoryStore;
///     type Commands = NoCommands;
///
///     async fn connect(&self, _: Purpose) -> Result<MemoryStore, Failure> {
///         Ok(MemoryStore::new())
///     }
/// }
///
/// # async fn example() -> Result<(), Failure> {
/// // As `fn main() -> ExitCode { eventstore_cli::main::<InMemory>() }` does with the arguments of the process:
/// eventstore_cli::run::<InMemory>(["memory", "read", "$all"], std::io::stdout()).await
/// # }
/// ```
pub trait Connector: Args + Send + Sync + 'static {
    /// The name of the program.
    const NAME: &'static str = "eventstore";

    /// The store.
    type Store: EventStore + 'static;

    /// The commands that only this kind of store has; [`NoCommands`] if there are none.
    type Commands: BackendCommands<Self>;

    /// Refuses options that no store can be connected with, before anything is read or asked.
    ///
    /// # Errors
    ///
    /// [`Failure::Usage`], for example.
    fn check(&self) -> Result<(), Failure> {
        Ok(())
    }

    /// Connects.
    ///
    /// # Errors
    ///
    /// [`Failure::Usage`] if the options name no store, or the error of the store.
    fn connect(&self, purpose: Purpose) -> impl Future<Output = Result<Self::Store, Failure>> + Send;

    /// Connects to the store in another schema of the same database.
    ///
    /// # Errors
    ///
    /// As of [`connect`](Self::connect), and [`Failure::Usage`] if this kind of store has no schemas.
    fn connect_to_schema(&self, schema: &str) -> impl Future<Output = Result<Self::Store, Failure>> + Send {
        let refusal = Failure::Usage(format!("{schema}: this kind of store is in no schema"));
        async { Err(refusal) }
    }

    /// How long a command that has to end by itself waits for a storage that does not let it begin.
    fn patience(&self) -> Duration {
        Duration::from_secs(10)
    }

    /// Checks the whole store; without an implementation of its own, as [`verify`](crate::verify) does.
    ///
    /// # Errors
    ///
    /// If the store cannot be checked; findings are no errors.
    fn verify(&self, report: &mut (dyn FnMut(Observation) + Send)) -> impl Future<Output = Result<(), Failure>> {
        self.verify_by_reading(report)
    }

    /// Checks the whole store over its traits alone: see [`verify`](crate::verify).
    ///
    /// # Errors
    ///
    /// As of [`verify`](Self::verify).
    fn verify_by_reading(
        &self,
        report: &mut (dyn FnMut(Observation) + Send),
    ) -> impl Future<Output = Result<(), Failure>> {
        async move {
            let store = self.connect(Purpose::WholeStore).await?;
            Ok(crate::verify(&store, report).await?)
        }
    }

    /// What helps against an error of this kind of store, as a remark after the message; `None` if it is what helps with any store.
    fn remedy(&self, error: &Error) -> Option<&'static str> {
        let _ = error;
        None
    }

    /// Ends what [`connect`](Self::connect) has begun; called once, after the command, whatever its outcome.
    fn finish(&self) -> impl Future<Output = ()> {
        async {}
    }

    /// Checks how the store is doing, one check after the other; a failed check says by itself whether the others could be made.
    fn health(&self) -> impl Future<Output = Vec<Check>> {
        health::of(self)
    }
}

/// Commands that one kind of store has beside those that all have.
pub trait BackendCommands<C>: Subcommand {
    /// Runs the command.
    ///
    /// # Errors
    ///
    /// If the command fails.
    fn run(self, connector: &C, output: Output) -> impl Future<Output = Result<(), Failure>>;
}

/// No commands beside those that all stores have.
#[derive(Debug, Clone, Copy)]
pub enum NoCommands {}

impl<C> BackendCommands<C> for NoCommands {
    async fn run(self, _: &C, _: Output) -> Result<(), Failure> {
        match self {}
    }
}

impl FromArgMatches for NoCommands {
    fn from_arg_matches(_: &ArgMatches) -> Result<Self, clap::Error> {
        Err(clap::Error::new(clap::error::ErrorKind::MissingSubcommand))
    }

    fn update_from_arg_matches(&mut self, _: &ArgMatches) -> Result<(), clap::Error> {
        match *self {}
    }
}

impl Subcommand for NoCommands {
    fn augment_subcommands(command: Command) -> Command {
        command
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        command
    }

    fn has_subcommand(_: &str) -> bool {
        false
    }
}
