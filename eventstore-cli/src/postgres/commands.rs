use clap::Subcommand;

use super::{create, drop, index, init, migrate, migrations, reset};
use crate::output::Output;
use crate::{BackendCommands, Failure, PostgresConnector};

/// The commands that make, change and remove a store on PostgreSQL.
#[derive(Subcommand)]
pub enum PostgresCommands {
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
    /// Lists, creates or drops the index on correlation ids
    #[command(subcommand)]
    Index(index::Index),
}

impl BackendCommands<PostgresConnector> for PostgresCommands {
    async fn run(self, connector: &PostgresConnector, mut output: Output) -> Result<(), Failure> {
        match self {
            Self::Create => create::run(connector, &output).await,
            Self::Drop(drop) => drop.run(connector, &output).await,
            Self::Init(init) => init.run(connector, &output).await,
            Self::Migrate(migrate) => migrate.run(connector, &mut output).await,
            Self::Migrations => migrations::run(connector, &mut output).await,
            Self::Reset(reset) => reset.run(connector, &output).await,
            Self::Index(index) => index.run(connector, output).await,
        }
    }
}
