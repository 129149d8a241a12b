use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use thiserror::Error;

use crate::{Error, StreamSelector};

/// Why a text is not a valid subscription name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidSubscriptionName {
    /// The name holds a NUL character, which storage engines cannot store in a text.
    #[error("the name holds a NUL character")]
    Nul,
    /// The name is longer than [`SubscriptionName::MAX_BYTES`].
    #[error("the name has {length} bytes, more than the {} allowed", SubscriptionName::MAX_BYTES)]
    TooLong {
        /// The length of the refused name in bytes.
        length: usize,
    },
}

/// The name of a subscription: any text of at most [`SubscriptionName::MAX_BYTES`] bytes without NUL characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubscriptionName(Arc<str>);

impl SubscriptionName {
    /// The maximum length of a name in bytes; it fits into an index entry next to the name of a stream.
    pub const MAX_BYTES: usize = 512;

    /// Creates a subscription name from a text.
    ///
    /// # Errors
    ///
    /// [`InvalidSubscriptionName`] says which rule the name breaks.
    pub fn new(name: impl Into<Arc<str>>) -> Result<Self, InvalidSubscriptionName> {
        let name = name.into();
        match name.len() {
            length if length > Self::MAX_BYTES => Err(InvalidSubscriptionName::TooLong { length }),
            _ if name.contains('\0') => Err(InvalidSubscriptionName::Nul),
            _ => Ok(Self(name)),
        }
    }

    /// Accepts a stored name without a check, because another program may have stored one that [`SubscriptionName::new`] refuses.
    pub fn from_storage(name: impl Into<Arc<str>>) -> Self {
        Self(name.into())
    }

    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SubscriptionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<&str> for SubscriptionName {
    type Error = InvalidSubscriptionName;

    fn try_from(name: &str) -> Result<Self, Self::Error> {
        Self::new(name)
    }
}

impl TryFrom<&String> for SubscriptionName {
    type Error = InvalidSubscriptionName;

    fn try_from(name: &String) -> Result<Self, Self::Error> {
        Self::new(name.as_str())
    }
}

impl TryFrom<String> for SubscriptionName {
    type Error = InvalidSubscriptionName;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::new(name)
    }
}

impl From<&Self> for SubscriptionName {
    /// Shares the text.
    fn from(name: &Self) -> Self {
        name.clone()
    }
}

impl FromStr for SubscriptionName {
    type Err = InvalidSubscriptionName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::new(name)
    }
}

impl From<InvalidSubscriptionName> for Error {
    fn from(invalid: InvalidSubscriptionName) -> Self {
        Self::invalid_input("subscription name", &invalid)
    }
}

/// What identifies a subscription: its name, and the stream or streams whose events it delivers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SubscriptionKey {
    /// The stream or streams whose events the subscription delivers.
    pub selector: StreamSelector,
    /// The subscription's name.
    pub name: SubscriptionName,
}

impl SubscriptionKey {
    /// Creates the key of the subscription of this name to a stream, or to `$all`.
    ///
    /// ```
    /// use eventstore_core::SubscriptionKey;
    ///
    /// let key = SubscriptionKey::new("$all", "invoices")?;
    /// # let _ = key;
    /// # Ok::<(), eventstore_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] naming `stream` or `subscription name`.
    pub fn new(
        selector: impl TryInto<StreamSelector, Error: Into<Error>>,
        name: impl TryInto<SubscriptionName, Error: Into<Error>>,
    ) -> Result<Self, Error> {
        Ok(Self {
            selector: selector.try_into().map_err(Into::into)?,
            name: name.try_into().map_err(Into::into)?,
        })
    }
}

/// The id of a subscription in storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SubscriptionId(i64);

impl SubscriptionId {
    /// Creates an id from its stored value.
    pub const fn new(id: i64) -> Self {
        Self(id)
    }

    /// Returns the stored value of the id.
    pub const fn get(self) -> i64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_unstorable_and_over_long_names() {
        assert_eq!(SubscriptionName::new("\0"), Err(InvalidSubscriptionName::Nul));
        assert_eq!(
            SubscriptionName::new("x".repeat(513)),
            Err(InvalidSubscriptionName::TooLong { length: 513 })
        );
        assert!(SubscriptionName::new("x".repeat(512)).is_ok());
    }
}
