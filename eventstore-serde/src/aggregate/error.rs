use eventstore_core::Error;
use thiserror::Error as ThisError;

/// Why nothing was changed, or why it is unknown whether anything was.
#[derive(Debug, ThisError)]
pub enum ExecuteError<R> {
    /// The decision was that it must not be done.
    #[error("refused: {0}")]
    Refused(R),
    /// The store failed, or others were faster more often than the attempts last. [`Error::is_retryable`] and
    /// [`Error::is_conflict`] tell whether it can be tried again later.
    #[error(transparent)]
    Store(#[from] Error),
}
