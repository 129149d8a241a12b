use crate::{Error, ExpectedVersion, Result, StreamName};

/// What a delete leaves of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Deletion {
    /// The events stay in `$all` and where they are linked. The name stays as well, and cannot be used until the stream is undeleted.
    Soft,
    /// Nothing stays but a gap in `$all`; the name can be used again.
    Hard,
}

/// A stream to delete; by default, whatever its version.
///
/// ```
/// use eventstore_core::{Delete, StreamVersion};
///
/// let delete = Delete::soft("order-17")?.with_expected_version(StreamVersion::from(3));
/// # let _ = delete;
/// # Ok::<(), eventstore_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delete {
    stream: StreamName,
    expected: ExpectedVersion,
    deletion: Deletion,
}

impl Delete {
    /// Deletes a stream as this deletion says.
    pub fn new(stream: StreamName, deletion: Deletion) -> Self {
        Self {
            stream,
            expected: ExpectedVersion::Any,
            deletion,
        }
    }

    /// Deletes a stream, but keeps its events.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] naming `stream` if the name is not valid.
    pub fn soft(stream: impl TryInto<StreamName, Error: Into<Error>>) -> Result<Self> {
        let stream = stream.try_into().map_err(Into::into)?;
        Ok(Self::new(stream, Deletion::Soft))
    }

    /// Deletes a stream and its events permanently.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidInput`] naming `stream` if the name is not valid.
    pub fn hard(stream: impl TryInto<StreamName, Error: Into<Error>>) -> Result<Self> {
        let stream = stream.try_into().map_err(Into::into)?;
        Ok(Self::new(stream, Deletion::Hard))
    }

    /// Deletes the stream only if it has this expected version.
    #[must_use]
    pub fn with_expected_version(self, expected: impl Into<ExpectedVersion>) -> Self {
        Self {
            expected: expected.into(),
            ..self
        }
    }

    /// Returns the stream to delete.
    pub fn stream(&self) -> &StreamName {
        &self.stream
    }

    /// Returns the expected version of the stream.
    pub fn expected(&self) -> ExpectedVersion {
        self.expected
    }

    /// Returns what the delete leaves of the stream.
    pub fn deletion(&self) -> Deletion {
        self.deletion
    }
}
