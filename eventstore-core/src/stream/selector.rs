use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::{Error, InvalidStreamName, StreamName};

/// Selects whose events to read or subscribe to: those of one stream, or of all streams.
///
/// ```
/// use eventstore_core::StreamSelector;
///
/// assert_eq!("$all".parse(), Ok(StreamSelector::All));
/// assert_eq!(StreamSelector::All.to_string(), "$all");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StreamSelector {
    /// The events of all streams, in the order in which they were committed.
    All,
    /// The events of one stream.
    Stream(StreamName),
}

impl StreamSelector {
    /// The name under which the storage keeps the stream of all events.
    pub const ALL: &'static str = "$all";

    /// Accepts the stored name of a stream or of `$all` without a check, because another program may have stored one that
    /// [`StreamName::new`] refuses.
    pub fn from_storage(name: impl Into<Arc<str>>) -> Self {
        let name = name.into();
        match &*name {
            Self::ALL => Self::All,
            _ => Self::Stream(StreamName::from_storage(name)),
        }
    }

    /// Returns the stored name of the selected stream.
    pub fn as_str(&self) -> &str {
        match self {
            Self::All => Self::ALL,
            Self::Stream(name) => name.as_str(),
        }
    }

    /// Creates the error that reports that the selected stream does not exist.
    pub fn not_found(&self) -> Error {
        match self {
            Self::Stream(name) => Error::StreamNotFound { stream: name.clone() },
            Self::All => Error::NotInitialized {
                message: "the row of `$all` is missing: initialize the event store".to_owned(),
            },
        }
    }
}

impl From<StreamName> for StreamSelector {
    fn from(name: StreamName) -> Self {
        Self::Stream(name)
    }
}

impl From<&StreamName> for StreamSelector {
    fn from(name: &StreamName) -> Self {
        Self::Stream(name.clone())
    }
}

impl From<&Self> for StreamSelector {
    fn from(selector: &Self) -> Self {
        selector.clone()
    }
}

impl TryFrom<&str> for StreamSelector {
    type Error = InvalidStreamName;

    fn try_from(name: &str) -> Result<Self, Self::Error> {
        name.parse()
    }
}

impl TryFrom<&String> for StreamSelector {
    type Error = InvalidStreamName;

    fn try_from(selector: &String) -> Result<Self, Self::Error> {
        selector.parse()
    }
}

impl TryFrom<String> for StreamSelector {
    type Error = InvalidStreamName;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        name.parse()
    }
}

impl FromStr for StreamSelector {
    type Err = InvalidStreamName;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        if name == Self::ALL {
            Ok(Self::All)
        } else {
            name.parse().map(Self::Stream)
        }
    }
}

impl fmt::Display for StreamSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
