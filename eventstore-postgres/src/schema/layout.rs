use std::fmt;

/// How events stand in tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Layout {
    /// One row an event, found by its position in `$all`, by its stream and by its id.
    #[default]
    Compact,
}

/// The type of the columns that hold payloads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum DataType {
    /// Bytes, whatever the serializer makes.
    #[default]
    Bytea,
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Compact => f.write_str("compact"),
        }
    }
}

impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytea => f.write_str("bytea"),
        }
    }
}
