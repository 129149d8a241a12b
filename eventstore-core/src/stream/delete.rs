use crate::{ExpectedVersion, StreamName};

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
/// use eventstore_core::{Delete, StreamName, StreamVersion};
///
/// let delete = Delete::soft(StreamName::new("order-17")?).expecting(StreamVersion::from(3));
/// # let _ = delete;
/// # Ok::<(), eventstore_core::InvalidStreamName>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delete {
    stream: StreamName,
    expected: ExpectedVersion,
    deletion: Deletion,
}

impl Delete {
    /// Deletes a stream, but keeps its events.
    pub fn soft(stream: StreamName) -> Self {
        Self {
            stream,
            expected: ExpectedVersion::Any,
            deletion: Deletion::Soft,
        }
    }

    /// Deletes a stream and its events permanently.
    pub fn hard(stream: StreamName) -> Self {
        Self {
            stream,
            expected: ExpectedVersion::Any,
            deletion: Deletion::Hard,
        }
    }

    /// Deletes the stream only if it has this expected version.
    #[must_use]
    pub fn expecting(self, expected: impl Into<ExpectedVersion>) -> Self {
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
