use crate::{ExpectedVersion, StreamName};

/// What is left of a deleted stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Deletion {
    /// Its events, in `$all` and where they are linked, and its name, which cannot be used until it is undeleted.
    Soft,
    /// Nothing but a gap in `$all`; its name can be used again.
    Hard,
}

/// A stream to delete, whatever its version unless told otherwise.
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

    /// Deletes a stream and its events, for good.
    pub fn hard(stream: StreamName) -> Self {
        Self {
            stream,
            expected: ExpectedVersion::Any,
            deletion: Deletion::Hard,
        }
    }

    /// Only if the stream meets this expectation.
    #[must_use]
    pub fn expecting(self, expected: impl Into<ExpectedVersion>) -> Self {
        Self {
            expected: expected.into(),
            ..self
        }
    }

    /// The stream to delete.
    pub fn stream(&self) -> &StreamName {
        &self.stream
    }

    /// What the stream must meet.
    pub fn expected(&self) -> ExpectedVersion {
        self.expected
    }

    /// What is left of it.
    pub fn deletion(&self) -> Deletion {
        self.deletion
    }
}
