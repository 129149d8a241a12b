use clap::Subcommand;

use super::{Index, Init, Migrate, UrlConnector, backup, drop, reset};
use crate::output::Output;
use crate::{BackendCommands, Failure};

/// The commands that make, change, copy and remove a store.
#[derive(Subcommand)]
pub enum StoreCommands {
    /// Creates the database or the SQLite file that the URL names, unless it exists
    Create,
    /// Removes the event store, without tables of other applications
    Drop(drop::Drop),
    /// Makes an empty event store in the database or the file, unless there is one
    Init(Init),
    /// Brings the tables to the version that this program works on
    Migrate(Migrate),
    /// Prints the history of the tables; fails if migrations are pending
    Migrations,
    /// Empties the event store
    Reset(reset::Reset),
    /// Lists, creates or drops the indexes that a store need not have: on correlation ids and on causation ids
    #[command(subcommand)]
    Index(Index),
    /// Copies a SQLite store to a new file while it is in use
    Backup(backup::Backup),
}

impl BackendCommands<UrlConnector> for StoreCommands {
    async fn run(self, connector: &UrlConnector, mut output: Output) -> Result<(), Failure> {
        let backend = connector.backend()?;
        match self {
            Self::Create => backend.create(&output).await,
            Self::Drop(drop) => drop.run(&*backend, &output).await,
            Self::Init(init) => backend.init(init, &output).await,
            Self::Migrate(migrate) => backend.migrate(migrate, &mut output).await,
            Self::Migrations => backend.migrations(&mut output).await,
            Self::Reset(reset) => reset.run(&*backend, &output).await,
            Self::Index(index) => backend.index(index, &mut output).await,
            Self::Backup(backup) => backup.run(&*backend, &output).await,
        }
    }
}
