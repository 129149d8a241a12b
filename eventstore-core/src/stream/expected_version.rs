use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::{Error, NumberOutOfRange, StreamName, StreamVersion};

/// The version that a caller expects a stream to have before it is changed (optimistic concurrency).
///
/// ```
/// use eventstore_core::{ExpectedVersion, StreamVersion};
/// use eventstore_core::backend::{StreamState, VersionRefusal};
///
/// let stream = StreamState::Present { version: StreamVersion::from(3) };
/// assert!(ExpectedVersion::Exact(StreamVersion::from(3)).check(stream).is_ok());
/// assert_eq!(ExpectedVersion::NoStream.check(stream), Err(VersionRefusal::StreamAlreadyExists));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ExpectedVersion {
    /// Any version: append after whatever is there.
    Any,
    /// The stream does not exist, or never held an event.
    NoStream,
    /// The stream exists, at any version.
    StreamExists,
    /// The stream is at exactly this version; 0 also matches a stream that does not exist.
    Exact(StreamVersion),
}

/// What is stored under a stream's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StreamState {
    /// Nothing.
    Absent,
    /// A stream.
    Present {
        /// The number of the stream's last event; 0 if it never held one.
        version: StreamVersion,
    },
    /// A stream that was deleted but keeps its name.
    Deleted,
}

/// Why a stream in some state fails an expected-version check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
pub enum VersionRefusal {
    /// The stream should exist.
    #[error("the stream does not exist")]
    StreamNotFound,
    /// The stream should not exist.
    #[error("the stream exists")]
    StreamAlreadyExists,
    /// The stream was deleted; this takes precedence over every refusal because of its version.
    #[error("the stream has been deleted")]
    StreamDeleted,
    /// The stream is at another version.
    #[error("the stream is at another version")]
    WrongVersion,
}

impl ExpectedVersion {
    /// Checks whether a stream in this state may be changed, and returns the version after which the first new event comes.
    ///
    /// # Errors
    ///
    /// The [`VersionRefusal`] to report to the caller.
    pub fn check(self, state: StreamState) -> Result<StreamVersion, VersionRefusal> {
        match state {
            StreamState::Deleted => Err(VersionRefusal::StreamDeleted),
            StreamState::Absent => self.check_absent(),
            StreamState::Present { version } => self.check_present(version),
        }
    }

    fn check_absent(self) -> Result<StreamVersion, VersionRefusal> {
        match self {
            Self::StreamExists => Err(VersionRefusal::StreamNotFound),
            _ if self.may_create() => Ok(StreamVersion::ZERO),
            _ => Err(VersionRefusal::WrongVersion),
        }
    }

    fn check_present(self, version: StreamVersion) -> Result<StreamVersion, VersionRefusal> {
        match self.required_version() {
            Some(required) if required != version => Err(match self {
                Self::NoStream => VersionRefusal::StreamAlreadyExists,
                _ => VersionRefusal::WrongVersion,
            }),
            _ => Ok(version),
        }
    }

    /// Whether a stream that does not exist matches the expected version.
    pub fn may_create(self) -> bool {
        match self {
            Self::Any | Self::NoStream => true,
            Self::StreamExists => false,
            Self::Exact(version) => version == StreamVersion::ZERO,
        }
    }

    /// Returns the version that an existing stream must have, if it must have a particular one.
    pub fn required_version(self) -> Option<StreamVersion> {
        match self {
            Self::Any | Self::StreamExists => None,
            Self::NoStream => Some(StreamVersion::ZERO),
            Self::Exact(version) => Some(version),
        }
    }

    /// Creates the error that reports that `stream` failed this expected-version check.
    pub fn refused(self, stream: &StreamName, state: StreamState, refusal: VersionRefusal) -> Error {
        let stream = stream.clone();
        let version = match state {
            StreamState::Present { version } => Some(version),
            StreamState::Absent | StreamState::Deleted => None,
        };
        match refusal {
            VersionRefusal::StreamNotFound => Error::StreamNotFound { stream },
            VersionRefusal::StreamDeleted => Error::StreamDeleted { stream },
            VersionRefusal::StreamAlreadyExists => Error::StreamAlreadyExists {
                stream,
                version: version.unwrap_or_default(),
            },
            VersionRefusal::WrongVersion => Error::WrongExpectedVersion {
                stream,
                expected: self,
                actual: version,
            },
        }
    }
}

impl From<StreamVersion> for ExpectedVersion {
    fn from(version: StreamVersion) -> Self {
        Self::Exact(version)
    }
}

impl From<u32> for ExpectedVersion {
    fn from(version: u32) -> Self {
        Self::Exact(version.into())
    }
}

impl TryFrom<u64> for ExpectedVersion {
    type Error = NumberOutOfRange;

    fn try_from(version: u64) -> Result<Self, Self::Error> {
        StreamVersion::try_from(version).map(Self::Exact)
    }
}

impl TryFrom<&str> for ExpectedVersion {
    type Error = InvalidExpectedVersion;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<InvalidExpectedVersion> for Error {
    fn from(invalid: InvalidExpectedVersion) -> Self {
        Self::invalid_input("expected version", &invalid)
    }
}

impl fmt::Display for ExpectedVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any version"),
            Self::NoStream => f.write_str("no stream"),
            Self::StreamExists => f.write_str("an existing stream"),
            Self::Exact(version) => write!(f, "version {version}"),
        }
    }
}

/// The text is not `any`, `none`, `exists` or a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("expected `any`, `none`, `exists` or a version between 0 and {}", i64::MAX)]
pub struct InvalidExpectedVersion;

impl From<NumberOutOfRange> for InvalidExpectedVersion {
    fn from(_: NumberOutOfRange) -> Self {
        Self
    }
}

impl FromStr for ExpectedVersion {
    type Err = InvalidExpectedVersion;

    /// Parses `any`, `none`, `exists` or a version.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "any" => Ok(Self::Any),
            "none" => Ok(Self::NoStream),
            "exists" => Ok(Self::StreamExists),
            version => Ok(Self::Exact(version.parse()?)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(version: u32) -> StreamState {
        StreamState::Present {
            version: version.into(),
        }
    }

    /// Behaviours: R1.12, R1.13, R1.14, R1.15, R1.18.
    #[test]
    fn every_expectation_meets_every_state_as_the_table_says() {
        use ExpectedVersion::{Any, Exact, NoStream, StreamExists};
        use VersionRefusal::{StreamAlreadyExists as Exists, StreamDeleted, StreamNotFound, WrongVersion};

        let exact = |version: u32| Exact(version.into());
        let ok = |version: u32| Ok(StreamVersion::from(version));
        let table = [
            (StreamState::Absent, Any, ok(0)),
            (StreamState::Absent, NoStream, ok(0)),
            (StreamState::Absent, StreamExists, Err(StreamNotFound)),
            (StreamState::Absent, exact(0), ok(0)),
            (StreamState::Absent, exact(1), Err(WrongVersion)),
            (at(0), Any, ok(0)),
            (at(0), NoStream, ok(0)),
            (at(0), StreamExists, ok(0)),
            (at(0), exact(0), ok(0)),
            (at(0), exact(1), Err(WrongVersion)),
            (at(3), Any, ok(3)),
            (at(3), NoStream, Err(Exists)),
            (at(3), StreamExists, ok(3)),
            (at(3), exact(0), Err(WrongVersion)),
            (at(3), exact(3), ok(3)),
            (at(3), exact(4), Err(WrongVersion)),
            (StreamState::Deleted, Any, Err(StreamDeleted)),
            (StreamState::Deleted, NoStream, Err(StreamDeleted)),
            (StreamState::Deleted, StreamExists, Err(StreamDeleted)),
            (StreamState::Deleted, exact(0), Err(StreamDeleted)),
            (StreamState::Deleted, exact(3), Err(StreamDeleted)),
        ];
        for (state, expected, outcome) in table {
            assert_eq!(expected.check(state), outcome, "{expected} against {state:?}");
        }
    }

    /// Behaviours: R1.18, T56.
    #[test]
    fn reads_the_words_and_versions_of_the_command_line() {
        assert_eq!("any".parse(), Ok(ExpectedVersion::Any));
        assert_eq!("none".parse(), Ok(ExpectedVersion::NoStream));
        assert_eq!("exists".parse(), Ok(ExpectedVersion::StreamExists));
        assert_eq!("7".parse(), Ok(ExpectedVersion::Exact(7.into())));
        assert_eq!("-7".parse::<ExpectedVersion>(), Err(InvalidExpectedVersion));
    }
}
