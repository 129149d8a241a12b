use clap::{Args, ValueEnum};

/// How the event store is laid out, on PostgreSQL.
#[derive(Args)]
pub struct Init {
    /// How the tables are laid out, on PostgreSQL [default: compact]
    #[arg(long, value_enum)]
    pub(crate) layout: Option<LayoutName>,
    /// The type of the columns for data and metadata, on PostgreSQL [default: bytea]
    #[arg(long, value_enum, value_name = "TYPE")]
    pub(crate) data_type: Option<DataTypeName>,
}

/// The name of a layout.
#[derive(Clone, Copy, Default, ValueEnum)]
pub enum LayoutName {
    /// One row an event
    #[default]
    Compact,
    /// The tables of the Elixir EventStore
    Original,
}

/// The name of a type of columns.
#[derive(Clone, Copy, Default, ValueEnum)]
pub enum DataTypeName {
    /// Any bytes, kept as they are
    #[default]
    Bytea,
    /// JSON, kept as values that SQL can query
    Jsonb,
}
