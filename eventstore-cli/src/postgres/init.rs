use clap::{Args, ValueEnum};
use eventstore_postgres::PostgresAdmin;
use eventstore_postgres::{Creation, DataType, Layout};

use super::PostgresConnector;
use crate::failure::Failure;
use crate::output::Output;

/// How the event store is laid out.
#[derive(Args)]
pub struct Init {
    /// How the tables are laid out
    #[arg(long, value_enum, default_value_t = LayoutName::Compact)]
    layout: LayoutName,
    /// The type of the columns for data and metadata
    #[arg(long, value_enum, default_value_t = DataTypeName::Bytea, value_name = "TYPE")]
    data_type: DataTypeName,
}

#[derive(Clone, Copy, ValueEnum)]
enum LayoutName {
    /// One row an event
    Compact,
    /// The tables of the Elixir EventStore
    Original,
}

#[derive(Clone, Copy, ValueEnum)]
enum DataTypeName {
    /// Any bytes, kept as they are
    Bytea,
    /// JSON, kept as values that SQL can query
    Jsonb,
}

impl From<LayoutName> for Layout {
    fn from(name: LayoutName) -> Self {
        match name {
            LayoutName::Compact => Self::Compact,
            LayoutName::Original => Self::Original,
        }
    }
}

impl From<DataTypeName> for DataType {
    fn from(name: DataTypeName) -> Self {
        match name {
            DataTypeName::Bytea => Self::Bytea,
            DataTypeName::Jsonb => Self::Jsonb,
        }
    }
}

impl Init {
    /// Makes the event store.
    pub(super) async fn run(self, connector: &PostgresConnector, output: &Output) -> Result<(), Failure> {
        let config = connector.config()?;
        let creation = PostgresAdmin::new(config.clone())
            .initialize(self.layout.into(), self.data_type.into())
            .await?;
        output.note(match creation {
            Creation::Created => "the event store was initialized",
            Creation::AlreadyExisted => "the event store was initialized already; nothing was changed",
        });
        Ok(())
    }
}
