use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use thiserror::Error;

use crate::{BuildNumber, Error as StoreError, StreamSelector, SubscriptionKey, SubscriptionName};

/// Why a text is not a valid name of a projection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidProjectionName {
    /// The name is empty.
    #[error("the name is empty")]
    Empty,
    /// The name holds a character other than the letters a to z, digits, `_` and `-`.
    #[error("the name holds {0:?}; a name consists of the letters a to z, digits, `_` and `-`")]
    Character(char),
    /// The name is longer than [`ProjectionName::MAX_LENGTH`].
    #[error(
        "the name has {length} characters, more than the {} allowed",
        ProjectionName::MAX_LENGTH
    )]
    TooLong {
        /// The length of the refused name.
        length: usize,
    },
}

/// The name of a managed projection: 1 to [`ProjectionName::MAX_LENGTH`] lower-case letters a to z, digits, `_` and `-`, so that it can be a
/// part of the name of a table; a name with `-` must be quoted there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProjectionName(Arc<str>);

impl ProjectionName {
    /// The most characters of a name.
    pub const MAX_LENGTH: usize = 40;

    /// Creates a name from a text.
    ///
    /// # Errors
    ///
    /// [`InvalidProjectionName`] says which rule the name breaks.
    pub fn new(name: impl Into<Arc<str>>) -> Result<Self, InvalidProjectionName> {
        let name = name.into();
        let is_allowed = |character: &char| matches!(character, 'a'..='z' | '0'..='9' | '_' | '-');
        if let Some(character) = name.chars().find(|character| !is_allowed(character)) {
            return Err(InvalidProjectionName::Character(character));
        }
        match name.len() {
            0 => Err(InvalidProjectionName::Empty),
            length if length > Self::MAX_LENGTH => Err(InvalidProjectionName::TooLong { length }),
            _ => Ok(Self(name)),
        }
    }

    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the key of the subscription to `$all` that projects a build, such as `projection:totals:2`.
    pub fn subscription(&self, build: BuildNumber) -> SubscriptionKey {
        SubscriptionKey {
            selector: StreamSelector::All,
            name: SubscriptionName::from_storage(format!("projection:{self}:{build}")),
        }
    }

    /// Returns the key of the subscription to `$all` that makes the side effects of the projection, such as `projection:totals:effects`.
    pub fn effects_subscription(&self) -> SubscriptionKey {
        SubscriptionKey {
            selector: StreamSelector::All,
            name: SubscriptionName::from_storage(format!("projection:{self}:effects")),
        }
    }
}

impl fmt::Display for ProjectionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<&str> for ProjectionName {
    type Error = InvalidProjectionName;

    fn try_from(name: &str) -> Result<Self, Self::Error> {
        Self::new(name)
    }
}

impl TryFrom<String> for ProjectionName {
    type Error = InvalidProjectionName;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::new(name)
    }
}

impl FromStr for ProjectionName {
    type Err = InvalidProjectionName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::new(name)
    }
}

impl From<InvalidProjectionName> for StoreError {
    fn from(invalid: InvalidProjectionName) -> Self {
        Self::invalid_input("projection name", &invalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_be_a_part_of_the_name_of_a_table() {
        for name in ["a", "order-totals_2", &"x".repeat(40)] {
            assert_eq!(ProjectionName::new(name).unwrap().as_str(), name);
        }
        for (name, invalid) in [
            ("", InvalidProjectionName::Empty),
            ("Orders", InvalidProjectionName::Character('O')),
            ("a\"; --", InvalidProjectionName::Character('"')),
            ("ü", InvalidProjectionName::Character('ü')),
            (&"x".repeat(41), InvalidProjectionName::TooLong { length: 41 }),
        ] {
            assert_eq!(ProjectionName::new(name), Err(invalid), "{name}");
        }
    }
}
