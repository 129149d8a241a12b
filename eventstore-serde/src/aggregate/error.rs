use eventstore_core::Error;
use thiserror::Error as ThisError;

/// Why a command changed nothing, or why its outcome is unknown.
#[derive(Debug, ThisError)]
pub enum ExecuteError<R> {
    /// The decision refused the command.
    #[error("refused: {0}")]
    Refused(R),
    /// The store failed, or conflicts with other writers used up all attempts. [`Error::is_retryable`] and
    /// [`Error::is_conflict`] tell whether the command can be retried later.
    #[error(transparent)]
    Store(#[from] Error),
}
