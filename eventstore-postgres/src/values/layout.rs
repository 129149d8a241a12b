use std::fmt;

use eventstore_core::backend::PayloadFormat;

/// How events are stored in tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Layout {
    /// One row per event, found by its position in `$all`, by its stream and by its id.
    #[default]
    Compact,
    /// The tables of the Elixir EventStore, version 1.3.2 of its schema; both libraries can work on one database at the
    /// same time.
    Original,
}

impl Layout {
    /// The constraints that keep an event from being stored, or placed in a stream, twice.
    pub(crate) fn duplicate_constraints(self) -> &'static [&'static str] {
        match self {
            Self::Compact => &["events_event_id_key", "links_position_key"],
            Self::Original => &["events_pkey", "stream_events_pkey"],
        }
    }

    /// The tables of a store, without those whose names begin with `eventstore_`.
    pub(crate) fn tables(self) -> &'static [&'static str] {
        match self {
            Self::Compact => &["events", "links", "snapshots", "streams", "subscriptions"],
            Self::Original => &[
                "events",
                "schema_migrations",
                "snapshots",
                "stream_events",
                "streams",
                "subscriptions",
            ],
        }
    }
}

/// The type of the columns that hold payloads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum DataType {
    /// Bytes, whatever the serializer produces.
    #[default]
    Bytea,
    /// JSON values in the server's normal form; other payloads are refused.
    Jsonb,
}

impl DataType {
    /// The name of the type in SQL.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Bytea => "bytea",
            Self::Jsonb => "jsonb",
        }
    }

    /// What a column of this type keeps of a payload.
    pub(crate) fn payload_format(self) -> PayloadFormat {
        match self {
            Self::Bytea => PayloadFormat::Bytes,
            Self::Jsonb => PayloadFormat::Json,
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Bytea, Self::Jsonb]
            .into_iter()
            .find(|known| known.as_str() == name)
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compact => f.write_str("compact"),
            Self::Original => f.write_str("original"),
        }
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
