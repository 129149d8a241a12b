use clap::{Args, Subcommand, ValueEnum};
use eventstore_postgres::PostgresAdmin;
use eventstore_postgres::{CorrelationIndex, Creation, Removal};
use serde::Serialize;

use super::PostgresConnector;
use crate::Failure;
use crate::command::Confirmation;
use crate::output::{Output, TableRow};

/// What to do with the indexes that a store need not have.
#[derive(Subcommand)]
pub enum Index {
    /// Prints which indexes there are
    List,
    /// Creates an index while everything else goes on, unless there is one
    Create {
        /// The index
        index: Name,
    },
    /// Drops an index, if there is one
    Drop(Drop),
}

/// Which index to drop, and that it is meant.
#[derive(Args)]
pub struct Drop {
    /// The index
    index: Name,
    #[command(flatten)]
    confirmation: Confirmation,
}

/// An index that a store need not have.
#[derive(Clone, Copy, ValueEnum)]
pub enum Name {
    /// By which `--correlation` finds events at once
    Correlation,
}

#[derive(Serialize)]
struct IndexRow {
    index: &'static str,
    state: &'static str,
}

impl TableRow for IndexRow {
    const HEAD: &'static [&'static str] = &["INDEX", "STATE"];

    fn cells(&self) -> Vec<String> {
        vec![self.index.to_owned(), self.state.to_owned()]
    }
}

impl Index {
    pub(super) async fn run(self, connector: &PostgresConnector, output: Output) -> Result<(), Failure> {
        match self {
            Self::List => list(connector, output).await,
            Self::Create {
                index: Name::Correlation,
            } => create(connector, &output).await,
            Self::Drop(Drop {
                index: Name::Correlation,
                confirmation,
            }) => {
                confirmation.demand("makes reads by correlation id examine all events")?;
                drop(connector, &output).await
            }
        }
    }
}

async fn list(connector: &PostgresConnector, mut output: Output) -> Result<(), Failure> {
    let state = match PostgresAdmin::new(connector.config()?.clone())
        .correlation_index()
        .await?
    {
        CorrelationIndex::Absent => "absent",
        CorrelationIndex::Invalid => "invalid",
        CorrelationIndex::Valid => "valid",
    };
    output.rows([IndexRow {
        index: "correlation",
        state,
    }])?;
    output.flush()
}

async fn create(connector: &PostgresConnector, output: &Output) -> Result<(), Failure> {
    let config = connector.config()?;
    output.note(
        match PostgresAdmin::new(config.clone()).create_correlation_index().await? {
            Creation::Created => "the index was created; connect every service again to use it",
            Creation::AlreadyExisted => "the index existed already; nothing was changed",
        },
    );
    Ok(())
}

async fn drop(connector: &PostgresConnector, output: &Output) -> Result<(), Failure> {
    let config = connector.config()?;
    output.note(
        match PostgresAdmin::new(config.clone()).drop_correlation_index().await? {
            Removal::Removed => "the index was dropped",
            Removal::WasAbsent => "there was no such index; nothing was changed",
        },
    );
    Ok(())
}
