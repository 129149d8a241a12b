use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use thiserror::Error;

use crate::{Error, StreamSelector};

/// Why a text is not a valid stream name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidStreamName {
    /// `$all` is the stream of all events: it can be read, but never written to.
    #[error("`$all` holds the events of all streams and cannot be a target")]
    Reserved,
    /// The name holds a NUL character, which storage engines cannot store in a text.
    #[error("the name holds a NUL character")]
    Nul,
    /// The name is longer than [`StreamName::MAX_BYTES`].
    #[error("the name has {length} bytes, more than the {} allowed", StreamName::MAX_BYTES)]
    TooLong {
        /// The length of the refused name in bytes.
        length: usize,
    },
}

/// The name of one stream: any text of at most [`StreamName::MAX_BYTES`] bytes without NUL characters, except `$all`.
///
/// Names are case-sensitive, and the empty name is a name like any other.
///
/// ```
/// use eventstore_core::{InvalidStreamName, StreamName};
///
/// let name: StreamName = "order-17".parse()?;
/// assert_eq!(name.as_str(), "order-17");
/// assert_eq!("$all".parse::<StreamName>(), Err(InvalidStreamName::Reserved));
/// # Ok::<(), InvalidStreamName>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamName(Arc<str>);

impl StreamName {
    /// The maximum length of a name in bytes.
    ///
    /// A name of this length fits into an index entry, even next to the name of a subscription, and into a notification.
    pub const MAX_BYTES: usize = 2_048;

    /// What ends the category at the begin of a name.
    pub(crate) const CATEGORY_END: char = '-';

    /// Creates a stream name from a text.
    ///
    /// # Errors
    ///
    /// [`InvalidStreamName`] says which rule the name breaks.
    pub fn new(name: impl Into<Arc<str>>) -> Result<Self, InvalidStreamName> {
        let name = name.into();
        match name.len() {
            length if length > Self::MAX_BYTES => Err(InvalidStreamName::TooLong { length }),
            _ if name.contains('\0') => Err(InvalidStreamName::Nul),
            _ if &*name == StreamSelector::ALL => Err(InvalidStreamName::Reserved),
            _ => Ok(Self(name)),
        }
    }

    /// Accepts a stored name without a check, because another program may have stored one that [`StreamName::new`] refuses.
    pub fn from_storage(name: impl Into<Arc<str>>) -> Self {
        Self(name.into())
    }

    /// Returns the name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Refuses the one name that storage knows, but no one may write to.
    pub(crate) fn refuse_all(&self) -> Result<(), InvalidStreamName> {
        match self.as_str() {
            StreamSelector::ALL => Err(InvalidStreamName::Reserved),
            _ => Ok(()),
        }
    }

    /// Returns the category: the part of the name before its first `-`, or the whole name if there is none.
    ///
    /// ```
    /// use eventstore_core::StreamName;
    ///
    /// assert_eq!(StreamName::new("order-17-items")?.category(), "order");
    /// # Ok::<(), eventstore_core::InvalidStreamName>(())
    /// ```
    pub fn category(&self) -> &str {
        self.0
            .split_once(Self::CATEGORY_END)
            .map_or(&*self.0, |(category, _)| category)
    }
}

impl fmt::Debug for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AsRef<str> for StreamName {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl FromStr for StreamName {
    type Err = InvalidStreamName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::new(name)
    }
}

impl TryFrom<&str> for StreamName {
    type Error = InvalidStreamName;

    fn try_from(name: &str) -> Result<Self, Self::Error> {
        Self::new(name)
    }
}

impl TryFrom<String> for StreamName {
    type Error = InvalidStreamName;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        Self::new(name)
    }
}

impl TryFrom<&String> for StreamName {
    type Error = InvalidStreamName;

    fn try_from(name: &String) -> Result<Self, Self::Error> {
        Self::new(name.as_str())
    }
}

impl From<&Self> for StreamName {
    /// Shares the text.
    fn from(name: &Self) -> Self {
        name.clone()
    }
}

impl From<InvalidStreamName> for Error {
    fn from(invalid: InvalidStreamName) -> Self {
        Self::invalid_input("stream", &invalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Behaviours: R1.1.
    #[test]
    fn accepts_any_text_that_storage_can_keep() {
        for name in ["", "a,b:c", "Größe/配列 %_ 🇪🇺", "$ALL", "all"] {
            assert_eq!(name.parse::<StreamName>().unwrap().as_str(), name);
        }
        assert!(StreamName::new("x".repeat(StreamName::MAX_BYTES)).is_ok());
    }

    #[test]
    fn knows_what_stands_before_the_first_hyphen() {
        for (name, category) in [
            ("a-1", "a"),
            ("a-1-2", "a"),
            ("a", "a"),
            ("-1", ""),
            ("", ""),
            ("ä%_-x", "ä%_"),
        ] {
            assert_eq!(StreamName::new(name).unwrap().category(), category);
        }
    }

    /// Behaviours: R1.3, R1.4, R1.6, R4.1, T32, T56.
    #[test]
    fn refuses_reserved_unstorable_and_over_long_names() {
        assert_eq!(StreamName::new("$all"), Err(InvalidStreamName::Reserved));
        assert_eq!(StreamName::new("a\0b"), Err(InvalidStreamName::Nul));
        assert_eq!(
            StreamName::new("x".repeat(3_000)),
            Err(InvalidStreamName::TooLong { length: 3_000 })
        );
    }
}
