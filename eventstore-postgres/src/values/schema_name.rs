use std::fmt;
use std::str::FromStr;

use eventstore_core::Error;
use thiserror::Error as ThisError;

/// Why a text is not a valid name for the schema of an event store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum InvalidSchemaName {
    /// The name is empty.
    #[error("the name is empty")]
    Empty,
    /// The name holds a NUL character.
    #[error("the name holds a NUL character")]
    Nul,
    /// The name is longer than [`SchemaName::MAX_BYTES`].
    #[error("the name has {length} bytes, more than the {} allowed", SchemaName::MAX_BYTES)]
    TooLong {
        /// The length of the refused name in bytes.
        length: usize,
    },
}

/// The name of the schema that holds an event store's tables; case-sensitive, and quoted where necessary.
///
/// ```
/// use eventstore_postgres::SchemaName;
///
/// assert!("tenant \"7\"".parse::<SchemaName>().is_ok());
/// assert!("x".repeat(57).parse::<SchemaName>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SchemaName(String);

impl SchemaName {
    /// The maximum length of a name in bytes: with `.events` appended it names a notification channel, for which
    /// `PostgreSQL` allows 63.
    pub const MAX_BYTES: usize = 56;

    /// Checks a name and creates the value.
    ///
    /// # Errors
    ///
    /// [`InvalidSchemaName`] says which rule the name breaks.
    pub fn new(name: impl Into<String>) -> Result<Self, InvalidSchemaName> {
        let name = name.into();
        match name.len() {
            0 => Err(InvalidSchemaName::Empty),
            length if length > Self::MAX_BYTES => Err(InvalidSchemaName::TooLong { length }),
            _ if name.contains('\0') => Err(InvalidSchemaName::Nul),
            _ => Ok(Self(name)),
        }
    }

    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as it is written in SQL text.
    pub(crate) fn quoted(&self) -> String {
        format!("\"{}\"", self.0.replace('"', "\"\""))
    }

    /// The channel on which appends and links notify.
    pub(crate) fn channel(&self) -> String {
        format!("{}.events", self.0)
    }

    /// The channel as a literal of SQL.
    pub(crate) fn channel_literal(&self) -> String {
        format!("'{}'", self.channel().replace('\'', "''"))
    }
}

impl Default for SchemaName {
    fn default() -> Self {
        Self("public".to_owned())
    }
}

impl fmt::Display for SchemaName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for SchemaName {
    type Err = InvalidSchemaName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::new(name)
    }
}

impl From<InvalidSchemaName> for Error {
    fn from(invalid: InvalidSchemaName) -> Self {
        Self::invalid_input("schema", &invalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Behaviours: R10.15.
    #[test]
    fn quotes_what_sql_would_misread() {
        assert_eq!(SchemaName::new(r#"a"b"#).unwrap().quoted(), r#""a""b""#);
    }

    /// Behaviours: R9.13, T32.
    #[test]
    fn refuses_names_that_no_channel_could_carry() {
        assert_eq!(SchemaName::new(""), Err(InvalidSchemaName::Empty));
        assert_eq!(SchemaName::new("a\0"), Err(InvalidSchemaName::Nul));
        assert_eq!(
            SchemaName::new("x".repeat(60)),
            Err(InvalidSchemaName::TooLong { length: 60 })
        );
    }
}
